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

/** What a fold of node pools is made of. */
export type Wanting = Pick<Situation, 'acting' | 'dormant' | 'fields' | 'journal' | 'isUndoing'>;

/**
 * What each pool's least number of nodes is to become: the greatest floor, or what stood there before, if what stands
 * there is still ours. Pure.
 */
export function foldPools(pools: readonly NodePool[], wanting: Wanting): readonly PoolGoal[] {
  const { acting, fields, isUndoing } = wanting;
  return pools
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((pool): readonly PoolGoal[] => {
      const { id, autoscaler } = pool;
      if (autoscaler === undefined) {
        return [];
      }
      const mark = markOf(fields, id);
      const floor = isUndoing ? undefined : floorOf(acting, pool);
      if (floor === undefined) {
        const minCount = mark?.written === autoscaler.min ? wayBackOf(id, mark.baseline, wanting) : undefined;
        return minCount === undefined || minCount === autoscaler.min ? [] : [{ pool, minCount, isRaise: false }];
      }
      return floor > autoscaler.min && !isDrift(pool, mark, floor) ? [{ pool, minCount: floor, isRaise: true }] : [];
    });
}

/**
 * Where our value goes back to, if it does. What went wrong goes back to where it began, which an earlier floor may have
 * raised; while anybody wants a floor of the pool, though it may not act now, nothing else is given back.
 */
function wayBackOf(pool: string, baseline: number, { dormant = [], journal, isUndoing }: Wanting): number | undefined {
  if (isUndoing) {
    const [first] = journal.flatMap(({ step }) => step.changes.filter(({ subject }) => subject === pool));
    return first === undefined ? undefined : Number(first.from['minCount']);
  }
  return dormant.some(({ kind, subject }) => kind === FLOOR && subject === pool) ? undefined : baseline;
}

/** True if somebody has lowered what we had raised: theirs stays until more is wanted. Pure. */
export function isDrift(
  { autoscaler }: NodePool,
  mark: { readonly written: number } | undefined,
  floor: number,
): boolean {
  return mark !== undefined && autoscaler !== undefined && autoscaler.min < mark.written && floor <= mark.written;
}
