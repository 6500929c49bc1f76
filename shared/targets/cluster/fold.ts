import type { Intent } from '../../intents/intent.ts';
import type { NodePool } from '../../ports/node-pools.ts';
import type { Field, Situation } from '../../reconcile/target-kind.ts';

/** Kind of an intent that wants a node pool to keep at least so many nodes. */
export const FLOOR = 'floor';

/** Value of such an intent; its subject is the pool's ARM id. */
export interface FloorWish {
  readonly minCount: number;
  /** How often it was tried and could not be written. */
  readonly attempt?: number;
}

/** Field group of what we write of a pool. */
export const MIN_COUNT = 'min-count';

/** What a pool's least number of nodes is to become. */
export interface PoolGoal {
  readonly pool: NodePool;
  readonly minCount: number;
  /** True for more than there is: people's traffic waits for it. */
  readonly isRaise: boolean;
}

/** Our mark on a pool. Pure. */
export function markOf(
  fields: readonly Field[],
  pool: string,
): { readonly baseline: number; readonly written: number } | undefined {
  const field = fields.find(({ subject, group }) => subject === pool && group === MIN_COUNT);
  return field === undefined
    ? undefined
    : { baseline: Number(field.baseline['minCount']), written: Number(field.written['minCount']) };
}

/** The greatest floor that is wanted of a pool, as far as its autoscaler goes; undefined if none is. Pure. */
export function floorOf(acting: readonly Intent[], { id, autoscaler }: NodePool): number | undefined {
  const floors = acting.filter(({ kind, subject }) => kind === FLOOR && subject === id);
  const wanted = Math.max(...floors.map(({ value }) => (value as unknown as FloorWish).minCount));
  return floors.length === 0 || autoscaler === undefined ? undefined : Math.min(wanted, autoscaler.max);
}

/**
 * What each pool's least number of nodes is to become: the greatest floor, or what stood there before our first write, if
 * what stands there is still ours. Pure.
 */
export function foldPools(
  pools: readonly NodePool[],
  { acting, fields, isUndoing }: Pick<Situation, 'acting' | 'fields' | 'isUndoing'>,
): readonly PoolGoal[] {
  return pools
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((pool): readonly PoolGoal[] => {
      const { id, autoscaler } = pool;
      if (autoscaler === undefined) {
        return [];
      }
      const mark = markOf(fields, id);
      const floor = isUndoing ? undefined : floorOf(acting, pool);
      const isOurs = mark?.written === autoscaler.min;
      if (floor === undefined) {
        return isOurs && mark.baseline !== autoscaler.min ? [{ pool, minCount: mark.baseline, isRaise: false }] : [];
      }
      return floor > autoscaler.min && !isDrift(pool, mark, floor) ? [{ pool, minCount: floor, isRaise: true }] : [];
    });
}

/** True if somebody has lowered what we had raised: theirs stays until more is wanted. Pure. */
export function isDrift(
  { autoscaler }: NodePool,
  mark: { readonly written: number } | undefined,
  floor: number,
): boolean {
  return mark !== undefined && autoscaler !== undefined && autoscaler.min < mark.written && floor <= mark.written;
}
