import type { JournalEntry } from '../../../../shared/reconcile/plan.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { situation } from './observed.ts';

/** Titles of the steps, verdicts as `done command`, and what else there is. */
export function look(observed: ObservedEdge, asked: Partial<Situation>) {
  const { steps, verdicts, change, wait, verdictOnStep, foreign, found, kept } = lookAtEdge(observed, situation(asked));
  return {
    steps: steps.map(({ title }) => title),
    verdicts: verdicts.map(({ intent, outcome, reason, page }) =>
      [outcome, intent.cause, ...(reason === undefined ? [] : [reason]), ...(page === true ? ['!'] : [])].join(' '),
    ),
    ...(change === undefined ? {} : { change }),
    ...(wait === undefined ? {} : { wait }),
    ...(verdictOnStep === undefined ? {} : { verdictOnStep }),
    ...(foreign === undefined ? {} : { foreign }),
    ...(found === undefined ? {} : { found }),
    ...(kept === undefined ? {} : { kept }),
  };
}

/** The edge with what its origins can carry, and what they have to. */
export function capacities(observed: ObservedEdge, safe: Readonly<Record<string, number>>, load = 100): ObservedEdge {
  const capacity = new Map(Object.entries(safe).map(([name, rate]) => [name, { safe: rate, taken: 0 }]));
  return { ...observed, measured: { ...observed.measured!, capacity, division: { by: 'weight', load } } };
}

/** A journal entry of a step that took effect a minute ago. */
export function written(
  name: string,
  group: string,
  more: Partial<JournalEntry> = {},
  step: object = {},
): JournalEntry {
  return {
    step: { id: `${name}:${group}`, changes: [], ...step },
    state: 'written',
    endedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  } as unknown as JournalEntry;
}
