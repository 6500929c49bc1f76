import type { Capacity } from '../../domain/traffic/capacity.ts';
import { finding, ok, type Finding } from './finding.ts';
import type { PoolGrowth } from './schema.ts';

/** What clusters could carry with the most nodes that their pools may get. Pure. */
export function grownCapacity(
  capacity: ReadonlyMap<string, Capacity>,
  growth: readonly PoolGrowth[],
): ReadonlyMap<string, Capacity> {
  return new Map(
    [...capacity].map(([name, now]) => {
      const most = growth.find(({ origin }) => origin === name)?.capacity ?? 0;
      return [name, { ...now, safe: Math.max(now.safe, most) }];
    }),
  );
}

/** Whether the pools that may grow are there, and can. Pure. */
export function scaleUp(growth: readonly PoolGrowth[]): Finding {
  const faults = growth.flatMap(({ origin, pool, fault }) =>
    fault === undefined ? [] : [`${origin}: pool ${pool} ${FAULTS[fault]}`],
  );
  if (faults.length > 0) {
    return finding('warn', faults.join('; '), 'Correct `capacity.scaleUp` in the fleet file, the pool, or our role.');
  }
  return growth.length === 0
    ? ok('no cluster behind it may get more nodes')
    : ok(
        growth
          .map(({ origin, capacity = 0 }) => `${origin} up to ${Math.floor(capacity)} requests a second`)
          .join(', '),
      );
}

const FAULTS = {
  'not-found': 'is not there',
  'no-autoscaler': 'has no autoscaler',
  unreadable: 'cannot be read',
} as const;
