import { describe, expect, it } from 'vitest';

import type { World } from '../../../../cli/people/connection.ts';
import { FollowUp } from '../../../../cli/people/follow-up.ts';
import { isOver, isWell, planText, stateText } from '../../../../cli/people/plan-text.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { PLAN } from '../../api/people/people.ts';

const AT = '2026-01-05T08:09:00.000Z';
const SENT = { step: { ...PLAN.steps[0]!, bakeMs: 60_000 }, at: AT, fence: 1, precondition: '', sendBy: '' };

/** As the API gives it. */
function viewOf(plan: Plan): Parameters<typeof stateText>[0] {
  return JSON.parse(JSON.stringify(plan)) as Parameters<typeof stateText>[0];
}

describe('how a plan stands', () => {
  it.each<[NonNullable<Plan['effect']>, string, boolean, boolean]>([
    [
      { state: 'waiting', until: AT },
      'done, waiting for the edge and its measurements, up to 2026-01-05T08:09:00',
      false,
      true,
    ],
    [{ state: 'effective', at: AT }, 'done, effective: the edge shows it since 2026-01-05T08:09:00', true, true],
    [
      { state: 'effective', at: AT, by: ['requests', 'public-host'] },
      'done, effective: the edge shows it since 2026-01-05T08:09:00 (by requests, the public host; not measured: errors, latency)',
      true,
      true,
    ],
    [
      { state: 'effective', at: AT, by: ['dns-answers'] },
      'done, effective: the edge shows it since 2026-01-05T08:09:00 (by DNS answers, which clients keep for the TTL; not measured: requests, errors, latency, the public host)',
      true,
      true,
    ],
    [{ state: 'not-effective', at: AT }, 'done, not effective: the edge does not show it', true, false],
    [{ state: 'unknown', at: AT }, 'done, and nothing measured tells whether the edge has it', true, true],
    [{ state: 'overtaken', at: AT }, 'done, and another plan has moved the edge since', true, true],
  ])('tells what the edge shows: %j', (effect, text, over, well) => {
    const plan = viewOf({ ...PLAN, state: 'done', effect });
    expect([stateText(plan, {}), isOver(plan), isWell(plan)]).toEqual([text, over, well]);
  });

  it.each([
    ['effective', 'drill    the edge had left it at 2026-01-05T08:09:00'],
    ['not-effective', 'drill    not effective: at 2026-01-05T08:09:00 the edge still served it, or the others failed'],
  ] as const)('tells what a drill has shown: %s', (state, line) => {
    const follow = new FollowUp({ data: '.reflex' }, { environment: {} } as World);
    expect(planText(viewOf({ ...PLAN, drilled: { state, at: AT } }), follow, {})).toContain(line);
  });

  it('tells until when a step bakes', () => {
    const running = { ...PLAN, state: 'running' as const };
    const written = { ...SENT, state: 'written' as const, endedAt: AT };
    expect(stateText(viewOf({ ...running, journal: [written] }), {})).toBe('running, baking until 2026-01-05T08:10:00');
    expect(stateText(viewOf({ ...running, journal: [{ ...SENT, state: 'running' }] }), {})).toBe('running');
    expect(stateText(viewOf({ ...running, state: 'paused', journal: [written] }), {})).toBe('paused');
  });

  it('that has ended otherwise is over and not well', () => {
    const plan = viewOf({ ...PLAN, state: 'rejected' });
    expect([isOver(plan), isWell(plan)]).toEqual([true, false]);
  });
});
