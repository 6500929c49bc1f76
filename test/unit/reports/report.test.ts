import { beforeAll, describe, expect, it } from 'vitest';

import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { readRun, reportOf, type Report } from '../../../shared/reports/index.ts';
import { overridden, playOut, reportsOf, runsOf, SHIFT_AND_RESTORE, steppedRollback } from './runs.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');

function at(seconds: number): string {
  return new Date(T0 + seconds * 1000).toISOString();
}

function momentsOf({ timeline }: Report, what: string): readonly string[] {
  return timeline.filter((moment) => moment.what === what).map((moment) => moment.at);
}

describe('the report on a shift', () => {
  let reports: readonly Report[];
  beforeAll(async () => {
    reports = await reportsOf(SHIFT_AND_RESTORE);
  });

  it('says what was done and how it ended', () => {
    const [shift, restore] = reports;
    expect(shift).toMatchObject({ title: 'p1/og: east out', outcome: 'The plan is done.' });
    expect(restore).toMatchObject({ title: 'p1/og: east back in', outcome: 'The plan is done.' });
  });

  it('has the times of the run', () => {
    const [shift, restore] = reports;
    expect(shift?.times.toDecideMs).toBe(6_000);
    expect(shift?.times.toWriteMs).toBe(0);
    expect(shift?.times.totalMs).toBeGreaterThanOrEqual(66_000);
    expect(shift?.times.totalMs).toBeLessThan(76_000);
    const [effective = ''] = momentsOf(shift!, 'effective');
    expect(shift?.times.toEffectMs).toBe(Date.parse(effective) - Date.parse(at(4)));
    expect(shift?.times.toEffectMs).toBeGreaterThanOrEqual(Number(shift?.times.totalMs));
    expect(restore?.times).toMatchObject({ toDecideMs: 0, toWriteMs: 0 });
  });

  it('tells it in order, from the signal to the restore', () => {
    const [shift] = reports;
    const told = shift?.timeline.map(({ what }) => what);
    expect(told).toEqual([
      'signal heard',
      'last needed vote',
      'decided',
      'first write sent',
      'accepted',
      'written',
      'plan ended',
      'effective',
      'restored',
    ]);
    expect(momentsOf(shift!, 'signal heard')).toEqual([at(4)]);
    expect(momentsOf(shift!, 'decided')).toEqual([at(10)]);
    expect(Date.parse(momentsOf(shift!, 'restored')[0]!)).toBeGreaterThan(T0 + 1_000_000);
  });

  it('has the facts with their ages', () => {
    const [shift, restore] = reports;
    expect(shift?.facts).toContainEqual({
      about: 'east',
      says: 'bad, says alert probe (outside the region)',
      at: at(4),
      ageMs: 6_000,
    });
    expect(shift?.facts.map(({ says }) => says)).toContain('west is enabled with weight 500');
    expect(restore?.facts).toContainEqual(
      expect.objectContaining({
        about: 'east',
        says: expect.stringMatching(/^good/) as string,
        at: at(995),
        ageMs: 5_000,
      }),
    );
  });

  it('says who asked for it, and why it came back', () => {
    const [shift, restore] = reports;
    expect(shift?.intents).toMatchObject([{ subject: 'east', askedBy: 'reaction region-failover', mode: 'enforce' }]);
    expect(restore?.timeline.find(({ what }) => what === 'decided')).toMatchObject({ detail: 'east: recovered' });
  });

  it('draws the shares', () => {
    const [shift] = reports;
    expect(shift?.shares?.origins).toEqual(['east', 'west']);
    expect(shift?.shares?.spans.map(({ shares }) => shares)).toEqual([
      [0.5, 0.5],
      [0, 1],
    ]);
    expect(shift?.shares?.spans[1]?.from).toBe(Date.parse(shift!.steps[0]!.endedAt!));
  });
});

