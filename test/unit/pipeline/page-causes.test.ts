import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../shared/domain/digest.ts';
import {
  newProgress,
  type Running,
  type StageProgress,
  type VerdictOutcome,
} from '../../../shared/domain/image/progress.ts';
import { NO_EVIDENCE } from '../../../shared/domain/traffic/evidence.ts';
import { intentKey, type Intent } from '../../../shared/intents/intent.ts';
import { causeOf, type PagedFacts, type PresentState } from '../../../shared/pipeline/page-causes.ts';
import type { JournalEntry, Plan } from '../../../shared/reconcile/plan.ts';

const EDGE = '/subscriptions/s/origingroups/shop';
const WEU = `${EDGE}/origins/weu`;
const OUT = { out: true };

function intent(over: Partial<Intent> = {}): Intent {
  const who = { schema: 1, subject: WEU, by: { reaction: 'region-failover' }, cause: 'bad', kind: 'out' } as const;
  const when = { asOf: '2026-01-05T08:00:00.000Z', openedAt: '2026-01-05T08:00:00.000Z' };
  return { ...who, ...when, value: OUT, mode: 'enforce', reason: 'bad', signals: [], state: 'open', ...over };
}

function plan(over: Partial<Plan> = {}): Plan {
  const serves = [{ key: intentKey(intent()), subject: WEU, value: digestOf(OUT), signals: [] }];
  const rest = { revision: 1, steps: [], journal: [], digest: 'd', created: '2026-01-05T08:00:00.000Z' };
  return { schema: 1, id: 'p', target: EDGE, state: 'running', serves, ...rest, ...over };
}

function state({ of, ...over }: Partial<PresentState> & { readonly of?: Intent } = {}): PresentState {
  const intents = new Map(of === undefined ? [] : [[intentKey(of), of]]);
  return { intents, isActive: false, ...over };
}

const told = (paged: Readonly<Record<string, string>>): Partial<PresentState> => ({
  evidence: { ...NO_EVIDENCE, paged },
});
const sending = (note?: string): Plan =>
  plan({ journal: [{ state: 'running', ...(note === undefined ? {} : { note }) } as JournalEntry] });

const PLACE = { image: 'contoso.azurecr.io/shop/web', stage: 'prod' };
const WEB = `${PLACE.image}@${PLACE.stage}`;
const AT = '2026-01-05T08:00:00.000Z';

/** An image in a stage that runs a version; the digest `bad` is held where it says so. */
function runs(
  digest: string,
  outcome: VerdictOutcome,
  { isRollback = false, isHeld = false } = {},
): Partial<PresentState> {
  const current: Running = { tag: '1', digest, commit: 'c', at: AT, isForeign: false, isRollback, heads: ['c'] };
  const held = isHeld ? [{ tag: '1', digest: 'bad', cause: 'verification', at: AT, reason: '' } as const] : [];
  const progress: StageProgress = {
    ...newProgress(PLACE, AT),
    ...{ current, held, verdict: { outcome, reason: '', at: AT, checks: [] } },
  };
  return { progress };
}

const guardHold = (state: Intent['state']): Intent =>
  intent({ subject: WEB, kind: 'hold', cause: 'guard-jump', state });
const JUMP = { subject: WEB, reason: 'guard-jump' };
const FAILED = { subject: WEB, reason: 'verification-failed: back to 1.0.0: probe', digest: 'bad' };
const UNKNOWN = { subject: WEB, reason: 'verification-inconclusive: probe', digest: 'bad' };

