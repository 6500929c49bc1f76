import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { capacities, look, written } from './look.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';

type Policies = Parameters<typeof edgeOf>[1];

const SICK = originOf('weu', { healthy: false });
const NEU = originOf('neu');
const EUS = originOf('eus');
const HOLD = outOf('', { kind: 'hold', value: { held: true }, subject: '/profiles/p/origingroups/og' });
const PLANNED = { enabled: false, urgency: 'planned' };

describe('a look at an edge', () => {
  it('finds nothing to do where nobody wants anything', () => {
    expect(look(edgeOf([originOf('weu'), NEU]), {})).toEqual({ steps: [], verdicts: [] });
  });

  it('gives each step what it changes, what must hold, and its way back', () => {
    const { steps, change } = lookAtEdge(edgeOf([NEU, SICK]), situation({ acting: [emergencyOf('weu')] }));
    expect(steps).toEqual([
      {
        id: 'weu:enabled',
        title: 'weu: out (its weight 100 stays)',
        effect: 'drain',
        from: { weu: { enabled: true } },
        to: { weu: { enabled: false } },
        changes: [{ subject: SICK.id, group: 'enabled', from: { enabled: true }, to: { enabled: false } }],
        predicates: ['neu is enabled with weight 100', 'weu is enabled with weight 100'],
        onFailure: 'back',
        isUrgent: true,
      },
    ]);
    expect(change).toEqual({ id: SICK.id, enabled: false });
  });

  it.each<[string, ObservedEdge, Partial<Situation>, readonly string[], readonly string[]]>([
    [
      'ramps down step by step',
      edgeOf([originOf('weu'), NEU]),
      { acting: [outOf('weu', { value: { ...PLANNED, via: [50] } })] },
      ['weu: weight 100 to 50', 'weu: out (its weight 50 stays)', 'weu: weight 50 to 100'],
      ['act command'],
    ],
    [
      'sets weights',
      edgeOf([originOf('weu'), NEU]),
      { acting: [sharesOf({ weu: 150 })] },
      ['weu: weight 100 to 150'],
      ['act shares'],
    ],
    [
      'has weights set',
      edgeOf([originOf('weu', { weight: 150 }), NEU]),
      { acting: [sharesOf({ weu: 150 })] },
      [],
      ['done shares verified'],
    ],
    [
      'brings back',
      edgeOf([originOf('weu', { enabled: false }), NEU]),
      { leaving: [outOf('weu', { state: 'leaving' })], fields: [markOf('weu', { enabled: true }, { enabled: false })] },
      ['weu: back in'],
      [],
    ],
    [
      'has brought back',
      edgeOf([originOf('weu'), NEU]),
      { leaving: [outOf('weu', { state: 'leaving' })] },
      [],
      ['gone command'],
    ],
    [
      'keeps out what another still wants out',
      edgeOf([originOf('weu', { enabled: false }), NEU]),
      {
        acting: [emergencyOf('weu')],
        leaving: [outOf('weu', { state: 'leaving' })],
        fields: [markOf('weu', { enabled: true }, { enabled: false })],
      },
      [],
      ['done region-bad', 'gone command'],
    ],
    [
      'finds out what somebody else has drained',
      edgeOf([originOf('weu', { enabled: false }), NEU]),
      { acting: [outOf('weu')] },
      [],
      ['done command already-drained'],
    ],
    [
      'lets weights go back before it lets go of them',
      edgeOf([originOf('weu', { weight: 150 }), NEU]),
      {
        leaving: [sharesOf({ weu: 150 }, { state: 'leaving' })],
        fields: [markOf('weu', { weight: 100 }, { weight: 150 })],
      },
      ['weu: weight 150 to 100'],
      [],
    ],
    [
      'pins',
      edgeOf([originOf('weu'), NEU]),
      { acting: [pinOf('weu', 'out')] },
      ['weu: out (its weight 100 stays)'],
      ['act pin'],
    ],
    [
      'calls people where a pin keeps traffic at what is sick',
      edgeOf([SICK, NEU]),
      { acting: [pinOf('weu', 'in'), emergencyOf('weu')] },
      [],
      ['done pin', 'shadowed region-bad pinned !'],
    ],
    [
      'calls nobody where a pin keeps what is well',
      edgeOf([originOf('weu'), NEU]),
      { acting: [pinOf('weu', 'in'), emergencyOf('weu')] },
      [],
      ['done pin', 'shadowed region-bad pinned'],
    ],
    [
      'leaves to the probes what they have moved',
      edgeOf([SICK, originOf('neu', { priority: 2 })]),
      { acting: [emergencyOf('weu')] },
      [],
      ['done region-bad native-priority-failover'],
    ],
    [
      'drains what no probe would, though another tier stands by',
      edgeOf([{ ...SICK, isAlwaysServed: true }, originOf('neu', { priority: 2 })]),
      { acting: [emergencyOf('weu')] },
      ['weu: out (its weight 100 stays)'],
      ['act region-bad'],
    ],
    [
      'drains a sick one beside others of its tier',
      edgeOf([SICK, NEU, originOf('eus', { priority: 2 })]),
      { acting: [emergencyOf('weu')] },
      ['weu: out (its weight 100 stays)'],
      ['act region-bad'],
    ],
  ])('%s', (_, observed, asked, steps, verdicts) => {
    const found = look(observed, asked);
    expect({ steps: found.steps, verdicts: found.verdicts }).toEqual({ steps, verdicts });
  });
});

