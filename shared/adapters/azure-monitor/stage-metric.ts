import { UpstreamError } from '../../errors.ts';
import type { MetricCheck } from '../../domain/image/verification.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';
import { ArmReader, type ArmReaderOptions } from '../arm-reader.ts';
import { readMetric, wholeMinutes } from './metrics.ts';

export interface MetricVerifierOptions extends ArmReaderOptions {
  readonly clock: Clock;
  /** How long Azure takes to tell a minute in full, in milliseconds. */
  readonly lagMs: number;
}

/** Compares a metric of an Azure resource with its limits; minutes without data are no zeros. */
export class MetricVerifier implements StageVerifier<MetricCheck> {
  readonly kind = 'metric';
  readonly #options: MetricVerifierOptions;
  readonly #arm: ArmReader;

  constructor(options: MetricVerifierOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async verify(check: MetricCheck, { since }: VerifiedStage): Promise<VerificationAnswer> {
    const { clock, lagMs } = this.#options;
    const { metric, aggregation, minutes, resourceId } = check;
    const span = wholeMinutes(clock.now(), { lagMs, count: minutes });
    const series = await readMetric(this.#arm, resourceId, { metric, aggregation, dimensions: [], span });
    if (series === undefined) {
      throw new UpstreamError(`read metric ${metric}`, 502);
    }
    const own = series.flatMap(({ values }) => [...values].filter(([at]) => at >= Date.parse(since)));
    return judgeMetric(
      own.map(([, value]) => value),
      check,
    );
  }
}

/** What so many minutes of a metric say. Pure. */
export function judgeMetric(
  values: readonly number[],
  { metric, aggregation, minData, max = Infinity, min = -Infinity }: MetricCheck,
): VerificationAnswer {
  if (values.length < minData) {
    return { outcome: 'pending', reason: `${metric}: ${values.length} of ${minData} minutes with data` };
  }
  const sum = values.reduce((total, value) => total + value, 0);
  const value = { average: sum / values.length, total: sum, maximum: Math.max(...values) }[aggregation];
  const isWithin = value <= max && value >= min;
  return { outcome: isWithin ? 'pass' : 'fail', reason: `${metric}: ${aggregation} ${Number(value.toPrecision(6))}` };
}
