import type { JsonObject } from '../domain/json.ts';
import type { Intent } from '../intents/intent.ts';
import type { IntentRequest } from '../intents/lifecycle.ts';
import type { JournalEntry, Plan, Step } from './plan.ts';

/** One thing that we can change. `key` names it: a lower-case ARM id or `host/owner/repo#branch`. */
export interface TargetRef {
  readonly kind: string;
  readonly key: string;
  /** Row partition, where several targets share one because they share survivors; the key if absent. */
  readonly partition?: string;
}

/** The row partition of a target. Pure. */
export function partitionOf({ key, partition = key }: TargetRef): string {
  return partition;
}

/** One field group of a subject that we have written: what stood there before our first write, and what we wrote last. */
export interface Field {
  readonly subject: string;
  readonly group: string;
  readonly baseline: JsonObject;
  readonly written: JsonObject;
  /** What a write of ours that ended badly may have left there; nobody has looked yet. */
  readonly attempted?: JsonObject;
  /** How often somebody else's value was replaced by ours again. */
  readonly corrections?: number;
  /** What was written last, or attempted, is a step on the way there or back, and not the end of it. */
  readonly isPart?: true;
  /** When `written` took effect, ISO 8601; absent before the first write. */
  readonly writtenAt?: string;
}

/** A row of what is known about a partition's targets, beside the loop's own: votes, health. */
export interface FactRow {
  readonly rowKey: string;
  readonly value: object;
}

/** What is known without asking the target: intents by what may become of them, our own marks, and what was sent. */
export interface Situation {
  /** Wanted, in a mode that may act in this fold. */
  readonly acting: readonly Intent[];
  /** Released, but their subject still has their value. */
  readonly leaving: readonly Intent[];
  /** Those of `leaving` whose way back may not act in this fold: people have to agree to it first. */
  readonly unapproved?: readonly Intent[];
  /** Wanted as well, but not now: in a mode that may not act in this fold, or tried in vain. */
  readonly dormant?: readonly Intent[];
  /** Closed, as they ended. */
  readonly over?: readonly Intent[];
  readonly fields: readonly Field[];
  /** When a write of ours last took effect, by subject, ISO 8601. */
  readonly lastWrites?: Readonly<Record<string, string>>;
  /** Of the active plan, oldest first; empty without one. */
  readonly journal: readonly JournalEntry[];
  /** Keys of the intents that the active plan was made for: those that it serves, and those that it takes back. */
  readonly underWay?: readonly string[];
  /** Intents and fields of the other targets in the same partition, which may press on the same survivors. */
  readonly others: { readonly intents: readonly Intent[]; readonly fields: readonly Field[] };
  /** True while a failed or cancelled plan is being undone. */
  readonly isUndoing: boolean;
  /** Present: what somebody else has set is put back once, since an emergency has no other way. */
  readonly isPressed?: true;
  /** When all writes were let go on after a stop: what bakes begins again then. */
  readonly goesOnFrom?: Date;
  readonly now: Date;
}

/** What became of one intent in the fold. */
export interface Verdict {
  readonly intent: Intent;
  /**
   * `done`: it is true already. `act`: a coming step makes it true. `blocked`: a rule keeps it back.
   * `shadowed`: a stronger one wins. `gone`: it was released and its subject no longer has its value.
   */
  readonly outcome: 'done' | 'act' | 'blocked' | 'shadowed' | 'gone';
  /** Machine-readable, for `blocked` and `shadowed`. */
  readonly reason?: string;
  /** A person must hear of it. */
  readonly page?: boolean;
  /** What would let it go on, in words for people. */
  readonly advice?: string;
  /** For `act`: it was so already, and something of the same is moved for others' sake. */
  readonly stands?: true;
  /** What made it true, for `done`: the intent keeps it when it is closed. */
  readonly evidence?: JsonObject;
}

/** Answer of `look`: what to do now so that the target becomes what its open intents want. */
export interface Look<Change> {
  readonly verdicts: readonly Verdict[];
  /** Everything that is left to do, in order; the first is next. */
  readonly steps: readonly Step[];
  /** What is wanted from now on because of what stands there: somebody has taken a write of ours back. */
  readonly opens?: readonly IntentRequest[];
  /** What `write` needs beside the first step; never stored. Absent with steps: not now, see `wait`. */
  readonly change?: Change;
  /** When to look again although nothing is sent now: a bake, a propagation, a window. */
  readonly wait?: { readonly ms?: number; readonly reason: string };
  /** Steps of people's, by id, whose evidence is true now. */
  readonly proven?: readonly string[];
  /** What the last step led to: undo it, or stand still until a person says go on. */
  readonly verdictOnStep?: { readonly outcome: 'failed' | 'inconclusive'; readonly reason: string };
  /** Marks of ours that are somebody else's value by now and that nobody wants: forgotten when the plan ends. */
  readonly foreign?: readonly Pick<Field, 'subject' | 'group'>[];
  /** What stands there where a write of ours went wrong: either what it was to leave, or what we had written before. */
  readonly found?: readonly Pick<Field, 'subject' | 'group' | 'written'>[];
  /** The rule that keeps back the way back of something that nobody wants any more: people hear of it once. */
  readonly kept?: { readonly reason: string; readonly page: boolean };
  /** How long the data plane may take to have what was written, in milliseconds; absent where there is none. */
  readonly settlesMs?: number;
}

