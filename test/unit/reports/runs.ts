import { play, type Played } from '../../../cli/simulate/play.ts';
import { Scenario } from '../../../cli/simulate/scenario.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { readRun, reportOf, type Report, type Run } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';

/** Two equal origins whose writes take a minute, and an alert about the first after ten seconds. */
export const PAIR = {
  origins: [
    { region: 'east', weight: 500, capacity: 200 },
    { region: 'west', weight: 500, capacity: 200 },
  ],
  load: 120,
  arm: [{ on: 'PATCH *', lroSec: 60 }],
};

const FIRED = { kind: 'alert', region: 'east', alertId: 'probe', at: 10, firedAt: 4 };

/** A shift after an alert, and the restore after its end. */
export const SHIFT_AND_RESTORE = {
  id: 'shift',
  ...PAIR,
  events: [
    FIRED,
    { kind: 'tick', at: 500 },
    { ...FIRED, monitorCondition: 'Resolved', at: 1000, resolvedAt: 995 },
    { kind: 'tick', at: 1500 },
  ],
};

/** An evacuation in steps, of which the second goes wrong. */
export function steppedRollback(reason = 'maintenance'): object {
  return {
    id: 'stepped',
    ...PAIR,
    policy: { bakeSec: 300, errorRateMax: 0.05 },
    events: [
      { kind: 'runbook', action: 'evacuate', region: 'east', steps: [250, 100], requestedBy: 'alice', reason, at: 0 },
      { kind: 'verify', atStep: 2, requests: 1000, errorRate: 0.4 },
    ],
  };
}

/** An evacuation that two people agree to, against a rule. */
export function overridden(more: object = {}): object {
  return {
    id: 'overridden',
    ...PAIR,
    policy: { minEnabled: 2, approvals: 2 },
    event: {
      kind: 'runbook',
      action: 'evacuate',
      region: 'east',
      requestedBy: 'alice',
      approvedBy: ['bob', 'carol'],
      override: ['atleast-2'],
      reason: 'INC-1',
      ...more,
    },
  };
}

/** Drives the simulator's world. */
export async function playOut(scenario: unknown): Promise<Played> {
  return await play(Scenario.parse(scenario));
}

/** The runs of everything that was planned in a world, oldest first. */
export async function runsOf({ world }: Played): Promise<readonly Run[]> {
  const rows = await world.rows.list('edges', 'plan|');
  const plans = rows.map(({ value }) => value as unknown as Plan);
  const runs = await Promise.all(
    plans
      .toSorted((a, b) => (a.created < b.created ? -1 : 1))
      .map(async ({ id }) => await readRun(world.rows, edgeTarget(world.edge), id)),
  );
  return runs.flatMap((run) => run ?? []);
}

export async function reportsOf(scenario: unknown): Promise<readonly Report[]> {
  return (await runsOf(await playOut(scenario))).map(reportOf);
}
