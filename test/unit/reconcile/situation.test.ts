import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import type { LookContext } from '../../../shared/reconcile/look-context.ts';
import { concerned, situationOf } from '../../../shared/reconcile/situation.ts';
import type { Field } from '../../../shared/reconcile/target-kind.ts';
import { entryOf, intentOf, planOf, stateOf, stepOf } from './rows.ts';
import { PLANT, Valves } from './valves-target.ts';

const clock = new VirtualClock();
const context = {
  target: PLANT,
  kind: new Valves({}, () => 0),
  clock,
} as unknown as LookContext<unknown, unknown>;

const STATES: readonly Intent['state'][] = ['open', 'blocked', 'failed', 'leaving', 'closed'];
const OWN = STATES.map((state) => intentOf({ cause: state, state }));
const FOREIGN = STATES.map((state) => intentOf({ subject: 'plant/b/one', cause: state, state }));

function causes(intents: readonly Intent[] = []): readonly string[] {
  return intents.map(({ cause, mode }) => `${cause}${mode === 'enforce' ? '' : ` ${mode}`}`);
}

describe('what a look starts from', () => {
  const state = stateOf([...OWN, ...FOREIGN]);
  const asked = { plan: undefined, modes: ['enforce'] } as const;

  it('are the intents of this target that are not closed', () => {
    expect(causes(concerned(context, state))).toEqual(['open', 'blocked', 'failed', 'leaving']);
    expect(concerned(context, state).every(({ subject }) => subject === 'plant/a/one')).toBe(true);
  });

  it('is what may act: open, or kept back until now; what has failed does not', () => {
    const { acting, leaving, unapproved } = situationOf(context, state, asked);
    expect(causes(acting)).toEqual(['open', 'blocked']);
    expect(causes(leaving)).toEqual(['leaving']);
    expect(unapproved).toEqual([]);
  });

  it.each([
    [['enforce'], ['open'], ['leaving propose', 'leaving observe']],
    [['enforce', 'propose'], ['open', 'open propose'], ['leaving observe']],
    [['enforce', 'propose', 'observe'], ['open', 'open propose', 'open observe'], []],
  ] as const)('acts in the modes %j alone, and of what leaves the others wait', (modes, acting, unapproved) => {
    const all = (['enforce', 'propose', 'observe'] as const).flatMap((mode) => [
      intentOf({ cause: 'open', mode, by: { person: `o-${mode}` } }),
      intentOf({ cause: 'leaving', mode, state: 'leaving', by: { person: `l-${mode}` } }),
    ]);
    const found = situationOf(context, stateOf(all), { plan: undefined, modes });
    expect(causes(found.acting)).toEqual(acting);
    expect(found.leaving).toHaveLength(3);
    expect(causes(found.unapproved)).toEqual(unapproved);
  });

  it('are the marks of this lane, and beside them those of the others and their intents', () => {
    const field = (subject: string): Field => ({ subject, group: 'turn', baseline: { to: 1 }, written: { to: 2 } });
    const own = stateOf([...OWN, ...FOREIGN], { fields: [field('plant/a/one')] });
    const lanes = { ...own.head.lanes, 'plant/b': { previews: {}, fields: [field('plant/b/one')] } };
    const found = situationOf(context, { ...own, head: { ...own.head, lanes } }, asked);
    expect(found.fields).toEqual([field('plant/a/one')]);
    expect(found.others.fields).toEqual([field('plant/b/one')]);
    expect(causes(found.others.intents)).toEqual(['open', 'blocked', 'failed', 'leaving']);
    expect(found.others.intents.every(({ subject }) => subject === 'plant/b/one')).toBe(true);
  });

  it('is what the active plan has sent, whether it is being undone, and the time', () => {
    const journal = [entryOf(stepOf('plant/a/one', 1, 2), 'written')];
    const none = situationOf(context, state, asked);
    expect(none).toMatchObject({ journal: [], isUndoing: false, now: clock.now() });
    const running = situationOf(context, state, { ...asked, plan: planOf({ journal }) });
    expect(running).toMatchObject({ journal, isUndoing: false });
    const back = situationOf(context, state, { ...asked, plan: planOf({ journal, state: 'going-back' }) });
    expect(back).toMatchObject({ journal, isUndoing: true });
  });
});