describe('an edge that nothing may be done to', () => {
  const unread = Object.fromEntries(
    Object.entries(edgeOf([SICK, NEU])).filter(([key]) => key !== 'measured'),
  ) as unknown as ObservedEdge;
  const acting = [emergencyOf('weu')];
  const drained = { ...unread, origins: [{ ...SICK, enabled: false }, NEU] };
  const journal = [written('neu', 'weight')];

  it.each<[string, ObservedEdge, Partial<Situation>, object]>([
    [
      'for want of data',
      unread,
      { acting },
      { verdicts: ['blocked region-bad no-data !'], wait: { reason: 'no-data' } },
    ],
    ['for want of data, though it is there already', drained, { acting }, { verdicts: ['done region-bad'] }],
    [
      'for want of data while a step bakes',
      unread,
      { acting, journal },
      { verdicts: ['blocked region-bad no-data'], verdictOnStep: { outcome: 'inconclusive', reason: 'no-data' } },
    ],
    [
      'for want of an origin',
      { ...edgeOf([NEU]), missing: ['weu'] },
      { acting },
      { verdicts: ['blocked region-bad config-error:origin-not-found !'] },
    ],
    [
      'by a person’s hold',
      edgeOf([SICK, NEU]),
      { acting: [...acting, HOLD] },
      { verdicts: ['blocked region-bad held', 'done command'], wait: { reason: 'held' } },
    ],
    [
      'by a switch',
      { ...edgeOf([SICK, NEU]), switches: { automation: 'off', firing: [] } },
      { acting },
      { verdicts: ['blocked region-bad gate-off !'], wait: { reason: 'gate-off' } },
    ],
  ])('%s waits', (_, observed, asked, expected) => {
    const found = look(observed, asked);
    expect(found).toMatchObject({ steps: [], ...expected });
    expect(found).not.toHaveProperty('change');
  });

  it('has nothing to wait for where the switch is off and nothing is wanted', () => {
    const off = { ...edgeOf([originOf('weu'), NEU]), switches: { automation: 'off', firing: [] } } as const;
    expect(look(off, {})).toEqual({ steps: [], verdicts: [] });
  });

  it('is free again when the hold is over', () => {
    const over = { ...HOLD, value: { held: true, until: '2026-01-01T00:01:00Z' } };
    expect(look(edgeOf([SICK, NEU]), { acting: [...acting, over] }).steps).toHaveLength(1);
  });
});

