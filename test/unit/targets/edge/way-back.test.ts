import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import { MANUAL_STEP_WAITS } from '../../../../shared/reconcile/plan.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { capacities, look } from './look.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, situation } from './observed.ts';

const WEU = originOf('weu', { enabled: false });
const FIELDS = [{ subject: WEU.id, group: 'enabled', baseline: { enabled: true }, written: { enabled: false } }];
const LEAVING = outOf('weu', { state: 'leaving', mode: 'propose', approvals: { needed: 2, withinMs: 1_000 } });

describe('a way back that people have to agree to', () => {
  it('is not taken by a fold that they have not agreed to', () => {
    const observed = edgeOf([WEU, originOf('neu')]);
    const asked = situation({ leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    const { steps, verdicts } = lookAtEdge(observed, asked);
    expect(steps).toEqual([]);
    expect(verdicts).toEqual([{ intent: LEAVING, outcome: 'blocked', reason: 'approvals 0/2', page: false }]);
  });

  it('is not taken for somebody who needs a healthy origin that stands by', () => {
    const observed = edgeOf([WEU, originOf('neu'), originOf('eus')], { minEnabled: 2, allowEnableStandby: true });
    const asked = situation({ acting: [outOf('neu')], leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    expect(lookAtEdge(observed, asked).steps).toEqual([]);
  });

  it('is what the other fold shows them', () => {
    const observed = edgeOf([WEU, originOf('neu')]);
    const { steps } = lookAtEdge(observed, situation({ leaving: [LEAVING], fields: FIELDS }));
    expect(steps.map(({ title }) => title)).toEqual(['weu: back in']);
  });

  it('is over where somebody else has brought the origin back', () => {
    const observed = edgeOf([originOf('weu'), originOf('neu')]);
    const asked = situation({ leaving: [LEAVING], unapproved: [LEAVING], fields: FIELDS });
    const { steps, verdicts } = lookAtEdge(observed, asked);
    expect(steps).toEqual([]);
    expect(verdicts).toEqual([{ intent: LEAVING, outcome: 'gone' }]);
  });
});

describe('a way back that a rule keeps back', () => {
  const drill = (weights: readonly number[]): Intent =>
    outOf('weu', {
      state: 'leaving',
      value: { enabled: false, urgency: 'planned', via: [50, 10], back: [...weights] },
    });

  it('is not turned round: who serves again stays in, and the newer wish yields', () => {
    const observed = { ...edgeOf([originOf('weu'), originOf('neu'), originOf('eus')]), hasGates: true };
    const full = new Map(['weu', 'neu', 'eus'].map((name) => [name, { safe: name === 'weu' ? 30 : 100, taken: 0 }]));
    const asked = situation({
      acting: [outOf('eus')],
      leaving: [emergencyOf('weu', { state: 'leaving' })],
      fields: [markOf('weu', { isShut: false }, { isShut: true })],
    });
    const measured = { division: { by: 'weight', load: 100 }, capacity: full, readings: {} } as const;
    const { steps, verdicts } = lookAtEdge({ ...observed, measured }, asked);
    expect(steps).toEqual([]);
    expect(verdicts.map(({ intent, outcome, reason }) => [intent.kind, intent.state, outcome, reason])).toEqual([
      ['out', 'open', 'blocked', 'insufficient-capacity'],
      ['out', 'leaving', 'gone', undefined],
    ]);
  });

  it('stays where it is in the middle of its steps', () => {
    const observed = { ...edgeOf([originOf('weu', { weight: 50 }), originOf('neu')]), awaited: [WEU.id] };
    const leaving = drill([50]);
    const asked = situation({
      leaving: [leaving],
      fields: [markOf('weu', { enabled: true }, { enabled: true }), markOf('weu', { weight: 100 }, { weight: 50 })],
    });
    expect(lookAtEdge({ ...observed, awaited: [] }, asked).steps).toHaveLength(1);
    const { steps, verdicts } = lookAtEdge(observed, asked);
    expect(steps).toEqual([]);
    expect(verdicts).toEqual([{ intent: leaving, outcome: 'blocked', reason: MANUAL_STEP_WAITS, page: false }]);
  });
});

describe('a gate that is opened', () => {
  const gated = (hasRoom: boolean): ReturnType<typeof lookAtEdge> => {
    const observed = {
      ...edgeOf([originOf('weu', { isShut: true, healthy: undefined }), originOf('neu')]),
      hasGates: true,
    };
    const capacity = new Map([
      ['weu', { safe: hasRoom ? 100 : 10, taken: 0 }],
      ['neu', { safe: 100, taken: 0 }],
    ]);
    const measured = { division: { by: 'weight', load: 100 }, capacity, readings: {} } as const;
    const asked = situation({
      leaving: [emergencyOf('weu', { state: 'leaving' })],
      fields: [markOf('weu', { isShut: false }, { isShut: true })],
    });
    return lookAtEdge({ ...observed, measured }, asked);
  };

  it('shows an origin that counts as healthy, for the probes have seen the gate alone', () => {
    expect(gated(true).steps.map(({ title }) => title)).toEqual(['weu: gate open']);
  });

  it('stays shut before what is behind it cannot carry its part', () => {
    expect(gated(false).steps).toEqual([]);
    expect(gated(false).verdicts).toMatchObject([{ outcome: 'blocked', reason: 'insufficient-capacity' }]);
  });
});

describe('a standby that was let in and has left the fleet', () => {
  const standby = originOf('eus', { weight: 1 });
  const asked = (outs: readonly Intent[]) => ({
    acting: [...outs, outOf('eus', { kind: 'removed', by: { reaction: 'fleet' }, value: { restored: true } })],
    fields: [
      markOf('eus', { enabled: false }, { enabled: true }),
      markOf('neu', { enabled: true }, { enabled: false }),
    ],
  });
  const observed = (isNeuOut: boolean): ObservedEdge => {
    const seen = capacities(
      edgeOf([originOf('weu'), originOf('neu', { enabled: !isNeuOut }), standby], { partial: true }),
      { weu: 99.5, neu: 100, eus: 100 },
    );
    const removed = { origins: [standby.id], isWhole: false, isNoted: true, isWritable: true };
    return { ...seen, edge: { ...seen.edge, removed } };
  };

  it('is not over while others need it where it is', () => {
    const { steps, verdicts } = look(observed(true), asked([emergencyOf('neu')]));
    expect([steps, verdicts]).toEqual([[], ['done region-bad', 'blocked command insufficient-capacity !']]);
  });

  it('goes back when they no longer do', () => {
    expect(look(observed(false), asked([])).steps).toEqual(['eus: out (its weight 1 stays)']);
  });
});

describe('a drain that a gate has made for several', () => {
  const shut = originOf('weu', { isShut: true, healthy: undefined });
  const planned = outOf('weu', { state: 'leaving', mode: 'propose', approvals: { needed: 1, withinMs: 1_000 } });

  it('stays a gate when only the one is left that would have asked for a write', () => {
    const seen = { ...edgeOf([shut, originOf('neu')]), hasGates: true };
    const fields = [markOf('weu', { isShut: false }, { isShut: true })];
    const { steps, verdicts } = look(seen, { leaving: [planned], unapproved: [planned], fields });
    expect([steps, verdicts]).toEqual([[], ['blocked command approvals 0/1']]);
  });
});