describe('the report on a stepped evacuation that is undone', () => {
  let report: Report;
  beforeAll(async () => {
    [report] = (await reportsOf(steppedRollback())) as [Report];
  });

  it('says so, and that people were called', () => {
    expect(report.outcome).toBe('The plan was undone: error-rate 0.4 > 0.05.');
    expect(report.pages).toMatchObject([{ detail: 'error-rate 0.4 > 0.05' }]);
    expect(momentsOf(report, 'restored')).toEqual([report.steps.find(({ to }) => to === 'east weight 500')?.endedAt]);
  });

  it('has each step with what became of it', () => {
    const steps = report.steps.map(({ from, to, outcome, attempts }) => [from, to, outcome, attempts]);
    // The way back is the very write with which the plan would have ended: it counts as sent.
    expect(steps).toEqual([
      ['east weight 500', 'east weight 250', 'written', 1],
      ['east weight 250', 'east weight 100', 'written', 1],
      ['east weight 100', 'east weight 500', 'written', 1],
      ['east enabled true', 'east enabled false', 'not-sent', 0],
    ]);
    expect(report.steps[0]).toMatchObject({ bakeMs: 300_000, sentAt: at(0) });
  });

  it('draws the way down and the way back', () => {
    const rounded = report.shares?.spans.map(({ shares }) => shares.map((share) => Math.round(share * 1000) / 1000));
    expect(rounded).toEqual([
      [0.5, 0.5],
      [0.333, 0.667],
      [0.167, 0.833],
      [0.5, 0.5],
    ]);
  });

  it('names the person, and the rules that held', () => {
    expect(report.timeline[0]).toEqual({ at: at(0), what: 'signal heard', detail: 'asked for by alice' });
    expect(report.rules).toContainEqual({
      rule: 'east is enabled with weight 250; west is enabled with weight 500',
      how: 'held before the write',
      detail: 'east: weight 250 to 100',
    });
  });
});

describe('the report on a plan that people agreed to', () => {
  it('says who, when and to which digest, and which rule was overridden', async () => {
    const [report] = await reportsOf(overridden());
    expect(report?.approvals).toEqual(
      ['bob', 'carol'].map((by) => ({ by, said: 'approved', at: at(0), digest: report?.plan.digest })),
    );
    expect(report?.rules[0]).toEqual({ rule: 'atleast-2', how: 'overridden', detail: 'alice: INC-1' });
    const told = report!.timeline.map(({ what }) => what);
    expect(told.indexOf('approved')).toBeLessThan(told.indexOf('first write sent'));
  });

  it('has no picture and no times of writing while it waits', async () => {
    const [report] = await reportsOf(overridden({ approvedBy: [] }));
    expect(report).toMatchObject({ outcome: 'The plan waits for approval.', approvals: [] });
    expect(report?.shares).toBeUndefined();
    expect(report?.times).toEqual({ toDecideMs: 0 });
    expect(report?.steps).toMatchObject([{ outcome: 'not-sent', attempts: 0 }]);
  });
});

describe('a run', () => {
  it('is not there for a plan that nobody made', async () => {
    const { world } = await playOut(SHIFT_AND_RESTORE);
    expect(await readRun(world.rows, { kind: 'edge', key: world.edge.id, partition: 'edges' }, 'none')).toBeUndefined();
  });

  it('has nothing of another edge in the same chain', async () => {
    const played = await playOut(SHIFT_AND_RESTORE);
    const other = { kind: 'edge', key: `${played.world.edge.id}-eu`, partition: 'edges' };
    const rows = new TargetRows(played.world.rows);
    const facts = { edge: other.key, reason: 'elsewhere' };
    await rows.save(other, await rows.load(other), { audit: [{ kind: 'paged', at: at(10), facts }] });
    const [run] = await runsOf(played);
    expect(JSON.stringify(run?.records)).not.toContain('elsewhere');
    expect(run?.records.map(({ kind }) => kind)).toContain('acted');
  });

  it('counts the sends of a step that was throttled', async () => {
    const arm = [{ on: 'PATCH origins/east', status: 429, headers: { 'retry-after': '30' } }];
    const [report] = await reportsOf({ ...SHIFT_AND_RESTORE, arm, events: SHIFT_AND_RESTORE.events.slice(0, 1) });
    expect(report?.steps).toMatchObject([{ outcome: 'written', attempts: 2 }]);
    expect(report?.timeline.map(({ what }) => what)).toContain('not-written');
  });

  it('gives the same report twice', async () => {
    const [run] = await runsOf(await playOut(SHIFT_AND_RESTORE));
    expect(reportOf(run!)).toEqual(reportOf(structuredClone(run!)));
  });
});
