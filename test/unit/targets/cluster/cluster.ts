import type { Intent } from '../../../../shared/intents/intent.ts';
import type { NodePool } from '../../../../shared/ports/node-pools.ts';
import type { Step } from '../../../../shared/reconcile/plan.ts';
import type { Field, Situation } from '../../../../shared/reconcile/target-kind.ts';
import { FLOOR, MIN_COUNT } from '../../../../shared/targets/cluster/fold.ts';
import type { ObservedCluster } from '../../../../shared/targets/cluster/observe.ts';
import { intentOf } from '../../reconcile/rows.ts';

export const CLUSTER = '/groups/shop/managedclusters/here';

export function idOf(name: string): string {
  return `${CLUSTER}/agentpools/${name}`;
}

/** A pool of three nodes that may become ten. */
export function poolOf(name = 'user', more: Partial<NodePool> = {}): NodePool {
  return {
    ...{ id: idOf(name), count: 3, autoscaler: { min: 3, max: 10 }, isServing: true, isTerminal: true },
    ...more,
  };
}

export function bare(name = 'user'): NodePool {
  return { id: idOf(name), count: 3, isServing: true, isTerminal: true };
}

export function clusterOf(pools: readonly NodePool[], more: Partial<ObservedCluster> = {}): ObservedCluster {
  return { pools, isWritable: true, automation: 'on', ...more };
}

/** A floor that is wanted of a pool. */
export function floorOf(minCount: number, more: Partial<Intent> = {}): Intent {
  const by = { reaction: 'scale-up' };
  return intentOf({ subject: idOf('user'), by, cause: 'region-lost', kind: FLOOR, value: { minCount }, ...more });
}

/** What we have written of a pool, and what stood there before. */
export function markOf(baseline: number, written: number, more: Partial<Field> = {}): Field {
  return {
    ...{ subject: idOf('user'), group: MIN_COUNT },
    ...{ baseline: { minCount: baseline }, written: { minCount: written } },
    ...more,
  };
}

/** A step from one least number of nodes to another. */
export function stepOf(from: number, to: number, name = 'user'): Step {
  const [before, after] = [{ minCount: from }, { minCount: to }];
  return {
    ...{ id: `${MIN_COUNT}:${name}`, title: 'step', effect: 'scale-up', from: before, to: after, onFailure: 'back' },
    changes: [{ subject: idOf(name), group: MIN_COUNT, from: before, to: after }],
  };
}

export function situation(more: Partial<Situation> = {}): Situation {
  return {
    ...{ acting: [], leaving: [], fields: [], journal: [], others: { intents: [], fields: [] }, isUndoing: false },
    now: new Date('2026-01-01T00:01:00Z'),
    ...more,
  };
}
