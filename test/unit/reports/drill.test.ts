import { describe, expect, it } from 'vitest';

import { intentKey } from '../../../shared/intents/intent.ts';
import { cancelPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import type { PlanEffect } from '../../../shared/reconcile/plan-effect.ts';
import type { AuditRecord } from '../../../shared/records/audit.ts';
import { drillsOf, type DrillReport } from '../../../shared/reports/drill.ts';
import { readRun, reportOf, toHtml, toMarkdown, type Report, type Run } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from '../../scenarios/situations/edge-stage.ts';

const ORIGINS = ['eastus2', 'westus3'].map((region) => ({ region, capacity: 300, requestsPerMin: 3000 }));
const DRILL_SECONDS = 1_200;

/** A drill of an edge that needs five minutes for a write, drained and brought back. */
class Drilled {
  readonly stage = new EdgeStage({ origins: ORIGINS, policy: { propagationSec: 300, metricLagSec: 60 } });

  /** Begins the drill; what the edge shows after it is counted from the write on. */
  async begin(): Promise<void> {
    await this.stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: DRILL_SECONDS });
    await this.pass(60);
  }

  /** Begins the drill, and waits until the edge has left the origin. */
  async leave(): Promise<void> {
    await this.begin();
    await this.pass(340);
    this.shows(0);
    await this.pass(60);
  }

  /** What the edge shows from now on, all of it counted since the newest write. */
  shows(eastus2: number, errorRate = 0): void {
    const since = this.stage.world.clock.now().getTime() - 1;
    this.stage.world.shown = { requestsByRegion: { eastus2 }, since, served: { requests: 9_000, errorRate } };
  }

  async pass(seconds: number): Promise<void> {
    await this.stage.pass(seconds);
    await this.stage.tick();
  }

  async cancel(by: string): Promise<void> {
    const { world, cell } = this.stage;
    const [plan] = await this.stage.plans();
    await cancelPlan(cell.rows, edgeTarget(world.edge), { plan: plan!.id, by, now: () => world.clock.now() });
    await this.stage.tick();
  }

  async reports(): Promise<readonly Report[]> {
    const { world } = this.stage;
    const plans = await this.stage.plans();
    const runs = await Promise.all(plans.map(async ({ id }) => await readRun(world.rows, edgeTarget(world.edge), id)));
    return runs.flatMap((run) => (run === undefined ? [] : [reportOf(run)]));
  }

  async outcome(): Promise<Omit<DrillReport, 'rows'> & { readonly rows: Readonly<Record<string, string>> }> {
    const [drill] = (await this.reports()).flatMap(({ drills }) => drills);
    return { ...drill!, rows: Object.fromEntries(drill!.rows) };
  }
}

