import { endingOf, parkedOf, type Ending } from './endings.ts';
import type { LookContext } from '../look-context.ts';
import { updateEntry, type JournalEntry, type Plan } from '../plan.ts';
import type { Progress, Sending, Settlement } from '../target-kind.ts';
import type { TargetState } from '../target-rows.ts';

/** `settled`: the journal says how the write ended. Otherwise it is still open, and worth a look after that time. */
export type Settled = 'settled' | { readonly openMs: number };

/** Finds out what became of a write whose outcome is not known, and writes it down. */
export async function settleWrite<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, entry }: { readonly plan: Plan; readonly entry: JournalEntry },
): Promise<Settled> {
  const { target, kind, rows, clock } = context;
  const { fence, precondition, sendBy, step, operation } = entry;
  const sending: Sending = { planId: plan.id, fence, step, precondition, sendBy };
  const progress = operation === undefined ? undefined : await kind.poll(target, sending, operation);
  if (progress?.outcome === 'running') {
    await noteProgress(context, state, { plan, entry, progress });
    return { openMs: progress.pollInMs };
  }
  // A poller that is gone says nothing about the value: read it.
  const found = progress === undefined || progress.outcome === 'lost' ? await kind.settle(target, sending) : progress;
  if (found.outcome === 'unsettled') {
    await noteProgress(context, state, { plan, entry });
    return { openMs: found.pollInMs };
  }
  const ended = { state, plan, channel: kind.channel(target), intents: kind.intents };
  const at = clock.now().toISOString();
  const transition =
    found.outcome === 'rewritten' ? parkedOf(ended, found.reason, at) : endingOf(ended, { ...endingFound(found), at });
  await rows.save(target, state, transition);
  return 'settled';
}

const STUCK = 'stuck';

/** Writes down where a write's operation is to be found now, and once that it takes longer than it should. */
async function noteProgress<O, C>(
  { rows, target, kind, clock }: LookContext<O, C>,
  state: TargetState,
  { plan, entry, progress }: { plan: Plan; entry: JournalEntry; progress?: { readonly operation: string } },
): Promise<void> {
  const now = clock.now();
  const isStuck = now.getTime() > Date.parse(entry.at) + (kind.expectedMs ?? Infinity) && entry.note !== STUCK;
  const isMoved = progress !== undefined && progress.operation !== entry.operation;
  if (!isStuck && !isMoved) {
    return;
  }
  const facts = { plan: plan.id, step: entry.step.title, reason: STUCK };
  await rows.save(target, state, {
    plan: updateEntry(plan, {
      ...(isMoved ? { operation: progress.operation } : {}),
      ...(isStuck ? { note: STUCK } : {}),
    }),
    audit: isStuck ? [{ kind: 'paged', at: now.toISOString(), facts }] : [],
  });
}

type Found = Exclude<
  Progress | Settlement,
  { readonly outcome: 'running' | 'lost' } | { readonly outcome: 'unsettled' } | { readonly outcome: 'rewritten' }
>;

function endingFound(found: Found): Omit<Ending, 'at'> {
  switch (found.outcome) {
    case 'written':
      return { outcome: 'written', evidence: found.evidence };
    case 'failed':
      return { outcome: 'failed', note: found.reason };
    case 'not-written':
      return { outcome: 'not-written' };
  }
}
