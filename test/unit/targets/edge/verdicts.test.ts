import { describe, expect, it } from 'vitest';

import type { JournalEntry } from '../../../../shared/reconcile/plan.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { capacities, look, written } from './look.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';

const WEU = originOf('weu');
const NEU = originOf('neu');
const EUS = originOf('eus');
const OUT = originOf('weu', { enabled: false });
const SHUT = originOf('weu', { isShut: true });
const MARK = markOf('weu', { enabled: true }, { enabled: false });
const OVER = { until: '2026-01-01T00:01:00.000Z' };
const MINUTE = 60_000;

/** What this plan has done to an origin, a minute ago. */
function done(name: string, effect: string, more: Partial<JournalEntry> = {}, step: object = {}): JournalEntry {
  return written(name, 'enabled', more, { effect, changes: [{ subject: originOf(name).id }], ...step });
}

describe('a drill', () => {
  const drill = outOf('weu', { cause: 'drill', value: { enabled: false, urgency: 'planned', untilMs: 10 * MINUTE } });
  const second = outOf('neu', { cause: 'two', value: { enabled: false, urgency: 'planned', untilMs: 5 * MINUTE } });

  it.each<[string, ObservedEdge, Partial<Situation>, number | undefined]>([
    ['by the control plane', edgeOf([OUT, NEU]), { journal: [done('weu', 'drain')] }, 9 * MINUTE],
    ['by its gate', edgeOf([SHUT, NEU]), { journal: [done('weu', 'close-gate')] }, 9 * MINUTE],
    [
      'of two, until the first of them is over',
      edgeOf([OUT, originOf('neu', { enabled: false }), EUS]),
      { acting: [drill, second], journal: [done('weu', 'drain'), done('neu', 'drain')] },
      4 * MINUTE,
    ],
    [
      'until its very end',
      edgeOf([OUT, NEU]),
      { journal: [done('weu', 'drain')], now: new Date('2026-01-01T00:09:59.999Z') },
      1,
    ],
    [
      'and no longer',
      edgeOf([OUT, NEU]),
      { journal: [done('weu', 'drain')], now: new Date('2026-01-01T00:10:00.000Z') },
      undefined,
    ],
    ['not what an earlier plan has drained', edgeOf([OUT, NEU]), { journal: [] }, undefined],
    ['not what this plan has drained beside it', edgeOf([OUT, NEU]), { journal: [done('eus', 'drain')] }, undefined],
    ['not what is back by another’s hand', edgeOf([WEU, NEU]), { journal: [done('weu', 'drain')] }, undefined],
    [
      'not what was tried and failed',
      edgeOf([OUT, NEU]),
      { journal: [done('weu', 'drain', { state: 'failed' })] },
      undefined,
    ],
    ['not what got another weight', edgeOf([OUT, NEU]), { journal: [done('weu', 'weight')] }, undefined],
    ['not what has no end', edgeOf([OUT, NEU]), { acting: [outOf('weu')], journal: [done('weu', 'drain')] }, undefined],
  ])('keeps its plan under way %s', (_, observed, asked, ms) => {
    const { wait } = look(observed, { acting: [drill], fields: [MARK], ...asked });
    expect(wait).toEqual(ms === undefined ? undefined : { ms, reason: 'drill' });
  });

  it('ends by itself: too little to judge it by does not stop it, but what goes wrong does', () => {
    const observed = edgeOf([OUT, NEU], { minRequests: 10, errorRateMax: 0.1 });
    const asked = {
      acting: [drill],
      fields: [MARK],
      journal: [done('weu', 'drain', {}, { bakeMs: 1_000 })],
    };
    expect(look(observed, asked)).toMatchObject({ wait: { reason: 'drill' } });
    expect(look(observed, asked)).not.toHaveProperty('verdictOnStep');
    const bad = { ...observed, measured: { ...observed.measured!, served: { requests: 99, errorRate: 0.5 } } };
    expect(look(bad, asked)).toMatchObject({ verdictOnStep: { outcome: 'failed' } });
    const unbaked = { ...asked, journal: [done('weu', 'drain')] };
    expect(look(observed, unbaked)).not.toHaveProperty('verdictOnStep');
    expect(look(bad, unbaked)).toMatchObject({ verdictOnStep: { outcome: 'failed' } });
    expect(look(observed, { ...asked, acting: [outOf('weu')] })).toMatchObject({
      verdictOnStep: { outcome: 'inconclusive' },
    });
  });
});

