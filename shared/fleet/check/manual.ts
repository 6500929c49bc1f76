import type { ManualStepSettings } from '../../domain/traffic/manual.ts';
import { parseOriginName } from './edge-origins.ts';
import type { Finding } from '../findings.ts';
import type { Entry } from '../read/merge.ts';
import type { FleetOrigin } from '../model.ts';
import { didYouMean } from './nearest.ts';
import { durationMs } from '../schema/scalars.ts';
import type { Edge } from '../schema.ts';

type Manual = NonNullable<Edge['manual']>[number];

/** Steps of people's as a plan has them: times in milliseconds, origins by the names that they have. */
export function manualStepsOf(
  steps: readonly Manual[],
  origins: readonly FleetOrigin[],
): readonly ManualStepSettings[] {
  return steps.map(({ evidence, timeout, origins: asked, ...step }) => {
    const named = new Set(asked?.map((name) => name.toLowerCase()));
    const about = origins.map(({ name }) => name).filter((name) => named.has(name.toLowerCase()));
    return {
      ...step,
      timeoutMs: durationMs(timeout),
      ...(asked === undefined ? {} : { origins: about }),
      ...(evidence === undefined ? {} : { evidence: { ...evidence, workspace: evidence.workspace.toLowerCase() } }),
    };
  });
}

/**
 * Steps that could not be told apart, that stand by origins that there are not, and that nothing could ever end.
 *
 * @param written - the edge's origins, labels filled in.
 */
export function checkManual({ value, part, path }: Entry<Edge>, written: readonly string[]): readonly Finding[] {
  const steps = value.manual ?? [];
  const known = written.map((one) => parseOriginName(one).name);
  const isKnown = (name: string): boolean => known.some((one) => one.toLowerCase() === name.toLowerCase());
  const names = steps.map(({ name }) => name);
  return steps.flatMap(({ name, origins = [], approvals, evidence }, index) => {
    const remark = (
      below: string | readonly (string | number)[],
      finding: Pick<Finding, 'code' | 'message'>,
    ): Finding =>
      part.document.remark([...path, 'manual', index, ...(typeof below === 'string' ? [below] : below)], finding);
    return [
      ...(names.indexOf(name) === index
        ? []
        : [
            remark('name', {
              code: 'conflict',
              message: `\`${name}\` is there twice: people could not say which is done`,
            }),
          ]),
      ...origins.flatMap((origin, at) =>
        isKnown(origin)
          ? []
          : [
              remark(['origins', at], {
                code: 'unknown-reference',
                message: `\`${origin}\` is no origin of this edge${didYouMean(origin, known)}`,
              }),
            ],
      ),
      ...(approvals > 0 || evidence !== undefined
        ? []
        : [
            remark('approvals', {
              code: 'not-valid',
              message: '0 without `evidence`: nothing would tell that it is done',
            }),
          ]),
    ];
  });
}
