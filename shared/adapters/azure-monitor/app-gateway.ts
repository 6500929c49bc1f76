import { settingOf } from '../../domain/traffic/evidence-settings.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge, WatchedOrigin } from '../../ports/evidence-source.ts';
import { ArmReader } from '../arm-reader.ts';
import { askEach } from '../ask-each.ts';
import { MINUTE_MS, newestFull, readMetric, wholeMinutes, type MetricSeries } from './metrics.ts';
import { VOTE_MINUTES, type MetricsSourceOptions } from './source-options.ts';

/** https://learn.microsoft.com/azure/application-gateway/monitor-application-gateway-reference */
const POOL = 'BackendSettingsPool';

/**
 * What an origin's Application Gateway says of the hosts behind it: bad when none is healthy. It stands in the region
 * that it speaks of, so it never is outside evidence.
 */
export class AppGatewayEvidence implements EvidenceSource {
  readonly name = 'app-gateway';
  readonly #options: MetricsSourceOptions;
  readonly #arm: ArmReader;

  constructor(options: MetricsSourceOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async measure({ id, origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const questions = origins.flatMap((origin) => {
      const gateway = settingOf(evidence?.appGateways, origin.name);
      return gateway === undefined ? [] : [{ of: origin.name, ask: async () => [await this.#vote(origin, gateway)] }];
    });
    return await askEach(questions, { ...this.#options, source: this.name, edge: id });
  }

  async #vote({ name: region, region: takenIn }: WatchedOrigin, gateway: string): Promise<EdgeVote> {
    const { clock, lagMs } = this.#options;
    const span = wholeMinutes(clock.now(), { lagMs, count: VOTE_MINUTES });
    const [healthy, unhealthy] = await Promise.all(
      ['HealthyHostCount', 'UnhealthyHostCount'].map((metric) =>
        readMetric(this.#arm, gateway, { metric, aggregation: 'average', dimensions: [POOL], span }),
      ),
    );
    const said = hostsVerdict(healthy ?? [], unhealthy ?? []);
    const common = { source: this.name, region, takenIn };
    return said === undefined
      ? { ...common, at: clock.now().getTime(), hasNoData: true }
      : { ...common, at: said.minute + MINUTE_MS, isBad: said.isBad, hasNoData: false };
  }
}

type PoolState = 'alive' | 'dead' | 'empty' | 'unknown';

/**
 * Bad if every pool that has hosts has none that is healthy, good if every one has. Pure.
 *
 * @returns undefined without data, and where some pools are dead and others alive: which of them the origin stands
 *   before is not known. Pools without hosts do not count.
 */
export function hostsVerdict(
  healthy: readonly MetricSeries[],
  unhealthy: readonly MetricSeries[],
): { readonly isBad: boolean; readonly minute: number } | undefined {
  const minute = newestFull([...healthy, ...unhealthy]);
  if (minute === undefined) {
    return undefined;
  }
  const [well, ill] = [countsAt(healthy, minute), countsAt(unhealthy, minute)];
  const states = new Set(
    [...new Set([...well.keys(), ...ill.keys()])].map((pool) => stateOf(well.get(pool), ill.get(pool))),
  );
  states.delete('empty');
  const [state, other] = [...states];
  return other !== undefined || state === undefined || state === 'unknown'
    ? undefined
    : { isBad: state === 'dead', minute };
}

function countsAt(series: readonly MetricSeries[], minute: number): ReadonlyMap<string, number> {
  return new Map(
    series.flatMap(({ dimensions, values }) => {
      const count = values.get(minute);
      return count === undefined ? [] : [[dimensions.get(POOL.toLowerCase()) ?? '', count] as const];
    }),
  );
}

function stateOf(well: number | undefined, ill: number | undefined): PoolState {
  if (well === undefined || ill === undefined) {
    return 'unknown';
  }
  if (well > 0) {
    return 'alive';
  }
  return ill > 0 ? 'dead' : 'empty';
}