describe('what takes the last step back', () => {
  const leaving = [outOf('weu', { state: 'leaving' })];
  const baked = { bakeMs: 10 * MINUTE };

  it.each<[string, readonly JournalEntry[], object]>([
    ['does not wait for its bake', [done('weu', 'drain', {}, baked)], { change: { id: WEU.id, enabled: true } }],
    ['waits for the bake of another step', [done('neu', 'drain', {}, baked)], { wait: { reason: 'bake' } }],
    ['waits for the bake of a weight', [done('weu', 'weight', {}, baked)], { wait: { reason: 'bake' } }],
    [
      'waits for the bake of the last of several',
      [done('weu', 'drain', {}, baked), done('neu', 'weight', {}, baked)],
      { wait: { reason: 'bake' } },
    ],
    [
      'looks past what was not written',
      [done('weu', 'drain', {}, baked), done('neu', 'weight', { state: 'stale' }, baked)],
      { change: { id: WEU.id, enabled: true } },
    ],
  ])('%s', (_, journal, expected) => {
    expect(look(edgeOf([OUT, NEU]), { leaving, journal, fields: [MARK] })).toMatchObject(expected);
  });
});

describe('a person’s word', () => {
  it.each<[string, ObservedEdge, Partial<Situation>, readonly string[], readonly string[]]>([
    [
      'is over at its time',
      edgeOf([WEU, NEU]),
      { acting: [pinOf('weu', 'out', { value: { pinned: 'out', ...OVER } })] },
      [],
      ['gone pin'],
    ],
    [
      'to stand still is over at its time',
      edgeOf([WEU, NEU]),
      { acting: [outOf('', { kind: 'hold', cause: 'hold', value: { held: true, ...OVER } })] },
      [],
      ['gone hold'],
    ],
    [
      'that something is out for a time is no pin: it ends by what asked for it',
      edgeOf([WEU, NEU]),
      { acting: [outOf('weu', { value: { enabled: false, urgency: 'planned', ...OVER } })] },
      ['weu: out (its weight 100 stays)'],
      ['act command'],
    ],
    [
      'keeps out what comes back otherwise',
      edgeOf([OUT, NEU]),
      { acting: [pinOf('weu', 'out')], leaving: [outOf('weu', { state: 'leaving' })], fields: [MARK] },
      [],
      ['done pin', 'blocked command pinned'],
    ],
    [
      'about another origin keeps nothing out',
      edgeOf([OUT, originOf('neu', { enabled: false }), EUS]),
      { acting: [pinOf('neu', 'out')], leaving: [outOf('weu', { state: 'leaving' })], fields: [MARK] },
      ['weu: back in'],
      ['done pin'],
    ],
    [
      'that is over keeps nothing out',
      edgeOf([OUT, NEU]),
      {
        acting: [pinOf('weu', 'out', { value: { pinned: 'out', ...OVER } })],
        leaving: [outOf('weu', { state: 'leaving' })],
        fields: [MARK],
      },
      ['weu: back in'],
      ['gone pin'],
    ],
    [
      'that weights stay does not keep weights from being let go',
      edgeOf([OUT, NEU]),
      { acting: [pinOf('weu', 'out')], leaving: [sharesOf({ weu: 90 }, { state: 'leaving' })], fields: [MARK] },
      [],
      ['done pin', 'gone shares'],
    ],
    [
      'over a sick origin calls people',
      edgeOf([originOf('weu', { healthy: false }), NEU]),
      { acting: [pinOf('weu', 'in'), emergencyOf('weu')] },
      [],
      ['done pin', 'shadowed region-bad pinned !'],
    ],
    [
      'over a well one does not, whoever else is sick',
      edgeOf([WEU, NEU, originOf('eus', { healthy: false })]),
      { acting: [pinOf('weu', 'in'), outOf('weu')] },
      [],
      ['done pin', 'shadowed command pinned'],
    ],
    [
      'over an older one does not, though the origin is sick',
      edgeOf([originOf('weu', { healthy: false }), NEU]),
      {
        acting: [pinOf('weu', 'in', { asOf: '2026-01-01T00:00:30.000Z' }), pinOf('weu', 'in', { cause: 'older' })],
      },
      [],
      ['done pin', 'shadowed older shadowed-by:pin'],
    ],
  ])('%s', (_, observed, asked, steps, verdicts) => {
    const found = look(observed, asked);
    expect({ steps: found.steps, verdicts: found.verdicts }).toEqual({ steps, verdicts });
  });
});

