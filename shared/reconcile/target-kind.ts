import type { JsonObject } from '../domain/json.ts';
import type { Intent } from '../intents/intent.ts';
import type { Step } from './plan.ts';

/** One thing that we can change. `key` is its row partition: lower-case ARM id or `host/owner/repo#branch`. */
export interface TargetRef {
  readonly kind: string;
  readonly key: string;
}

/** What became of one intent in the fold. */
export interface Verdict {
  readonly intent: Intent;
  /** `done`: it is true already. `act`: the next step makes it true. `blocked`: a rule keeps it back. */
  readonly outcome: 'done' | 'act' | 'blocked' | 'shadowed';
  /** Machine-readable, for `blocked` and `shadowed`. */
  readonly reason?: string;
}

/** Answer of `next`: what to do now so that the target becomes what its open intents want. */
export interface Look<Change> {
  readonly verdicts: readonly Verdict[];
  /** Absent when nothing is left to write. */
  readonly step?: Step;
  /** What `write` needs beside the step; never stored. */
  readonly change?: Change;
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

/** How a write ended. `stale`: the precondition no longer holds and nothing was written. */
export type WriteResult =
  | { readonly outcome: 'written'; readonly evidence: JsonObject }
  | { readonly outcome: 'stale' }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

/** What a read shows of a write whose answer never came. */
export type Settlement =
  | { readonly outcome: 'written'; readonly evidence: JsonObject }
  | { readonly outcome: 'not-written' }
  /** The target was changed under us in a way that a machine must not judge: park it and call a person. */
  | { readonly outcome: 'rewritten'; readonly reason: string };

/**
 * What the loop knows of a kind of target. `observe` and `write` reach out; `look` is pure: the same observation and
 * intents give the same answer, whatever their order.
 */
export interface TargetKind<Observed, Change> {
  readonly kind: string;
  observe(target: TargetRef, intents: readonly Intent[]): Promise<Observed>;
  look(observed: Observed, intents: readonly Intent[]): Look<Change>;
  /** The state that a write of this observation is conditioned on. */
  precondition(observed: Observed): string;
  write(target: TargetRef, sending: Sending, change: Change, intents: readonly Intent[]): Promise<WriteResult>;
  settle(target: TargetRef, sending: Sending): Promise<Settlement>;
}