describe('a drill', () => {
  it('has passed when the edge has left the origin and is back at it', async () => {
    const drilled = new Drilled();
    await drilled.leave();
    expect(await drilled.outcome()).toMatchObject({ verdict: 'under way', why: 'eastus2 is out' });

    await drilled.pass(DRILL_SECONDS);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'under way',
      rows: { 'end of the drill to back at the edge': 'not shown yet' },
    });
    await drilled.pass(340);
    drilled.shows(3_000);
    await drilled.pass(60);
    expect(await drilled.outcome()).toEqual({
      origin: 'eastus2',
      verdict: 'passed',
      why: 'the edge left eastus2 and came back to it',
      rows: {
        'command to first write': '0 ms',
        'command to out at the control plane': '0 ms',
        'command to left by the edge': '6 min 40 s',
        'out, by the control plane': expect.stringMatching(/^2\d min/) as string,
        'end of the drill to back at the control plane': '0 ms',
        'end of the drill to back at the edge': expect.stringContaining('min') as string,
        'requests while it was out': 'eastus2 0 %, westus3 100 %',
        'failed requests while it was out': '0 %',
        'requests when it was back': 'eastus2 50 %, westus3 50 %',
        'failed requests when it was back': '0 %',
      },
    });
    const [report] = await drilled.reports();
    expect(toMarkdown(report!)).toContain('| passed | the edge left eastus2 and came back to it |');
    expect(toHtml(report!)).toContain('<h2>Outcome of the drill</h2>');
  });

  it('has not passed when it was over before the edge showed it', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.pass(DRILL_SECONDS);
    await drilled.pass(1_000);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'not proven',
      why: 'eastus2 was back before the edge showed that it was left: drill for longer',
      rows: { 'command to left by the edge': 'not shown' },
    });
  });

  it('has proven nothing when a person brought the origin back', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.stage.command({ command: 'failback', origin: 'eastus2' }, 'bob');
    await drilled.pass(60);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'not proven',
      why: 'eastus2 was back before the edge showed that it was left: bob ended it',
    });
  });

  it('has proven nothing when a person cancelled its plan', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.cancel('bob');
    await drilled.pass(60);
    expect(drilled.stage.live()).toMatchObject({ eastus2: 500 });
    expect(await drilled.outcome()).toMatchObject({ verdict: 'not proven', why: 'bob stopped it' });
  });

  it('has failed when it came back because the others turned bad', async () => {
    const drilled = new Drilled();
    await drilled.leave();
    await drilled.stage.alert('westus3');
    await drilled.pass(DRILL_SECONDS);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'failed',
      why: 'eastus2 did not stay out: receiver-bad',
      rows: { 'came back by itself': 'receiver-bad', 'people were called for': 'receiver-bad' },
    });
  });

  it('has failed when it came back because requests failed', async () => {
    const drilled = new Drilled();
    drilled.stage.rule((policy) => ({ evidence: { ...policy.evidence, errorRateMax: 0.01 } }));
    await drilled.leave();
    drilled.shows(0, 0.02);
    await drilled.pass(60);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'failed',
      why: 'eastus2 did not stay out: error-rate 0.02 > 0.01',
      rows: { 'came back by itself': 'error-rate 0.02 > 0.01' },
    });
  });

  it('has failed when the edge served the origin for too long, although it left it then', async () => {
    const drilled = new Drilled();
    await drilled.begin();
    await drilled.pass(340);
    drilled.shows(3_000);
    await drilled.pass(60);
    drilled.shows(0);
    await drilled.pass(60);
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'failed',
      why: 'eastus2 was still served, or the others failed',
      rows: { 'requests while it was out': 'eastus2 50 %, westus3 50 %' },
    });
  });

  it('has not proven the way back of what something else keeps out', async () => {
    const drilled = new Drilled();
    await drilled.leave();
    await drilled.stage.alert('eastus2');
    await drilled.pass(DRILL_SECONDS);
    await drilled.pass(60);
    expect(drilled.stage.live()).toMatchObject({ eastus2: 'out' });
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'not proven',
      why: 'something else keeps eastus2 out: its way back was not tried',
    });
  });

  it('has failed when Azure did not take its write', async () => {
    const drilled = new Drilled();
    const { world } = drilled.stage;
    world.arm.faults.set([{ on: 'PATCH origins/eastus2', status: 400, times: 99 }]);
    await drilled.begin();
    expect(await drilled.outcome()).toMatchObject({
      verdict: 'failed',
      why: expect.stringMatching(/^eastus2 was not taken out: /) as string,
      rows: { 'command to first write': '0 ms' },
    });
  });

  it('is nothing that other plans report on', async () => {
    const drilled = new Drilled();
    await drilled.stage.alert('eastus2');
    await drilled.stage.pass(60);
    expect((await drilled.reports()).map(({ drills }) => drills)).toEqual([[]]);
  });
});

