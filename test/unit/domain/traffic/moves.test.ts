import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nextMove, type Goal } from '../../../../shared/domain/traffic/moves.ts';
import { moved, type Origin, type OriginMove } from '../../../../shared/domain/traffic/origin.ts';

function origin(more: Partial<Origin> = {}): Origin {
  return { id: '/a', name: 'a', region: 'a', enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function goal(more: Partial<Goal> = {}): Goal {
  return { enabled: true, weight: 500, via: [], isUrgent: false, ...more };
}

/** All moves until there is none left. */
function way(from: Origin, to: Goal): readonly OriginMove[] {
  const moves: OriginMove[] = [];
  let now: readonly Origin[] = [from];
  for (;;) {
    const next = nextMove(now[0]!, to);
    if (next === undefined) {
      return moves;
    }
    moves.push(next.move);
    now = moved(now, next.move);
    expect(moves.length).toBeLessThan(50);
  }
}

/** `500` a weight, `out`, `in`, `shut`, `open`. */
function words(moves: readonly OriginMove[]): readonly (number | string)[] {
  return moves.map((move) => {
    if ('weight' in move) {
      return move.weight;
    }
    return 'enabled' in move ? (move.enabled ? 'in' : 'out') : move.isShut ? 'shut' : 'open';
  });
}

describe('the way of one origin', () => {
  it.each<[string, Partial<Origin>, Partial<Goal>, readonly (number | string)[]]>([
    ['that is there already', {}, {}, []],
    ['out at once', {}, { enabled: false }, ['out']],
    ['out and then to its weight', {}, { enabled: false, weight: 300 }, ['out', 300]],
    ['out by steps', {}, { enabled: false, via: [250, 50] }, [250, 50, 'out', 500]],
    ['out by what is left of its steps', { weight: 250 }, { enabled: false, via: [250, 50] }, [50, 'out', 500]],
    ['out by the steps below what it has', { weight: 100 }, { enabled: false, via: [250, 50] }, [50, 'out', 500]],
    ['out from below all of its steps', { weight: 20 }, { enabled: false, via: [250, 50] }, ['out', 500]],
    ['out in an emergency', {}, { enabled: false, via: [250, 50], isUrgent: true }, ['out']],
    ['back in', { enabled: false }, {}, ['in']],
    ['back in with its weight first', { enabled: false, weight: 7 }, {}, [500, 'in']],
    ['back by steps', { enabled: false }, { via: [50, 250] }, [50, 'in', 250, 500]],
    ['back by what is left of its steps', { weight: 50 }, { via: [50, 250] }, [250, 500]],
    ['back by steps that end at its weight', { enabled: false }, { via: [50, 500] }, [50, 'in', 500]],
    ['back by steps that go past its weight', { enabled: false, weight: 7 }, { via: [50, 500, 900] }, [50, 'in', 500]],
    ['back by steps that begin at its weight', { enabled: false, weight: 7 }, { via: [500, 900] }, [500, 'in']],
    ['from a weight that is on no way', { weight: 77 }, { via: [50, 250] }, [500]],
    ['up', { weight: 300 }, {}, [500]],
    ['down', { weight: 900 }, {}, [500]],
    ['behind its gate', {}, { isShut: true, isUrgent: true }, ['shut']],
    ['out from behind its gate', { isShut: true }, { isShut: false }, ['open']],
    ['whose gate is nobody’s matter', { isShut: true }, {}, []],
  ])('%s', (_, from, to, moves) => {
    expect(words(way(origin(from), goal(to)))).toEqual(moves);
  });

  it('orders moves: what is urgent, then what gives, then what takes', () => {
    const stage = (from: Partial<Origin>, to: Partial<Goal>): number => nextMove(origin(from), goal(to))!.stage;
    const stages = [
      stage({}, { isShut: true }),
      stage({ enabled: false, weight: 7 }, {}),
      stage({ enabled: false }, {}),
      stage({ weight: 300 }, {}),
      stage({ weight: 900 }, {}),
      stage({}, { enabled: false }),
      stage({ enabled: false, weight: 7 }, { enabled: false }),
    ];
    expect(stages).toEqual(stages.toSorted((a, b) => a - b));
    expect(new Set(stages).size).toBe(stages.length);
    expect(stage({}, { enabled: false, isUrgent: true })).toBe(stages[0]);
    expect(stage({ isShut: true }, { isShut: false })).toBe(stages[2]);
  });

  it.each<[string, Partial<Origin>, Partial<Goal>, boolean, boolean]>([
    ['a drain', {}, { enabled: false }, true, false],
    ['an emergency', {}, { enabled: false, isUrgent: true }, true, true],
    ['a gate', {}, { isShut: true, isUrgent: true }, true, true],
    ['the gate of what is out', { enabled: false }, { enabled: false, isShut: true }, false, false],
    ['a weight', { weight: 7 }, {}, true, false],
    ['the weight of what is out', { enabled: false, weight: 7 }, {}, false, false],
  ])('%s says whether it moves traffic', (_, from, to, movesTraffic, isUrgent) => {
    expect(nextMove(origin(from), goal(to))).toMatchObject({ movesTraffic, isUrgent });
  });

  it('ends at the goal, through weights that were asked for', () => {
    const weight = fc.integer({ min: 1, max: 1000 });
    const via = fc.array(weight, { maxLength: 5 });
    const anyGoal = fc.record({ enabled: fc.boolean(), isShut: fc.boolean(), weight, via, isUrgent: fc.boolean() });
    const anyOrigin = fc.record({ enabled: fc.boolean(), isShut: fc.boolean(), weight });
    fc.assert(
      fc.property(anyOrigin, anyGoal, (from, to) => {
        const moves = way(origin(from), to);
        const [end] = moves.reduce<readonly Origin[]>(moved, [origin(from)]);
        expect(end).toMatchObject({ enabled: to.enabled, isShut: to.isShut });
        // An emergency is one write: whatever its weight was to be is for later.
        expect(end?.weight).toBe(to.weight);
        const weights = moves.flatMap((move) => ('weight' in move ? [move.weight] : []));
        expect(weights.every((one) => one === to.weight || to.via.includes(one))).toBe(true);
      }),
    );
  });
});
