import { burdenOf, worstOf, type Burden } from '../../domain/traffic/burden.ts';
import { evidenceKey } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { Step } from '../../reconcile/plan.ts';
import type { ObservedEdge } from './observe.ts';

/** Row key of what an edge puts on its clusters. */
export function burdenKey(edge: string): string {
  return evidenceKey(edge).replace(/^evidence/, 'burden');
}

/** What an edge puts on its clusters now. Pure. */
export function currentBurden({ edge, origins, measured }: ObservedEdge): Burden['byCluster'] | undefined {
  return measured === undefined
    ? undefined
    : burdenOf(origins, measured.division, (name) => edge.origins.find((origin) => origin.name === name)?.cluster);
}

/**
 * What an edge will put on its clusters while the steps of a plan are carried out: it counts against the survivors from
 * the plan's commit until it is measured. Pure.
 */
export function expectedBurden(
  observed: ObservedEdge,
  steps: readonly Step[],
  now: Date,
): readonly { readonly rowKey: string; readonly value: object }[] {
  const { edge, origins, measured } = observed;
  const before = currentBurden(observed);
  if (before === undefined || measured === undefined) {
    return [];
  }
  const after = steps.reduce(applied, origins);
  const clusterOf = (name: string): string | undefined => edge.origins.find((origin) => origin.name === name)?.cluster;
  const { propagationMs, metricLagMs, bakeMs } = edge.policy.bake;
  const value: Burden = {
    schema: 1,
    byCluster: worstOf(before, burdenOf(after, measured.division, clusterOf)),
    expectedUntil: now.getTime() + propagationMs + metricLagMs + bakeMs * steps.length,
  };
  return [{ rowKey: burdenKey(edge.id), value }];
}

function applied(origins: readonly Origin[], { changes }: Step): readonly Origin[] {
  return changes.reduce(
    (all, { subject, to }) => all.map((origin) => (origin.id === subject ? { ...origin, ...to } : origin)),
    origins,
  );
}
