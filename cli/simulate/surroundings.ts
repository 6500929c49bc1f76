import type { JournalEntry, Plan } from '../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { App } from './app.ts';
import { commandOf, measurementOf } from './inputs.ts';
import type { ScenarioEvent } from './scenario.ts';
import type { Stage } from './stage.ts';

export async function verify(stage: Stage, event: ScenarioEvent): Promise<void> {
  const { errorRate, p95Ms, requests, hasNoData } = measurementOf(event, stage.world);
  const { region } = event;
  stage.world.shown = {
    noData: hasNoData,
    ...(region === undefined || requests === undefined
      ? {}
      : { requestsByRegion: { [region.toLowerCase()]: requests } }),
    served: {
      requests: requests ?? Number.MAX_SAFE_INTEGER,
      errorRate: errorRate ?? 0,
      ...(p95Ms === undefined ? {} : { p95Ms }),
    },
  };
  await stage.report(async (app) => await app.edges.look(stage.world.edge.id));
}

export function external(stage: Stage, event: ScenarioEvent): void {
  const set = (event['set'] ?? {}) as { readonly weight?: number; readonly enabled?: boolean };
  const name = stage.world.scenario.backend === 'afd' ? 'enabledState' : 'endpointStatus';
  stage.world.arm.change(stage.world.servingId(event.region ?? ''), {
    ...(set.weight === undefined ? {} : { weight: set.weight }),
    ...(set.enabled === undefined ? {} : { [name]: set.enabled ? 'Enabled' : 'Disabled' }),
  });
}

/** A worker that takes the lease; the first begins a drain and is stopped before it is sent. */
export async function runner(stage: Stage, event: ScenarioEvent): Promise<void> {
  const { fence = 1, pausedUntil } = event as { readonly fence?: number; readonly pausedUntil?: number };
  const target = edgeTarget(stage.world.edge);
  const app = new App(stage.world);
  const state = await app.rows.load(target);
  if (pausedUntil === undefined) {
    const before = await stepsWritten(stage);
    const answer = await stage.world.clock.run(app.edges.look(stage.world.edge.id));
    const hasGoneOn = (await stepsWritten(stage)) > before;
    stage.isResumed = stage.isResumed || hasGoneOn;
    stage.say(hasGoneOn || answer === undefined ? { decision: 'resume', reason: '' } : answer);
    return;
  }
  await app.rows.save(target, state, { fence: fence - 1 });
  let isFirst = true;
  const { hooks, clock } = stage.world;
  stage.world.hooks = {
    ...hooks,
    beforeRead: async () => {
      const { lane } = await app.rows.load(target);
      if (lane.activePlan !== undefined && isFirst) {
        isFirst = false;
        await clock.sleep(stage.world.at(pausedUntil).getTime() - clock.now().getTime());
      }
    },
  };
  const drain: ScenarioEvent = {
    kind: 'runbook',
    action: 'evacuate',
    region: stage.world.scenario.origins[0]?.region ?? '',
  };
  const given = commandOf(drain, stage.world, 0);
  if (given !== undefined) {
    void app.edges.command(given).catch(() => undefined);
    await clock.advance(1);
  }
}

export async function stepsWritten(stage: Stage): Promise<number> {
  const rows = await stage.world.rows.list('edges', 'plan|');
  return rows
    .map(({ value }) => (value as unknown as Plan).journal.filter(isStep).length)
    .reduce((sum, count) => sum + count, 0);
}

/** Traffic moves with a step; a preparation is none. */
function isStep({ state, step }: JournalEntry): boolean {
  return state === 'written' && step.effect !== 'prepare';
}