describe('the word on a drill', () => {
  const SUBJECT = '/x/origins/weu';
  const AT = '2026-01-05T08:01:00Z';
  const INTENT = {
    ...{ kind: 'out', subject: SUBJECT, by: { person: 'alice' }, cause: 'c', value: { urgency: 'drill' } },
    ...{ openedAt: '2026-01-05T08:00:00Z', state: 'leaving' },
  };
  const KEY = intentKey(INTENT);
  const RECORDS = [{ kind: 'intent-released', at: AT, facts: { subject: SUBJECT, cause: 'c', reason: 'drill-over' } }];

  const entry = (enabled: boolean, state = 'written') => ({
    ...{ state, at: AT, endedAt: AT },
    step: { changes: [{ subject: SUBJECT, group: 'enabled', to: { enabled } }] },
  });

  interface Rows {
    readonly there?: object;
    readonly back?: object;
    readonly intent?: object;
    readonly records?: readonly object[];
  }

  function runOf({ there = {}, back, intent = {}, records = RECORDS }: Rows): Run {
    const base = { steps: [], digest: 'd', target: '/x', serves: [], state: 'done' };
    const out = { ...base, id: 'a', created: '1', serves: [{ key: KEY }], journal: [entry(false)], ...there };
    const home = { ...base, id: 'b', created: '2', returns: [KEY], journal: [entry(true)], ...back };
    const others = back === undefined ? [] : [home];
    const all = { plan: out, others, intents: [{ ...INTENT, ...intent }], records };
    return all as unknown as Run;
  }

  const effect = (state: PlanEffect['state']): Pick<Plan, 'effect'> => ({ effect: { state } });
  const cancelled = (by: string): readonly Partial<AuditRecord>[] => [
    { kind: 'cancelled', at: AT, facts: { plan: 'a', by, reason: 'receiver-bad' } },
  ];

  it.each<[string, Rows, string]>([
    ['on its way out', { there: { state: 'running', journal: [entry(false, 'running')] } }, 'under way'],
    ['refused', { there: { state: 'refused', journal: [entry(false, 'failed')] } }, 'failed'],
    ['cancelled', { there: { state: 'gone-back' }, records: cancelled('bob') }, 'not proven'],
    ['turned around', { there: { state: 'going-back' }, records: cancelled('region-failover') }, 'failed'],
    ['gone back by itself', { there: { state: 'gone-back' } }, 'failed'],
    ['still served', { there: effect('not-effective') }, 'failed'],
    ['out', { there: effect('effective') }, 'under way'],
    ['out because of others', { there: effect('effective'), intent: { state: 'closed' } }, 'not proven'],
    ['not brought back', { there: effect('effective'), back: { state: 'parked' } }, 'failed'],
    ['on its way back', { there: effect('effective'), back: { state: 'running' } }, 'under way'],
    ['back, and not at the edge yet', { there: effect('effective'), back: effect('waiting') }, 'under way'],
    ['back, and failing', { there: effect('effective'), back: effect('not-effective') }, 'failed'],
    ['back, and nobody can tell', { there: effect('effective'), back: effect('unknown') }, 'not proven'],
    ['back, and not looked at', { there: effect('effective'), back: {} }, 'not proven'],
    ['back, and overtaken', { there: effect('effective'), back: effect('overtaken') }, 'not proven'],
    ['never seen to be out', { there: effect('unknown'), back: effect('effective') }, 'not proven'],
    ['never measured', { there: {}, back: effect('unknown') }, 'not proven'],
    ['seen to be out and back', { there: effect('effective'), back: effect('effective') }, 'passed'],
  ])('of what was %s', (_, rows, expected) => {
    expect(drillsOf(runOf(rows)).map(({ verdict }) => verdict)).toEqual([expected]);
  });

  it('is the same in the reports of both plans', () => {
    const run = runOf({ there: effect('effective'), back: effect('effective') });
    const [back] = run.others;
    expect(drillsOf({ ...run, plan: back!, others: [run.plan] })).toEqual(drillsOf(run));
  });

  it.each([
    ['has sent nothing', { journal: [] }],
    ['serves something else', { serves: [{ key: 'other' }] }],
  ])('is not said of a plan that %s', (_, there) => {
    expect(drillsOf(runOf({ there }))).toEqual([]);
  });

  it('is not said of a plan that moves something else while the drill stands', () => {
    const run = runOf({ back: effect('effective') });
    const beside = { ...run.plan, id: 'c', created: '3', journal: [] };
    expect(drillsOf({ ...run, plan: beside, others: [run.plan, ...run.others] })).toEqual([]);
  });

  it('is told with what was measured', () => {
    const numbers = { shares: { weu: 0, neu: 1 }, errorRate: 0.001, latencyMs: 120.4 };
    const shown = { effect: { state: 'effective', at: '2026-01-05T08:09:00Z', numbers } };
    const [drill] = drillsOf(runOf({ there: shown, back: effect('unknown') }));
    expect(Object.fromEntries(drill!.rows)).toMatchObject({
      'command to left by the edge': '9 min',
      'end of the drill to back at the edge': 'not shown: nothing measured tells',
      'requests while it was out': 'weu 0 %, neu 100 %',
      'failed requests while it was out': '0.1 %',
      'slowest answers while it was out': '120 ms',
    });
  });

  it('is told with the DNS answers where no requests are seen', () => {
    const shown = { effect: { state: 'effective', numbers: { dnsShares: { weu: 0, neu: 1 } } } };
    const [drill] = drillsOf(runOf({ there: shown }));
    expect(drill?.rows).toContainEqual(['DNS answers while it was out', 'weu 0 %, neu 100 %']);
    expect(drill?.rows.some(([what]) => what.startsWith('requests'))).toBe(false);
  });

  it('stands under each origin of a region', () => {
    const run = runOf({ there: { serves: [{ key: KEY }, { key: KEY.replace('weu', 'weu-2') }] } });
    const second = { ...run.intents[0]!, subject: `${SUBJECT}-2` };
    const step = { changes: [{ subject: second.subject, group: 'enabled', to: { enabled: false } }] };
    const journal = [...run.plan.journal, { ...run.plan.journal[0]!, step }];
    const both = { ...run, plan: { ...run.plan, journal }, intents: [...run.intents, second] } as unknown as Run;
    expect(drillsOf(both).map(({ origin }) => origin)).toEqual(['weu', 'weu-2']);
  });
});