describe('weights that are wanted', () => {
  it.each<[string, ObservedEdge, Partial<Situation>, readonly string[]]>([
    ['are there, and never ours', edgeOf([originOf('weu', { weight: 90 }), NEU]), {}, ['done shares verified']],
    [
      'are there, one of them by us',
      edgeOf([originOf('weu', { weight: 90 }), NEU]),
      { fields: [markOf('weu', { weight: 100 }, { weight: 90 })] },
      ['done shares'],
    ],
    ['are under way', edgeOf([WEU, NEU]), {}, ['act shares']],
  ])('%s', (_, observed, asked, verdicts) => {
    expect(look(observed, { acting: [sharesOf({ weu: 90, neu: 100 })], ...asked }).verdicts).toEqual(verdicts);
  });
});

describe('somebody else’s value that nobody wants', () => {
  const ours = markOf('weu', { weight: 100 }, { weight: 50 });
  const theirs = edgeOf([originOf('weu', { weight: 70 }), NEU]);

  it('is theirs from now on', () => {
    expect(look(theirs, { fields: [ours] })).toMatchObject({
      steps: [],
      foreign: [{ subject: WEU.id, group: 'weight' }],
    });
    expect(look(theirs, { fields: [ours], acting: [outOf('neu')] })).toHaveProperty('foreign');
  });

  it.each<[string, ObservedEdge, Partial<Situation>]>([
    ['somebody wants something of it', theirs, { fields: [ours], acting: [outOf('weu')] }],
    ['it is ours', edgeOf([originOf('weu', { weight: 50 }), NEU]), { fields: [ours] }],
  ])('is not, where %s', (_, observed, asked) => {
    expect(look(observed, asked)).not.toHaveProperty('foreign');
  });
});

describe('a step', () => {
  const planned = situation({ acting: [outOf('weu', { value: { enabled: false, urgency: 'planned', via: [50] } })] });

  it('of weight says from where to where, and what must hold before it', () => {
    const { steps } = lookAtEdge(edgeOf([WEU, NEU, originOf('eus', { enabled: false })]), planned);
    expect(steps.map(({ id, effect, from, to }) => ({ id, effect, from, to }))).toEqual([
      { id: 'weu:weight', effect: 'weight', from: { weu: { weight: 100 } }, to: { weu: { weight: 50 } } },
      { id: 'weu:enabled', effect: 'drain', from: { weu: { enabled: true } }, to: { weu: { enabled: false } } },
      { id: 'weu:weight', effect: 'weight', from: { weu: { weight: 50 } }, to: { weu: { weight: 100 } } },
    ]);
    expect(steps[1]?.predicates).toEqual([
      'weu is enabled with weight 50',
      'neu is enabled with weight 100',
      'eus is disabled with weight 100',
    ]);
    expect(steps.every(({ isUrgent }) => isUrgent === undefined)).toBe(true);
  });

  it.each([
    ['closes', edgeOf([WEU, NEU]), { acting: [emergencyOf('weu')] }, 'weu: out by its gate', 'close-gate', false],
    [
      'opens',
      edgeOf([SHUT, NEU]),
      {
        leaving: [emergencyOf('weu', { state: 'leaving' })],
        fields: [markOf('weu', { isShut: false }, { isShut: true })],
      },
      'weu: gate open',
      'open-gate',
      true,
    ],
  ] as const)('of a gate that %s says so', (_, observed, asked, title, effect, isShut) => {
    const { steps, change } = lookAtEdge({ ...observed, hasGates: true }, situation(asked));
    expect(steps).toMatchObject([
      {
        id: 'weu:gate',
        title,
        effect,
        from: { weu: { isShut } },
        to: { weu: { isShut: !isShut } },
        changes: [{ subject: WEU.id, group: 'gate', from: { isShut }, to: { isShut: !isShut } }],
      },
    ]);
    expect(change).toEqual({ id: WEU.id, isShut: !isShut });
  });

  it.each([
    ['bakes as long as is said', { bakeSec: 600, propagationSec: 300, metricLagSec: 120 }, 600_000],
    ['bakes until the metrics are there', { bakeSec: 60, propagationSec: 300, metricLagSec: 120 }, 420_000],
    ['does not bake where nobody asks', { propagationSec: 300, metricLagSec: 120 }, undefined],
  ])('%s', (_, policies, bakeMs) => {
    const { steps } = lookAtEdge(edgeOf([WEU, NEU], policies), planned);
    // The last one sets the weight of an origin that nobody is served by.
    expect(steps.map((step) => step.bakeMs)).toEqual([bakeMs, bakeMs, undefined]);
  });

  it.each<[string, ObservedEdge, Partial<Situation>, object]>([
    ['that is planned', edgeOf([WEU, NEU]), { acting: [outOf('weu')] }, { wait: { ms: 5_000, reason: 'busy' } }],
    ['that is urgent', edgeOf([WEU, NEU]), { acting: [emergencyOf('weu')] }, { change: { enabled: false } }],
    [
      'of a gate',
      { ...edgeOf([WEU, NEU]), hasGates: true },
      { acting: [outOf('weu', { value: { enabled: false, urgency: 'planned', through: 'gate' } })] },
      { change: { isShut: true } },
    ],
  ])('%s while another write is at work', (_, observed, asked, expected) => {
    expect(look({ ...observed, isTerminal: false }, asked)).toMatchObject(expected);
  });
});

