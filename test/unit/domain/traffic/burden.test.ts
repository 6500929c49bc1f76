import { describe, expect, it } from 'vitest';

import { afterMeasurement, burdenOf, sumOf, worstOf } from '../../../../shared/domain/traffic/burden.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';

function origin(name: string, more: Partial<Origin> = {}): Origin {
  return { id: `/${name}`, name, region: name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

describe('a burden', () => {
  it('is what the origins of each cluster get', () => {
    const origins = [origin('a1'), origin('a2'), origin('b', { weight: 1000 }), origin('nobody-knows'), origin('z')];
    const clusterOf = (name: string): string | undefined => (name === 'nobody-knows' ? undefined : name[0]);
    expect(burdenOf(origins, { by: 'weight', load: 600 }, clusterOf)).toEqual({ a: 200, b: 200, z: 100 });
  });

  it('is counted at both ends while traffic moves', () => {
    expect(worstOf({ a: 10, b: 5 }, { b: 15, c: 1 })).toEqual({ a: 10, b: 15, c: 1 });
  });

  it('of all others is added up, cluster by cluster', () => {
    const burdens = [
      { schema: 1 as const, byCluster: { a: 10, b: 5 } },
      { schema: 1 as const, byCluster: { a: 1 } },
    ];
    expect(sumOf(burdens)).toEqual(
      new Map([
        ['a', 11],
        ['b', 5],
      ]),
    );
  });

  it('that a plan leads to stands until its time is over', () => {
    const planned = { schema: 1 as const, byCluster: { a: 10 }, expectedUntil: 1_000 };
    expect(afterMeasurement(planned, { a: 1 }, 999)).toBe(planned);
    expect(afterMeasurement(planned, { a: 1 }, 1_000)).toEqual({ schema: 1, byCluster: { a: 1 } });
    expect(afterMeasurement(undefined, { a: 1 }, 0)).toEqual({ schema: 1, byCluster: { a: 1 } });
    expect(afterMeasurement({ schema: 1, byCluster: { a: 2 } }, { a: 1 }, 0).byCluster).toEqual({ a: 1 });
  });
});