describe('the cause of a page', () => {
  it.each<[string, PagedFacts, PresentState, 'stands' | 'gone' | 'once']>([
    [
      'about an origin, as it was told',
      { edge: EDGE, origin: 'weu', reason: 'x' },
      state(told({ weu: 'x' })),
      'stands',
    ],
    [
      'about an origin, now for another reason',
      { edge: EDGE, origin: 'weu', reason: 'x' },
      state(told({ weu: 'y' })),
      'gone',
    ],
    [
      'about an origin, now of another origin',
      { edge: EDGE, origin: 'weu', reason: 'x' },
      state(told({ neu: 'x' })),
      'gone',
    ],
    ['about an edge, as it was told', { edge: EDGE, reason: 'x' }, state(told({ [EDGE]: 'x' })), 'stands'],
    [
      'about an edge without effect',
      { edge: EDGE, reason: 'not-effective' },
      state(told({ effect: 'not-effective' })),
      'stands',
    ],
    ['about an edge that nobody knows', { edge: EDGE, reason: 'x' }, state(), 'gone'],
    ['about readiness', { edge: EDGE, reason: 'not-ready: probes' }, state({ isReady: false }), 'stands'],
    [
      'about readiness, when it is ready',
      { edge: EDGE, reason: 'not-ready: probes' },
      state({ isReady: true }),
      'gone',
    ],
    [
      'about an intent that is kept back',
      { subject: WEU, reason: 'x' },
      state({ of: intent({ state: 'blocked', note: 'x' }) }),
      'stands',
    ],
    [
      'about one that is kept back otherwise',
      { subject: WEU, reason: 'x' },
      state({ of: intent({ state: 'blocked', note: 'y' }) }),
      'gone',
    ],
    [
      'about one that is over',
      { subject: WEU, reason: 'x' },
      state({ of: intent({ state: 'closed', note: 'x' }) }),
      'gone',
    ],
    [
      'about one of another subject',
      { subject: EDGE, reason: 'x' },
      state({ of: intent({ state: 'blocked', note: 'x' }) }),
      'gone',
    ],
    [
      'about a write that is stuck',
      { plan: 'p', reason: 'stuck' },
      state({ plan: sending('stuck'), isActive: true }),
      'stands',
    ],
    [
      'about a write that was stuck',
      { plan: 'p', reason: 'stuck' },
      state({ plan: sending(), isActive: true }),
      'gone',
    ],
    [
      'about a plan that stands still',
      { plan: 'p', reason: 'x' },
      state({ plan: plan({ state: 'paused' }), isActive: true }),
      'stands',
    ],
    ['about one that goes on', { plan: 'p', reason: 'x' }, state({ plan: plan(), isActive: true }), 'gone'],
    [
      'about one that another has replaced',
      { plan: 'p', reason: 'x' },
      state({ plan: plan({ state: 'parked' }) }),
      'gone',
    ],
    ['about one that is kept no longer', { plan: 'p', reason: 'x' }, state(), 'gone'],
    [
      'about what is not tried again',
      { plan: 'p', reason: 'x' },
      state({ plan: plan({ state: 'gone-back' }), of: intent({ state: 'failed' }) }),
      'stands',
    ],
    [
      'about what asks for something else now',
      { plan: 'p', reason: 'x' },
      state({ plan: plan({ state: 'refused' }), of: intent({ state: 'failed', value: {} }) }),
      'gone',
    ],
    [
      'about what is tried again',
      { plan: 'p', reason: 'x' },
      state({ plan: plan({ state: 'refused' }), of: intent() }),
      'gone',
    ],
    ['about what a guard holds', JUMP, state({ of: guardHold('open') }), 'stands'],
    ['about what a guard held', JUMP, state({ of: guardHold('closed') }), 'gone'],
    ['about what a guard only tells', JUMP, state(), 'once'],
    ['about a version that nobody could verify', UNKNOWN, state(runs('bad', 'inconclusive')), 'stands'],
    ['about one that has been verified since', UNKNOWN, state(runs('bad', 'pass')), 'gone'],
    ['about one that has failed since', UNKNOWN, state(runs('bad', 'fail')), 'gone'],
    ['about one that is no longer there', UNKNOWN, state(runs('good', 'pending')), 'gone'],
    ['about a version that fails', FAILED, state(runs('bad', 'fail')), 'stands'],
    [
      'about one that was gone back from',
      FAILED,
      state(runs('good', 'pass', { isRollback: true, isHeld: true })),
      'stands',
    ],
    ['about one that another is to replace', FAILED, state(runs('new', 'pending', { isHeld: true })), 'stands'],
    ['about one that another has replaced', FAILED, state(runs('new', 'pass', { isHeld: true })), 'gone'],
    ['about one that was let in again', FAILED, state(runs('good', 'pass', { isRollback: true })), 'gone'],
    ['about an image that nobody knows', FAILED, state(), 'gone'],
    ['about a person\u2019s command', { edge: EDGE, command: 'c', reason: 'x' }, state(told({})), 'once'],
    ['about nothing that can be asked', { reason: 'x' }, state(), 'once'],
  ])('%s', (_, facts, now, cause) => {
    expect(causeOf(facts, now)).toBe(cause);
  });

  it('is judged whatever a record says', () => {
    const word = fc.option(fc.string(), { nil: undefined });
    const reason = fc.oneof(fc.string(), fc.constantFrom('guard-jump', 'verification-failed: x', 'not-ready'));
    const words = { edge: word, origin: word, subject: word, digest: word, plan: word, command: word };
    const facts = fc.record({ reason: fc.option(reason, { nil: undefined }), ...words });
    fc.assert(
      fc.property(facts, (any) => {
        const known = Object.fromEntries(Object.entries(any).filter(([, value]) => value !== undefined));
        expect(['stands', 'gone', 'once']).toContain(causeOf(known, state({ of: intent(), plan: plan() })));
      }),
    );
  });
});