/** A write that is about to be sent; it stands in the journal before the call is made. */
export interface Sending {
  readonly planId: string;
  readonly fence: number;
  readonly step: Step;
  /** The state that the write is conditioned on: a commit, an ETag. */
  readonly precondition: string;
  /** ISO 8601; the sender drops the call when this has passed. */
  readonly sendBy: string;
}

/**
 * How a write ended. `accepted`: it goes on without us, `operation` finds it again. `stale`: the precondition no longer
 * holds and nothing was written.
 */
export type WriteResult =
  | { readonly outcome: 'written'; readonly evidence: JsonObject }
  | { readonly outcome: 'accepted'; readonly operation: string; readonly pollInMs: number }
  | { readonly outcome: 'stale' }
  /** Not written, to be sent again: after the time that the service named, or after a pause that grows. */
  | { readonly outcome: 'postponed'; readonly reason: string; readonly retryInMs?: number }
  /** Perhaps written: to be found out by reading. */
  | { readonly outcome: 'unknown'; readonly pollInMs: number }
  /** Taken by the service, which ended it badly: something of it may be there. */
  | { readonly outcome: 'failed'; readonly reason: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

/** How an accepted write is going. `lost`: nobody can tell any more; read the target. */
export type Progress =
  | { readonly outcome: 'running'; readonly operation: string; readonly pollInMs: number }
  | { readonly outcome: 'written'; readonly evidence: JsonObject }
  | { readonly outcome: 'failed'; readonly reason: string }
  | { readonly outcome: 'lost' };

/** What a read shows of a write whose answer never came. */
export type Settlement =
  | { readonly outcome: 'written'; readonly evidence: JsonObject }
  | { readonly outcome: 'not-written' }
  /** Neither yet: somebody's operation is still running. */
  | { readonly outcome: 'unsettled'; readonly pollInMs: number }
  /** The target was changed under us in a way that a machine must not judge: park it and call a person. */
  | { readonly outcome: 'rewritten'; readonly reason: string };

/**
 * When an intent is over. `once`: a write closes it, because it makes its value true (a commit). `until-true`: a write
 * only asks for its value (a pull request); a look that finds the value closes it. `standing`: it holds until it is
 * released.
 */
export type IntentLife = 'once' | 'until-true' | 'standing';

/**
 * What the loop knows of a kind of target. `observe`, `write`, `poll` and `settle` reach out; `look` is pure: the same
 * observation and situation give the same answer, whatever the order of the intents.
 */
export interface TargetKind<Observed, Change> {
  readonly kind: string;
  readonly intents: IntentLife;
  /** True if an intent of the target's partition is about this target. */
  concerns(target: TargetRef, intent: Pick<Intent, 'subject' | 'value'>): boolean;
  /** True for an intent that no plan under way makes wait for people; none is if absent. Pure. */
  isUrgent?(intent: Pick<Intent, 'kind' | 'value'>): boolean;
  /** What one write at a time may go through: a branch, a Front Door profile. */
  channel(target: TargetRef): string;
  observe(target: TargetRef, situation: Situation): Promise<Observed>;
  look(observed: Observed, situation: Situation): Look<Change>;
  /** How long others leave a write alone that is being sent, in milliseconds; as long as it may be sent if absent. */
  readonly leaseMs?: number;
  /** How long a write may take before people are called, in milliseconds; nobody is called if absent. */
  readonly expectedMs?: number;
  /** Writes that may be sent in an hour, emergencies not counted; no limit if absent. */
  readonly writesPerHour?: number;
  /**
   * How long new intents are gathered before they are looked at together, in milliseconds; not at all if absent. Pure.
   * @param recent - when this hour's writes took effect, ISO 8601.
   * @param fresh - intents that are open.
   */
  windowMs?(recent: readonly string[], now: Date, fresh: readonly Intent[]): number;
  /** Sends of one step before it is given up as failed; no limit if absent. */
  readonly maxAttempts?: number;
  /** True if a plan is about something that is no longer ours to change, so that it ends where it stands. Pure. */
  isCutShort?(plan: Plan, intents: readonly Intent[]): boolean;
  /** Rows that tell the partition's other targets what these steps will lead to, written before the first is sent. */
  committed?(observed: Observed, steps: readonly Step[], now: Date): readonly FactRow[];
  /** The state that a write of this observation is conditioned on. */
  precondition(observed: Observed): string;
  write(target: TargetRef, sending: Sending, change: Change, intents: readonly Intent[]): Promise<WriteResult>;
  poll(target: TargetRef, sending: Sending, operation: string): Promise<Progress>;
  settle(target: TargetRef, sending: Sending): Promise<Settlement>;
}
