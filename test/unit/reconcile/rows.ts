import type { Intent } from '../../../shared/intents/intent.ts';
import type { JournalEntry, Plan, Step } from '../../../shared/reconcile/plan.ts';
import type { Lane, TargetState } from '../../../shared/reconcile/target-rows.ts';
import { intentKey } from '../../../shared/intents/intent.ts';

/** One write of one group. */
export function stepOf(subject: string, from: number, to: number, more: Partial<Step> = {}): Step {
  return {
    id: subject,
    title: `turn ${subject} to ${to}`,
    effect: 'turn',
    from: { to: from },
    to: { to },
    changes: [{ subject, group: 'turn', from: { to: from }, to: { to } }],
    onFailure: 'back',
    ...more,
  };
}

/** A plan that runs and has sent nothing. */
export function planOf(more: Partial<Plan> = {}): Plan {
  return {
    schema: 1,
    id: 'plan-1',
    target: 'plant/a',
    state: 'running',
    revision: 1,
    serves: [],
    steps: [],
    journal: [],
    digest: 'digest-1',
    created: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

/** A write that was sent and of which nothing is known yet. */
export function entryOf(
  step: Step,
  state: JournalEntry['state'] = 'sending',
  more: Partial<JournalEntry> = {},
): JournalEntry {
  return {
    step,
    state,
    at: '2026-01-01T00:00:00.000Z',
    fence: 3,
    precondition: 'v1',
    sendBy: '2026-01-01T00:00:10.000Z',
    ...more,
  };
}

/** What a reaction wants of `plant/a/one`. */
export function intentOf(more: Partial<Intent> = {}): Intent {
  return {
    schema: 1,
    subject: 'plant/a/one',
    by: { reaction: 'turner' },
    cause: 'incident',
    kind: 'out',
    value: { to: 9 },
    mode: 'enforce',
    reason: 'because',
    signals: ['signal'],
    asOf: '2026-01-01T00:00:00.000Z',
    openedAt: '2026-01-01T00:00:00.000Z',
    state: 'open',
    ...more,
  };
}

/** Rows as they were read: one lane, these intents. */
export function stateOf(intents: readonly Intent[] = [], lane: Partial<Lane> = {}): TargetState {
  const own: Lane = { previews: {}, fields: [], ...lane };
  return {
    head: { schema: 2, revision: 1, fence: 3, leases: {}, lanes: { 'plant/a': own }, audit: { seq: 0, hash: '' } },
    lane: own,
    etag: '"1"',
    intents: new Map(intents.map((intent) => [intentKey(intent), intent])),
  };
}
