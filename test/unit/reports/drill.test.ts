import { describe, expect, it } from 'vitest';

import { intentKey } from '../../../shared/intents/intent.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import type { PlanEffect } from '../../../shared/reconcile/plan-effect.ts';
import { drillOf } from '../../../shared/reports/drill.ts';
import { readRun, reportOf, toHtml, toMarkdown, type Run } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from '../../scenarios/situations/edge-stage.ts';

const ORIGINS = ['eastus2', 'westus3'].map((region) => ({ region, capacity: 300, requestsPerMin: 3000 }));
const DRILL_SECONDS = 1_200;

/** A drill of an edge that needs five minutes for a write, drained and brought back. */
class Drilled {
  readonly stage = new EdgeStage({ origins: ORIGINS, policy: { propagationSec: 300, metricLagSec: 60 } });

  async begin(): Promise<void> {
    await this.stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: DRILL_SECONDS });
  }

  /** What the edge shows from now on, all of it counted since the newest write. */
  shows(eastus2: number): void {
    const since = this.stage.world.clock.now().getTime() - 1;
    this.stage.world.shown = { requestsByRegion: { eastus2 }, since };
  }

  async pass(seconds: number): Promise<void> {
    await this.stage.pass(seconds);
    await this.stage.tick();
  }

  async runs(): Promise<readonly Run[]> {
    const { world } = this.stage;
    const plans = await this.stage.plans();
    const runs = await Promise.all(plans.map(async ({ id }) => await readRun(world.rows, edgeTarget(world.edge), id)));
    return runs.flatMap((run) => run ?? []);
  }
}

describe('a drill', () => {
  it('has passed when the edge has left the origin and is back at it', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.pass(400);
    drilled.shows(0);
    await drilled.pass(60);
    expect(reportOf((await drilled.runs())[0]!).drill).toMatchObject({ verdict: 'under way', why: 'eastus2 is out' });

    await drilled.pass(DRILL_SECONDS);
    expect(reportOf((await drilled.runs())[0]!).drill).toMatchObject({ verdict: 'under way' });
    await drilled.pass(400);
    drilled.shows(3_000);
    await drilled.pass(60);
    const [report] = (await drilled.runs()).map(reportOf);
    const { drill } = report!;
    expect(drill).toMatchObject({ verdict: 'passed', why: 'the edge left eastus2 and came back to it' });
    expect(drill?.rows.map(([what]) => what)).toEqual([
      'command to first write',
      'command to out at the control plane',
      'command to left by the edge',
      'out, by the control plane',
      'back at the control plane to back at the edge',
      'requests while it was out',
      'failed requests while it was out',
      'requests when it was back',
      'failed requests when it was back',
    ]);
    expect(drill?.rows).toContainEqual(['requests while it was out', 'eastus2 0 %, westus3 100 %']);
    expect(toMarkdown(report!)).toContain('| passed | the edge left eastus2 and came back to it |');
    expect(toHtml(report!)).toContain('<h2>Outcome of the drill</h2>');
  });

  it('has not passed when it was over before the edge showed it', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.pass(DRILL_SECONDS + 60);
    await drilled.pass(1_000);
    const [there] = await drilled.runs();
    expect(reportOf(there!)).toMatchObject({
      drill: { verdict: 'not proven', why: expect.stringContaining('drill for longer') as string },
    });
  });

  it('is nothing that other plans report on', async () => {
    const drilled = new Drilled();
    await drilled.stage.alert('eastus2');
    await drilled.stage.pass(60);
    expect((await drilled.runs()).map((run) => reportOf(run).drill)).toEqual([undefined]);
  });
});

describe('the word on a drill', () => {
  const SUBJECT = '/x/origins/weu';
  const INTENT = { kind: 'out', subject: SUBJECT, by: { person: 'alice' }, cause: 'c', value: { urgency: 'drill' } };
  const change = { subject: SUBJECT, group: 'enabled', to: { enabled: false } };
  const written = [
    { state: 'written', at: '2026-01-05T08:00:00Z', endedAt: '2026-01-05T08:01:00Z', step: { changes: [change] } },
  ];

  function wordOn(there: Partial<Plan>, back?: Partial<Plan>): string | undefined {
    const key = intentKey(INTENT);
    const base = { steps: [], digest: 'd', target: '/x', serves: [], journal: written };
    const out = { ...base, id: 'a', created: '1', serves: [{ key }], state: 'done', ...there };
    const others =
      back === undefined ? [] : [{ ...base, id: 'b', created: '2', returns: [key], state: 'done', ...back }];
    return drillOf({ plan: out, others, intents: [INTENT], records: [] } as unknown as Run)?.verdict;
  }

  const effect = (state: PlanEffect['state']): Pick<Plan, 'effect'> => ({ effect: { state } });

  it.each<[string, Partial<Plan>, Partial<Plan> | undefined, string]>([
    ['cancelled', { state: 'gone-back', note: 'cancelled' }, undefined, 'not proven'],
    ['gone back by itself', { state: 'gone-back' }, undefined, 'failed'],
    ['still served', effect('not-effective'), undefined, 'failed'],
    ['out', effect('effective'), undefined, 'under way'],
    ['not brought back', effect('effective'), { state: 'parked' }, 'failed'],
    ['on its way back', effect('effective'), { state: 'running' }, 'under way'],
    ['back, and not at the edge yet', effect('effective'), effect('waiting'), 'under way'],
    ['back, and failing', effect('effective'), effect('not-effective'), 'failed'],
    ['back, and nobody can tell', effect('effective'), effect('unknown'), 'not proven'],
    ['never seen to be out', effect('unknown'), effect('effective'), 'not proven'],
    ['seen to be out and back', effect('effective'), effect('effective'), 'passed'],
    ['not written', { journal: [] }, undefined, 'undefined'],
  ])('of what was %s', (_, there, back, expected) => {
    expect(String(wordOn(there, back))).toBe(expected);
  });
});
