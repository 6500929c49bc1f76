import { beforeAll, describe, expect, it } from 'vitest';

import { rejectPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { findPlans, readRun, reportOf, toHtml, toMarkdown, type Run } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { overridden, PAIR, playOut, reportsOf, runsOf, SHIFT_AND_RESTORE } from './runs.ts';

const T0 = Date.parse('2026-03-02T08:00:00Z');

function seconds(at: string | undefined): number {
  return (Date.parse(at ?? '') - T0) / 1000;
}

describe('what a plan was made for', () => {
  it('is a quorum of votes: the first, the last that was needed, and the hold after it', async () => {
    const policy = { quorum: 2, requireExternal: true, minHoldSec: 60 };
    const bad = { kind: 'signal', region: 'east', bad: true };
    const events = [
      { ...bad, source: 'synthetic', at: 0 },
      { ...bad, source: 'afd-probe', at: 20 },
      { kind: 'tick', at: 90 },
    ];
    const [report] = await reportsOf({ id: 'quorum', ...PAIR, policy, events });
    expect(report?.times).toMatchObject({ toDecideMs: 80_000, toWriteMs: 0, voteToWriteMs: 60_000 });
    expect(report?.timeline.slice(0, 3).map(({ what, at }) => [what, seconds(at)])).toEqual([
      ['signal heard', 0],
      ['last needed vote', 20],
      ['decided', 80],
    ]);
    const votes = report?.facts.filter(({ about }) => about === 'east');
    expect(votes?.map(({ says, ageMs }) => [says.split(' (')[0], ageMs])).toEqual([
      ['bad, says synthetic', 80_000],
      ['bad, says afd-probe', 60_000],
    ]);
  });

  it('is the word of whoever lets go, for a way back', async () => {
    const evacuate = { kind: 'runbook', action: 'evacuate', region: 'east', requestedBy: 'alice', reason: 'disks' };
    const restore = { kind: 'runbook', action: 'restore', region: 'east', requestedBy: 'bob', reason: 'over' };
    const events = [
      { ...evacuate, at: 0 },
      { ...restore, at: 5000, id: 'second' },
    ];
    const [there, back] = await reportsOf({ id: 'back', ...PAIR, events });
    expect(there?.timeline[1]).toMatchObject({ what: 'decided', detail: 'east: disks; asked for by alice' });
    expect(back?.timeline[1]).toMatchObject({ what: 'decided', detail: 'east: over; asked for by bob' });
    expect(seconds(back?.timeline[0]?.at)).toBe(5000);
    expect(back?.times).toMatchObject({ toDecideMs: 0, toWriteMs: 0 });
    expect(back?.intents).toMatchObject([
      { subject: 'east', askedBy: 'alice', now: 'closed: released: let go by bob' },
    ]);
  });

  it('is a region that goes out, and comes back, by its gate', async () => {
    const reports = await reportsOf({ ...SHIFT_AND_RESTORE, policy: { probeGate: true } });
    expect(reports.map(({ title }) => title)).toEqual(['p1/og: east out by its gate', 'p1/og: east back in']);
    expect(reports.map((one) => one.shares?.spans.map(({ shares }) => shares))).toEqual([
      [
        [0.5, 0.5],
        [0, 1],
      ],
      [
        [0, 1],
        [0.5, 0.5],
      ],
    ]);
  });

  it('is a wish for shares', async () => {
    const event = { kind: 'runbook', action: 'set-shares', shares: { east: 1, west: 3 }, requestedBy: 'alice' };
    const [report] = await reportsOf({ id: 'tm', ...PAIR, backend: 'tm', event });
    expect(report?.title).toBe('p1: west to weight 750, east to weight 250');
    expect(report?.intents).toMatchObject([{ wants: 'shares: weights east 250, west 750' }]);
    expect(report?.shares?.spans.map(({ shares }) => shares)).toEqual([
      [0.5, 0.5],
      [0.25, 0.75],
    ]);
  });
});

describe('a report on rows', () => {
  let run: Run;
  beforeAll(async () => {
    [run] = (await runsOf(await playOut(SHIFT_AND_RESTORE))) as [Run];
  });

  it('says who rejected a plan, and why', async () => {
    const { world } = await playOut(overridden({ approvedBy: [] }));
    const id = (await world.rows.list('edges', 'plan|'))[0]?.rowKey.slice('plan|'.length) ?? '';
    const now = (): Date => new Date(T0 + 60_000);
    const command = { plan: id, by: 'dora', reason: 'not today', now };
    await rejectPlan(new TargetRows(world.rows), edgeTarget(world.edge), command);
    const report = reportOf((await readRun(world.rows, edgeTarget(world.edge), id))!);
    expect(report.outcome).toBe('The plan was rejected.');
    expect(report.approvals).toMatchObject([{ by: 'dora', said: 'rejected: not today', digest: report.plan.digest }]);
    expect(report.timeline.at(-1)).toMatchObject({ what: 'rejected', detail: 'dora: not today' });
  });

  it('takes approvals from the plan where no record has them', () => {
    const given = [{ by: 'bob', at: '2026-03-02T08:00:00Z' }];
    const consent = { needed: 1, requesters: [], expires: '', withinMs: 0, given };
    const { approvals } = reportOf({ ...run, plan: { ...run.plan, consent } });
    expect(approvals).toEqual([{ ...given[0], said: 'approved', digest: run.plan.digest }]);
  });

  it('says that somebody asked for something else since', () => {
    const intents = run.intents.map((intent) => ({ ...intent, value: { enabled: false, urgency: 'planned' } }));
    const report = reportOf({ ...run, intents });
    expect(report.intents[0]?.isReplaced).toBe(true);
    expect(toMarkdown(report)).toContain('(asked for anew since)');
  });

  it('has what a rule kept back meanwhile, and nothing from later', () => {
    const [first] = run.records;
    const held = {
      ...first!,
      kind: 'held' as const,
      facts: { subject: run.plan.target, reason: 'safety-rule:atleast-2' },
    };
    const records = [...run.records, { ...held, at: run.plan.created }, { ...held, at: '2027-01-01T00:00:00.000Z' }];
    const { rules, timeline } = reportOf({ ...run, records });
    expect(rules.filter(({ how }) => how === 'kept back')).toEqual([
      { rule: 'safety-rule:atleast-2', how: 'kept back', detail: run.plan.created },
    ]);
    expect(timeline.filter(({ what }) => what === 'kept back')).toHaveLength(1);
  });

  it('says what the edge shows, apart from what the control plane has', () => {
    const until = '2026-03-02T09:00:00.000Z';
    const at = '2026-03-02T08:59:00.000Z';
    const told = (effect: NonNullable<Run['plan']['effect']>): object => {
      const { outcome, times, timeline } = reportOf({ ...run, plan: { ...run.plan, effect } });
      const { what, detail } = timeline.find(
        (one) => one.detail.includes('edge') || one.what === 'waiting for the edge',
      )!;
      return { outcome, isTimed: times.toEffectMs !== undefined, what, detail };
    };
    expect(told({ state: 'waiting', until })).toEqual({
      outcome: `The plan is done, waiting for the edge, up to ${until}.`,
      isTimed: false,
      what: 'waiting for the edge',
      detail: `until ${until}`,
    });
    expect(told({ state: 'effective', at })).toMatchObject({
      outcome: 'The plan is done.',
      isTimed: true,
      what: 'effective',
      detail: 'the edge shows what was wanted',
    });
    expect(told({ state: 'unknown', at })).toMatchObject({
      isTimed: false,
      what: 'not proven',
      detail: 'at the edge: unknown',
    });
  });

  it('says that people heard of a drain without effect, until something else is decided', () => {
    const [first] = run.records;
    const at = '2026-03-02T08:10:00.000Z';
    const late = { ...first!, kind: 'paged' as const, at, facts: { edge: run.plan.target, reason: 'not-effective' } };
    const [before, after] = [run.records.filter((one) => one.at < at), run.records.filter((one) => one.at >= at)];
    const { pages } = reportOf({ ...run, records: [...before, late, ...after] });
    expect(pages).toEqual([{ at, what: 'people called', detail: 'not-effective' }]);
    expect(reportOf({ ...run, records: [...run.records, { ...late, at: '2026-04-01T00:00:00.000Z' }] }).pages).toEqual(
      [],
    );
  });

  it('names who let go', () => {
    const intents = run.intents.map((intent) => ({ ...intent, releasedBy: 'bob' }));
    expect(reportOf({ ...run, intents }).intents[0]?.now).toBe('closed: released: let go by bob');
  });

  it('leaves out votes that counted no longer, or not yet', () => {
    const decided = Date.parse(run.plan.created);
    const base = { isBad: true, isOutside: true, at: decided - 5_000, expires: decided + 1 };
    const votes = [
      { ...base, source: 'current' },
      { ...base, source: 'expired', expires: decided },
      { ...base, source: 'later', at: decided + 1 },
    ];
    const regions = { east: { ...run.evidence!.regions['east']!, votes } };
    const evidence = { ...run.evidence!, alerts: {}, regions };
    const saidIn = (records: Run['records']): readonly string[] =>
      reportOf({ ...run, records, evidence })
        .facts.filter(({ about }) => about === 'east')
        .map(({ says }) => says);
    const older = run.records.map(({ facts, ...record }) => {
      const kept = Object.entries(facts).filter(([key]) => key !== 'said' && key !== 'badSince');
      return { ...record, facts: Object.fromEntries(kept) };
    });
    expect(saidIn(older)).toEqual(['bad, says current (outside the region)']);
    // What was written down at the decision stays, whatever is said later.
    expect(saidIn(run.records)).toEqual(['bad, says alert probe (outside the region)']);
  });

  it('draws no value that a failed write was to leave', () => {
    const journal = run.plan.journal.map((entry) => ({ ...entry, state: 'failed' as const }));
    const { shares } = reportOf({ ...run, plan: { ...run.plan, journal } });
    expect(shares?.spans.map((span) => span.shares)).toEqual([[0.5, 0.5]]);
  });

  it('can be made without evidence, intents and records', () => {
    const report = reportOf({ plan: run.plan, others: [], intents: [], records: [] });
    expect(report.times).toMatchObject({ toDecideMs: 0 });
    expect(report.facts.every(({ about }) => about === 'read before the first write')).toBe(true);
    expect([toMarkdown(report), toHtml(report)].every((text) => text.includes('Nothing is recorded.'))).toBe(true);
  });

  it('can be made on a commit', () => {
    const step = { ...run.plan.steps[0]!, title: 'bump web', changes: [], predicates: [], to: { web: '1.2.3' } };
    const [entry] = run.plan.journal;
    const journal = [{ ...entry!, step, precondition: 'a4f3', state: 'failed' as const, note: 'no' }];
    const target = 'contoso/shop#main';
    const report = reportOf({
      plan: { ...run.plan, target, steps: [step], journal },
      others: [],
      intents: [],
      records: [],
    });
    expect(report).toMatchObject({ title: 'contoso/shop#main: bump web', steps: [{ to: 'web 1.2.3', notes: ['no'] }] });
    expect(report.shares).toBeUndefined();
  });

  it('is found by the plan’s id alone, or by the beginning of it', async () => {
    const { world } = await playOut(SHIFT_AND_RESTORE);
    const ids = (await world.rows.list('edges', 'plan|')).map(({ rowKey }) => rowKey.slice('plan|'.length));
    const [id = ''] = ids;
    const one = [{ plan: { id }, target: { partition: 'edges' } }];
    expect(await findPlans(world.rows, id)).toMatchObject(one);
    expect(await findPlans(world.rows, id.slice(0, 8))).toMatchObject(one);
    expect((await findPlans(world.rows, '')).map(({ plan }) => plan.id)).toEqual(ids);
    expect(await findPlans(world.rows, 'none')).toEqual([]);
  });
});