describe('an edge whose control plane does not answer', () => {
  const blind = (origins: readonly ReturnType<typeof originOf>[], policies: Policies = {}): ObservedEdge => ({
    ...edgeOf(origins, policies),
    isBlind: true,
    hasGates: true,
  });

  it('is drained by its gate', () => {
    const found = look(blind([SICK, NEU]), { acting: [emergencyOf('weu')] });
    expect(found).toMatchObject({ steps: ['weu: out by its gate'], change: { id: SICK.id, isShut: true } });
  });

  it('has its gate opened', () => {
    const fields = [markOf('weu', { isShut: false }, { isShut: true })];
    const found = look(blind([originOf('weu', { isShut: true }), NEU]), { fields });
    expect(found).toMatchObject({ steps: ['weu: gate open'], change: { id: SICK.id, isShut: false } });
  });

  it('is not moved otherwise, and people are called', () => {
    const found = look(blind([originOf('weu'), NEU]), { acting: [outOf('weu')] });
    expect(found).toEqual({
      steps: [],
      verdicts: ['blocked command control-plane-unavailable !'],
      wait: { reason: 'control-plane-unavailable' },
    });
  });

  it('is moved by gates alone where more is wanted', () => {
    const found = look(blind([SICK, NEU, EUS]), { acting: [emergencyOf('weu'), sharesOf({ neu: 50 })] });
    expect(found.steps).toEqual(['weu: out by its gate']);
  });

  it('keeps a gate open that may be shut only after something that cannot be written', () => {
    const origins = [SICK, NEU, originOf('dr', { enabled: false })];
    const observed = capacities(blind(origins, { allowEnableStandby: true }), { neu: 80, weu: 100, dr: 100 });
    expect(look(observed, { acting: [emergencyOf('weu')] }).steps).toEqual([]);
    expect(look({ ...observed, isBlind: false }, { acting: [emergencyOf('weu')] }).steps).toEqual([
      'dr: back in, to make room for weu',
      'weu: out by its gate',
    ]);
  });
});

describe('a bake', () => {
  const policies: Policies = {
    bakeSec: 60,
    propagationSec: 600,
    metricLagSec: 180,
    minRequests: 100,
    errorRateMax: 0.1,
  };
  const RAMP = [outOf('weu', { value: { ...PLANNED, via: [50, 10] } })];
  const at = (seconds: number, served?: object): [ObservedEdge, Partial<Situation>] => {
    const observed = edgeOf([originOf('weu', { weight: 50 }), NEU], policies);
    const measured = { ...observed.measured!, ...(served === undefined ? {} : { served }) } as ObservedEdge['measured'];
    const now = new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
    const journal = [written('weu', 'weight', {}, { bakeMs: 780_000 })];
    const fields = [markOf('weu', { weight: 100 }, { weight: 50 })];
    return [{ ...observed, measured } as ObservedEdge, { acting: RAMP, journal, fields, now }];
  };

  it('is as long as the edge and its metrics take, of all that moves traffic', () => {
    const { steps } = lookAtEdge(edgeOf([originOf('weu'), NEU], policies), situation({ acting: RAMP }));
    expect(steps.map(({ bakeMs }) => bakeMs)).toEqual([780_000, 780_000, 780_000, undefined]);
  });

  it('is not waited for in an emergency', () => {
    const { steps } = lookAtEdge(edgeOf([SICK, NEU], policies), situation({ acting: [emergencyOf('weu')] }));
    expect(steps[0]).not.toHaveProperty('bakeMs');
    const [observed, asked] = at(1);
    const urgent = lookAtEdge(observed, situation({ ...asked, acting: [emergencyOf('weu')] }));
    expect(urgent.change).toEqual({ id: SICK.id, enabled: false });
  });

  it.each<[string, number, object | undefined, object]>([
    ['is waited for', 700, { requests: 500, errorRate: 0 }, { wait: { ms: 80_000, reason: 'bake' } }],
    ['is over', 780, { requests: 500, errorRate: 0 }, { change: { id: SICK.id, weight: 10 } }],
    [
      'has gone wrong',
      780,
      { requests: 500, errorRate: 0.2 },
      { verdictOnStep: { outcome: 'failed', reason: 'error-rate 0.2 > 0.1' } },
    ],
    [
      'says too little',
      780,
      { requests: 5, errorRate: 0 },
      { verdictOnStep: { outcome: 'inconclusive', reason: 'requests 5/100' } },
    ],
    ['says nothing', 780, undefined, { verdictOnStep: { outcome: 'inconclusive', reason: 'no-data' } }],
  ])('%s', (_, seconds, served, expected) => {
    const found = look(...at(seconds, served));
    expect(found).toMatchObject(expected);
    expect('change' in found).toBe('change' in expected);
  });

  it('is judged by nothing where nothing is asked', () => {
    const [observed, asked] = at(780);
    const free = { ...observed, edge: edgeOf(observed.origins, { bakeSec: 60 }).edge };
    expect(look(free, asked)).toMatchObject({ change: { id: SICK.id, weight: 10 } });
  });

  it('is not waited for on the way back', () => {
    const [observed, asked] = at(1);
    expect(look(observed, { ...asked, acting: [], isUndoing: true })).toMatchObject({
      change: { id: SICK.id, weight: 100 },
    });
  });

  it('says whether a failed step is undone', () => {
    const stay = edgeOf([SICK, NEU]);
    const observed = { ...stay, edge: { ...stay.edge, policy: { ...stay.edge.policy, isUndone: false } } };
    expect(lookAtEdge(observed, situation({ acting: [emergencyOf('weu')] })).steps).toMatchObject([
      { onFailure: 'stay' },
    ]);
  });
});

