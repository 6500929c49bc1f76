import { decisionOf, isReason, type EdgeDecision } from '../../domain/traffic/answers.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { Intent } from '../../intents/intent.ts';
import type { FailoverVerdict } from '../../reactions/region-failover/index.ts';
import { IN_VAIN } from '../../reconcile/consent/consent.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import { storedIntent, type Trouble } from './look.ts';

/** How a report or a command about one edge was answered. */
export interface EdgeAnswer {
  /** ARM id. */
  readonly edge: string;
  readonly decision: EdgeDecision;
  readonly reason: string;
}

/** Weakest first: of several regions the strongest word counts. */
const STRENGTH: readonly EdgeDecision[] = [
  'noop',
  'ignore',
  'hold',
  'plan',
  'failstatic',
  'refuse',
  'escalate',
  'retry',
  'pending-approval',
  'needs-human',
  'rollback',
  'restore',
  'shift',
];

/** The answer to a report, from what was decided and what became of it. Pure. */
export function answerReport(
  edge: string,
  verdicts: readonly FailoverVerdict[],
  {
    asked,
    before,
    after,
    trouble,
  }: {
    readonly asked: readonly Asked[];
    readonly before: readonly Origin[];
    readonly after: TargetState;
    readonly trouble: Trouble | undefined;
  },
): EdgeAnswer {
  const told = verdicts.flatMap((verdict): readonly Word[] => {
    switch (verdict.decision) {
      case 'drain':
      case 'slow':
        return verdict.reason === 'already-drained' ? [{ decision: 'noop', reason: verdict.reason }] : [];
      case 'release':
      case 'undo':
        return [];
      default:
        return [{ decision: verdict.decision, reason: verdict.reason }];
    }
  });
  const isLasting = trouble !== undefined && trouble.reason !== 'retrying';
  const acted =
    asked.length === 0 && isLasting
      ? [byReason(trouble.reason)]
      : asked.map((one) => wordOn(storedIntent(after, one), trouble, outOf(before)));
  const [word = { decision: 'noop', reason: 'verified' }] = [...told, ...acted].toSorted(
    (a, b) => STRENGTH.indexOf(b.decision) - STRENGTH.indexOf(a.decision),
  );
  return { edge, ...word };
}

/** What makes an intent the one that was asked for. */
export type Asked = Pick<Intent, 'subject' | 'by' | 'cause'>;

/** A decision and its reason. */
export interface Word {
  readonly decision: EdgeDecision;
  readonly reason: string;
}

/** Ids of the origins that get no requests by the control plane's or a gate's word. Pure. */
export function outOf(origins: readonly Origin[]): ReadonlySet<string> {
  return new Set(origins.filter(({ enabled, isShut }) => !enabled || isShut === true).map(({ id }) => id));
}

/**
 * What became of one intent. Pure.
 * @param wasOut - origins that were out before it was asked for: to want them out moves nothing.
 */
export function wordOn(
  intent: Intent | undefined,
  trouble: Trouble | undefined,
  wasOut: ReadonlySet<string> = NOBODY,
): Word {
  if (trouble !== undefined && intent?.note !== 'effective') {
    return trouble.isPassing && trouble.reason === 'retrying'
      ? { decision: 'hold', reason: 'retrying' }
      : byReason(trouble.reason);
  }
  if (intent === undefined) {
    return { decision: 'noop', reason: 'verified' };
  }
  const { kind, subject, state, mode } = intent;
  const note = (intent.note ?? '').split(': ')[0] ?? '';
  switch (state) {
    case 'blocked':
    case 'failed':
      return byReason(note);
    case 'leaving':
      return note === '' || note === 'recovered' || note === 'asked-for'
        ? { decision: 'restore', reason: note }
        : byReason(note);
    case 'closed':
      // A drill that a rule kept back was over at once; its command may come twice.
      return isReason(note) ? byReason(note) : { decision: 'restore', reason: note };
    case 'open':
      if (mode === 'observe') {
        return { decision: 'plan', reason: 'observe' };
      }
      if (kind === 'hold') {
        return { decision: 'hold', reason: 'held' };
      }
      if (mode === 'propose' && note === IN_VAIN) {
        return byReason(note);
      }
      if (mode === 'propose' && note !== 'effective') {
        return { decision: 'pending-approval', reason: note === '' ? 'approvals' : note };
      }
      if (kind === 'out' && note === 'effective' && wasOut.has(subject)) {
        return { decision: 'noop', reason: 'already-drained' };
      }
      return ['already-drained', 'native-priority-failover', 'verified'].includes(note)
        ? { decision: 'noop', reason: note }
        : { decision: 'shift', reason: note };
  }
}

/** True if something keeps back what an intent wants, or the way back from it: the loop tries it at each look. Pure. */
export function isKeptBack(intent: Intent): boolean {
  const { decision, reason } = wordOn(intent, undefined);
  const isRule = KEEPING.includes(decision) && !GIVEN_UP.includes(reason);
  return intent.state === 'blocked' || (intent.state === 'leaving' && isRule);
}

const KEEPING: readonly EdgeDecision[] = ['refuse', 'hold', 'failstatic', 'needs-human'];
/** Why a plan has ended, which is not tried again as it was. */
const GIVEN_UP: readonly string[] = ['refused-by-service', 'state-changed', 'declined', 'approval-expired'];

const NOBODY: ReadonlySet<string> = new Set();

/** The answer that a reason stands for. Pure. */
export function byReason(reason: string): Word {
  return { decision: decisionOf(reason), reason };
}
