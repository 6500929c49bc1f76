import { describe, expect, it } from 'vitest';

import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { capacities } from './look.ts';
import { edgeOf, markOf, originOf, outOf, situation } from './observed.ts';
import { afterChange, afterStep } from './twins.ts';

const OUT = outOf('weu', { value: { enabled: false, urgency: 'emergency' } });
const WEU = originOf('weu', { healthy: false });
const AFTER = [originOf('eus', { weight: 150 }), originOf('neu', { weight: 50 }), { ...WEU, enabled: false }];
const BEFORE = [originOf('eus'), originOf('neu'), WEU];
const FIELDS = [
  { subject: WEU.id, group: 'enabled', baseline: { enabled: true }, written: { enabled: false } },
  { subject: originOf('eus').id, group: 'weight', baseline: { weight: 100 }, written: { weight: 150 } },
  { subject: originOf('neu').id, group: 'weight', baseline: { weight: 100 }, written: { weight: 50 } },
];

describe('weights that follow capacity while an origin is out', () => {
  it('are set with the drain', () => {
    const { steps } = lookAtEdge(
      edgeOf(BEFORE, { redistribute: 'capacity', weightTotal: 300 }),
      situation({ acting: [OUT] }),
    );
    expect(steps.map(({ id }) => id)).toEqual(['weu:enabled', 'eus:weight', 'neu:weight']);
  });

  it.each([
    ['of a planned drain', { urgency: 'planned' }, 3],
    ['of a ramp not', { urgency: 'planned', via: [50] }, 1],
    ['of a drill not', { urgency: 'drill' }, 1],
  ])('%s', (_, wish, count) => {
    const out = outOf('weu', { value: { enabled: false, ...wish } });
    const edge = edgeOf([originOf('eus'), originOf('neu'), originOf('weu')], {
      redistribute: 'capacity',
      weightTotal: 300,
    });
    const { steps } = lookAtEdge(edge, situation({ acting: [out] }));
    expect(new Set(steps.map(({ id }) => id.split(':')[0])).size).toBe(count);
  });

  it('stay as they are at every look after that', () => {
    const { steps } = lookAtEdge(
      edgeOf(AFTER, { redistribute: 'capacity' }),
      situation({ acting: [OUT], fields: FIELDS }),
    );
    expect(steps).toEqual([]);
  });

  it('stay as they are while another plan moves something else', () => {
    const journal = [
      { step: { changes: [{ subject: originOf('eus').id, group: 'enabled' }] }, state: 'written' },
    ] as unknown as Situation['journal'];
    const { steps } = lookAtEdge(
      edgeOf(AFTER, { redistribute: 'capacity' }),
      situation({ acting: [OUT], fields: FIELDS, journal }),
    );
    expect(steps).toEqual([]);
  });

  it('lead to the same end from each step on, beside what has left the fleet as well', () => {
    const origins = ['weu', 'eus', 'neu', 'gone'].map((name, index) => originOf(name, { weight: 100 + 200 * index }));
    const seen = edgeOf(origins, { redistribute: 'capacity' });
    const removed = { isWhole: false, isNoted: true, isWritable: true, origins: [originOf('gone').id] };
    let observed: ObservedEdge = capacities(
      { ...seen, edge: { ...seen.edge, removed } },
      { weu: 400, eus: 310, neu: 220, gone: 130 },
    );
    // An earlier plan has begun to divide.
    let asked = situation({ acting: [outOf('weu')], fields: [markOf('neu', { weight: 50 }, { weight: 500 })] });
    const told: (readonly string[])[] = [];
    for (let count = 0; count < 9; count += 1) {
      const { steps, change } = lookAtEdge(observed, asked);
      told.push(steps.map(({ id, to }) => `${id} ${JSON.stringify(to)}`));
      if (change === undefined || steps[0] === undefined) {
        break;
      }
      observed = afterChange(observed, change);
      asked = afterStep(asked, steps[0]);
    }
    expect(told[0]?.length).toBeGreaterThan(2);
    expect(told).toEqual(told.map((_, index) => told[0]?.slice(index)));
    expect(told.at(-1)).toEqual([]);
  });

  it('are left alone by a wish that was let go and never came true', () => {
    const observed = edgeOf([AFTER[0]!, AFTER[1]!, AFTER[2]!], { redistribute: 'capacity' });
    const { steps } = lookAtEdge(observed, situation({ leaving: [{ ...OUT, state: 'leaving' }] }));
    expect(steps).toEqual([]);
  });

  it('go back with the origin', () => {
    const observed = edgeOf([AFTER[0]!, AFTER[1]!, { ...WEU, enabled: false, healthy: true }], {
      redistribute: 'capacity',
    });
    const { steps } = lookAtEdge(observed, situation({ leaving: [{ ...OUT, state: 'leaving' }], fields: FIELDS }));
    expect(steps.map(({ id }) => id).toSorted()).toEqual(['eus:weight', 'neu:weight', 'weu:enabled']);
  });
});