describe('what an earlier plan has done', () => {
  const FIRING = { switches: { automation: 'on', firing: ['change freeze'] } } as const;
  const RAISED = markOf('neu', { weight: 100 }, { weight: 150 });
  const DRAINED = markOf('weu', { enabled: true }, { enabled: false });

  it('is not undone because an alarm fires afterwards', () => {
    const observed = { ...edgeOf([originOf('weu', { enabled: false }), originOf('neu', { weight: 150 })]), ...FIRING };
    const acting = [outOf('weu'), sharesOf({ neu: 150 })];
    expect(look(observed, { acting, fields: [RAISED, DRAINED] })).toEqual({
      steps: [],
      verdicts: ['done command', 'done shares'],
    });
  });

  it('stays although the rest of it has to wait', () => {
    const observed = { ...edgeOf([originOf('weu'), originOf('neu', { weight: 150 })]), ...FIRING };
    expect(look(observed, { acting: [sharesOf({ weu: 50, neu: 150 })], fields: [RAISED] })).toEqual({
      steps: [],
      verdicts: ['blocked shares blocking-alarm'],
    });
  });

  it('is found where the service said that it had failed', () => {
    const observed = edgeOf([originOf('weu', { enabled: false }), originOf('neu')]);
    const change = { subject: originOf('weu').id, group: 'enabled', to: { enabled: false } };
    const journal = [written('weu', 'enabled', { state: 'failed' }, { changes: [change] })];
    const { found } = look(observed, {
      acting: [outOf('weu')],
      fields: [markOf('weu', { enabled: true }, { enabled: true })],
      journal,
    });
    expect(found).toEqual([{ subject: originOf('weu').id, group: 'enabled', written: { enabled: false } }]);
  });
});

describe('a standby that nobody asks for any more', () => {
  it('serves on while the others cannot do without it, and says so', () => {
    const observed = capacities(edgeOf([originOf('weu'), originOf('neu')], { allowEnableStandby: true }), {
      weu: 60,
      neu: 60,
    });
    const fields = [markOf('neu', { enabled: false }, { enabled: true })];
    expect(look(observed, { fields })).toMatchObject({
      steps: [],
      verdicts: [],
      kept: { reason: 'insufficient-capacity', page: false },
    });
    expect(look(capacities(observed, { weu: 100, neu: 60 }), { fields }).steps).toEqual([
      'neu: out (its weight 100 stays)',
    ]);
  });

  it('says so beside what somebody else had out, and that waits for them', () => {
    const observed = capacities(edgeOf([originOf('weu'), originOf('neu'), originOf('eus', { enabled: false })]), {
      weu: 60,
      neu: 60,
      eus: 60,
    });
    const fields = [markOf('neu', { enabled: false }, { enabled: true })];
    const leaving = [outOf('eus', { state: 'leaving' })];
    expect(look(observed, { fields, leaving })).toMatchObject({
      steps: [],
      verdicts: ['blocked command no-snapshot !'],
      kept: { reason: 'insufficient-capacity', page: true },
    });
  });
});

describe('sessions that stay where they began', () => {
  const sticky = edgeOf([originOf('weu'), originOf('neu')]);
  const observed = { ...sticky, routing: { ...sticky.routing, hasAffinity: true } };
  const warningsOf = (acting: readonly Intent[], edge = observed): unknown =>
    lookAtEdge(edge, situation({ acting })).steps.map(({ warnings }) => warnings);

  it('are told of to whoever agrees to weights', () => {
    expect(warningsOf([sharesOf({ weu: 50 })])).toEqual([[expect.stringContaining('session affinity is on')]]);
    expect(warningsOf([sharesOf({ weu: 50 })], sticky)).toEqual([undefined]);
  });

  it('are no matter of a drain without steps', () => {
    expect(warningsOf([outOf('weu')])).toEqual([undefined]);
  });
});