describe('an emergency at an origin whose probes fail', () => {
  const sick = originOf('weu', { healthy: false });
  const behind = originOf('neu', { priority: 2 });

  it.each<[string, ObservedEdge, object, readonly string[]]>([
    ['is met by the next priority already', edgeOf([sick, behind]), {}, ['done region-bad native-priority-failover']],
    ['is not, with another of its priority', edgeOf([sick, EUS, behind]), {}, ['act region-bad']],
    [
      'is, though another of its priority is out',
      edgeOf([sick, originOf('eus', { enabled: false }), behind]),
      {},
      ['done region-bad native-priority-failover'],
    ],
    [
      'is not where its probes say nothing',
      edgeOf([originOf('weu', { healthy: undefined }), behind]),
      {},
      ['act region-bad'],
    ],
    ['is not where it serves', edgeOf([WEU, behind]), {}, ['act region-bad']],
    [
      'is not while nobody hurries',
      edgeOf([sick, behind]),
      { value: { enabled: false, urgency: 'planned' } },
      ['act region-bad'],
    ],
    [
      'is not where it is out',
      edgeOf([originOf('weu', { healthy: false, enabled: false }), behind]),
      {},
      ['done region-bad already-drained'],
    ],
  ])('%s', (_, observed, more, verdicts) => {
    expect(look(observed, { acting: [emergencyOf('weu', more)] }).verdicts).toEqual(verdicts);
  });
});

describe('traffic is not sent', () => {
  const shut = (healthy: boolean | undefined): ObservedEdge => ({
    ...edgeOf([originOf('weu', { isShut: true, healthy }), NEU]),
    hasGates: true,
  });
  const opened = {
    leaving: [emergencyOf('weu', { state: 'leaving' })],
    fields: [markOf('weu', { isShut: false }, { isShut: true })],
  };
  const back = { leaving: [outOf('weu', { state: 'leaving' })], fields: [MARK] };
  const out = (healthy: boolean | undefined): ObservedEdge => edgeOf([{ ...OUT, healthy }, NEU]);

  it.each<[string, ObservedEdge, Partial<Situation>, readonly string[], readonly string[]]>([
    ['back to the sick', out(false), back, [], ['blocked command target-unhealthy']],
    ['back to what nothing is known of', out(undefined), back, [], ['blocked command target-health-unknown']],
    [
      'in greater shares to the sick',
      edgeOf([originOf('weu', { healthy: false }), NEU]),
      { acting: [sharesOf({ weu: 101 })] },
      [],
      ['blocked shares target-unhealthy'],
    ],
    [
      'except to go on in smaller shares',
      edgeOf([originOf('weu', { healthy: false }), NEU]),
      { acting: [sharesOf({ weu: 99 })] },
      ['weu: weight 100 to 99'],
      ['act shares'],
    ],
    ['through its gate, when others call it sick', shut(false), opened, [], ['blocked region-bad target-unhealthy']],
    ['except through a gate, of which the probes say nothing', shut(undefined), opened, ['weu: gate open'], []],
    [
      'except to undo what went wrong',
      out(false),
      { ...back, isUndoing: true, journal: [done('weu', 'drain')] },
      ['weu: back in'],
      [],
    ],
  ])('%s', (_, observed, asked, steps, verdicts) => {
    const found = look(observed, asked);
    expect({ steps: found.steps, verdicts: found.verdicts }).toEqual({ steps, verdicts });
  });

  it('to a standby that is not known to be well', () => {
    const standby = [originOf('dr', { enabled: false, healthy: undefined }), NEU, originOf('weu', { healthy: false })];
    const observed = capacities(edgeOf(standby, { allowEnableStandby: true }), { neu: 80, weu: 100, dr: 100 });
    expect(look(observed, { acting: [emergencyOf('weu')] }).steps).toEqual([]);
  });
});
