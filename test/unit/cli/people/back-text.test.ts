import { describe, expect, it } from 'vitest';

import { backText } from '../../../../cli/people/back-text.ts';
import type { JournalEntry, Plan, Step } from '../../../../shared/reconcile/plan.ts';
import { NEU, PLAN, WEU } from '../../api/people/people.ts';

function change(subject: string, group: string, [from, to]: readonly [object, object]): Step {
  return { ...PLAN.steps[0]!, title: `${group} of ${subject}`, changes: [{ subject, group, from, to }] } as Step;
}

function told(
  state: Plan['state'],
  ...entries: readonly (readonly [Step, JournalEntry['state']])[]
): readonly string[] {
  const sent = { at: PLAN.created, fence: 1, precondition: '', sendBy: '' };
  const plan = { ...PLAN, state, journal: entries.map(([step, is]) => ({ ...sent, step, state: is })) };
  return backText(JSON.parse(JSON.stringify(plan)) as Parameters<typeof backText>[0]);
}

const OUT = change(WEU, 'enabled', [{ enabled: true }, { enabled: false }]);
const IN = change(WEU, 'enabled', [{ enabled: false }, { enabled: true }]);
const HALF = change(NEU, 'weight', [{ weight: 500 }, { weight: 250 }]);
const LESS = change(NEU, 'weight', [{ weight: 250 }, { weight: 100 }]);
const SHUT = change(WEU, 'gate', [{ isShut: false }, { isShut: true }]);

describe('what a cancelled plan writes back', () => {
  it('is what it has written, newest first, from what stands there to what stood there', () => {
    expect(told('going-back', [HALF, 'written'], [LESS, 'written'], [OUT, 'written'])).toEqual([
      'back     origin-weu: out to in',
      'back     origin-neu: weight 100 to weight 500',
    ]);
    expect(told('going-back', [SHUT, 'written'])).toEqual(['back     origin-weu: gate shut to gate open']);
    expect(told('going-back', [IN, 'written'])).toEqual(['back     origin-weu: in to out']);
  });

  it('waits for the write that is under way', () => {
    for (const state of ['sending', 'running'] as const) {
      expect(told('going-back', [HALF, 'written'], [OUT, state])).toEqual([
        'back     origin-weu: out to in',
        'back     origin-neu: weight 250 to weight 500',
        '         when the write that is under way has ended',
      ]);
    }
  });

  it('is nothing where nothing was written, or all is back', () => {
    const nothing = ['nothing has been written, and nothing will be'];
    expect(told('going-back')).toEqual(nothing);
    expect(told('going-back', [OUT, 'failed'])).toEqual(nothing);
    expect(told('going-back', [OUT, 'written'], [IN, 'written'])).toEqual(nothing);
  });

  it('is told by its title where no field groups are kept', () => {
    expect(told('going-back', [{ ...OUT, changes: [], title: 'commit\u001b[2J' }, 'written'])).toEqual([
      'back     commit\ufffd[2J',
    ]);
  });

  it('is told of a plan that goes back, and of no other', () => {
    expect(told('cancelled', [OUT, 'written'])).toEqual([]);
  });
});
