import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../../shared/intents/intent.ts';
import type { Field, Situation } from '../../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../../shared/targets/edge/index.ts';
import { agree } from '../../../../../shared/targets/edge/agreement/agree.ts';
import { lookAtEdge } from '../../../../../shared/targets/edge/next.ts';
import { capacities, look, written } from '../look.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from '../observed.ts';

type Policies = Parameters<typeof edgeOf>[1];

const SICK = originOf('weu', { healthy: false });
const NEU = originOf('neu');
const EUS = originOf('eus');
const PLANNED = { enabled: false, urgency: 'planned' };

describe('what breaks a rule', () => {
  const three: Policies = { maxDrainFraction: 0.5 };
  const both = [outOf('weu'), outOf('neu', { cause: 'second', openedAt: '2026-01-01T00:00:01.000Z' })];

  it.each<[string, ObservedEdge, Partial<Situation>, readonly string[], readonly string[]]>([
    [
      'yields: the newest of its rank',
      edgeOf([originOf('weu'), NEU, EUS], three),
      { acting: both },
      ['weu: out (its weight 100 stays)'],
      ['act command', 'blocked second max-drain-fraction !'],
    ],
    [
      'yields: what is not there yet',
      edgeOf([originOf('weu'), originOf('neu', { enabled: false }), EUS], three),
      { acting: both, fields: [markOf('neu', { enabled: true }, { enabled: false })] },
      [],
      ['blocked command max-drain-fraction !', 'done second'],
    ],
    [
      'yields: a planned drain to an emergency',
      edgeOf([SICK, NEU, EUS], three),
      { acting: [emergencyOf('weu', { openedAt: '2026-01-02T00:00:00.000Z' }), outOf('neu')] },
      ['weu: out (its weight 100 stays)'],
      ['act region-bad', 'blocked command max-drain-fraction !'],
    ],
    [
      'yields: a person’s pin to the drain of what is called bad, though probes call it well',
      edgeOf([originOf('weu', { isCalledBad: true }), NEU]),
      { acting: [pinOf('neu', 'out'), emergencyOf('weu')] },
      ['weu: out (its weight 100 stays)'],
      ['blocked pin last-enabled !', 'act region-bad'],
    ],
    [
      'keeps weights from what is called bad',
      edgeOf([originOf('weu', { isCalledBad: true }), NEU]),
      { acting: [sharesOf({ weu: 900 })] },
      [],
      ['blocked shares targets-called-bad'],
    ],
    [
      'yields: shares before drains',
      capacities(edgeOf([originOf('weu'), NEU]), { weu: 60, neu: 60 }),
      { acting: [sharesOf({ weu: 900 }), pinOf('neu', 'in')] },
      [],
      ['blocked shares insufficient-capacity !', 'done pin'],
    ],
    [
      'yields alone: what had nothing to do with it comes back',
      edgeOf([originOf('weu'), NEU], { minEnabled: 2 }),
      { acting: [outOf('weu'), sharesOf({ neu: 150 })] },
      ['neu: weight 100 to 150'],
      ['blocked command safety-rule:atleast-2', 'act shares'],
    ],
    [
      'holds back a way back as well',
      capacities(edgeOf([originOf('weu', { enabled: false }), NEU]), { weu: 1, neu: 100 }),
      { leaving: [outOf('weu', { state: 'leaving' })], fields: [markOf('weu', { enabled: true }, { enabled: false })] },
      [],
      ['blocked command insufficient-capacity !'],
    ],
    [
      'keeps traffic from what is sick',
      edgeOf([originOf('weu', { enabled: false, healthy: false }), NEU]),
      { leaving: [outOf('weu', { state: 'leaving' })], fields: [markOf('weu', { enabled: true }, { enabled: false })] },
      [],
      ['blocked command target-unhealthy'],
    ],
    [
      'keeps traffic from what nobody knows',
      edgeOf([originOf('weu', { healthy: undefined }), NEU]),
      { acting: [sharesOf({ weu: 150 })] },
      [],
      ['blocked shares target-health-unknown'],
    ],
    [
      'keeps the last one in, whoever has pinned it out',
      edgeOf([originOf('weu'), originOf('neu', { enabled: false })]),
      { acting: [pinOf('weu', 'out')] },
      [],
      ['blocked pin last-enabled !'],
    ],
    [
      'keeps the last that is well in, whoever has pinned it out',
      edgeOf([originOf('weu'), originOf('neu', { healthy: false })]),
      { acting: [pinOf('weu', 'out')] },
      [],
      ['blocked pin last-healthy !'],
    ],
    [
      'keeps what is sick out, whoever has pinned it in, and nothing else back',
      edgeOf([originOf('weu', { enabled: false, healthy: false }), originOf('neu', { healthy: false }), EUS], three),
      { acting: [pinOf('weu', 'in'), emergencyOf('neu')], fields: [] },
      [],
      ['blocked pin target-unhealthy', 'blocked region-bad max-drain-fraction !'],
    ],
    [
      'lets a pin win over an emergency',
      edgeOf([originOf('weu'), originOf('neu', { healthy: false }), EUS], three),
      { acting: [pinOf('weu', 'out'), emergencyOf('neu')] },
      ['weu: out (its weight 100 stays)'],
      ['act pin', 'blocked region-bad max-drain-fraction !'],
    ],
    [
      'says that it raced',
      edgeOf([originOf('weu'), originOf('neu', { enabled: false })]),
      { acting: [outOf('weu')], journal: [written('weu', 'enabled', { state: 'stale' })] },
      [],
      ['blocked command state-changed !'],
    ],
  ])('%s', (_, observed, asked, steps, verdicts) => {
    const found = look(observed, asked);
    expect({ steps: found.steps, verdicts: found.verdicts }).toEqual({ steps, verdicts });
  });

  it('of two that are alike in all but who asks, always the same one yields', () => {
    const ask = (person: string): Intent => outOf('weu', { by: { person }, value: { ...PLANNED, via: [50] } });
    const pair = [ask('ann'), ask('bob'), outOf('neu', { cause: 'other' })];
    const observed = edgeOf([originOf('weu'), NEU, EUS], { minEnabled: 3 });
    const verdicts = (acting: readonly Intent[]): unknown =>
      lookAtEdge(observed, situation({ acting }))
        .verdicts.map(({ intent, outcome, reason }) => [JSON.stringify([intent.by, intent.subject]), outcome, reason])
        .toSorted();
    expect(verdicts(pair.toReversed())).toEqual(verdicts(pair));
  });
});

describe('what may not begin', () => {
  it('is kept back before anything is weighed, and keeps nothing else back', () => {
    const found = look(edgeOf([originOf('weu', { healthy: false }), NEU, EUS], { blockedDates: ['01-01'] }), {
      acting: [outOf('neu'), emergencyOf('weu')],
    });
    expect(found.verdicts).toEqual(['blocked command blocked-date', 'act region-bad']);
  });

  it('is nothing at all where nothing is measured', () => {
    const read = Object.entries(edgeOf([SICK, NEU])).filter(([key]) => key !== 'measured');
    const unread = Object.fromEntries(read) as unknown as ObservedEdge;
    const { strides, possible } = agree(unread, situation({ acting: [emergencyOf('weu')] }));
    const blind = agree({ ...unread, isBlind: true }, situation({ acting: [emergencyOf('weu')] }));
    expect([strides, possible, blind.possible]).toEqual([[], [], []]);
  });
});

describe('where not all fits', () => {
  const standby = [originOf('dr', { enabled: false }), NEU, SICK];
  const tight = { neu: 80, weu: 100, dr: 100 };

  it('a standby serves first, where the owner allows it', () => {
    const found = look(capacities(edgeOf(standby, { allowEnableStandby: true }), tight), {
      acting: [emergencyOf('weu')],
    });
    expect(found.steps).toEqual(['dr: back in, to make room for weu', 'weu: out (its weight 100 stays)']);
  });

  it('it does not otherwise', () => {
    const found = look(capacities(edgeOf(standby), tight), { acting: [emergencyOf('weu')] });
    expect(found).toEqual({ steps: [], verdicts: ['blocked region-bad insufficient-capacity !'] });
  });

  it('it does not where a person has pinned it out', () => {
    const acting = [emergencyOf('weu'), pinOf('dr', 'out')];
    const found = look(capacities(edgeOf(standby, { allowEnableStandby: true }), tight), { acting });
    expect(found.verdicts).toEqual(['blocked region-bad insufficient-capacity !', 'done pin']);
  });

  it('as much is moved as fits, where the owner allows it', () => {
    const observed = capacities(edgeOf([originOf('weu'), NEU], { partial: true }), { neu: 80, weu: 100 });
    expect(look(observed, { acting: [emergencyOf('weu')] }).steps).toEqual(['weu: weight 100 to 25']);
    const there = capacities(edgeOf([originOf('weu', { weight: 25 }), NEU], { partial: true }), { neu: 80, weu: 100 });
    const fields = [markOf('weu', { weight: 100 }, { weight: 25 })];
    expect(look(there, { acting: [emergencyOf('weu')], fields })).toEqual({ steps: [], verdicts: ['done region-bad'] });
  });

  it.each<[string, number, number, readonly string[]]>([
    ['stays when more would fit', 25, 90, []],
    ['stays when less would', 25, 100, []],
    ['comes back as far as the others carry too much', 25, 110, ['weu: weight 25 to 38']],
    ['goes with the rest when all of it fits', 25, 80, ['weu: out (its weight 25 stays)']],
  ])('a part that was taken %s', (_, weight, load, steps) => {
    const edge = edgeOf([originOf('weu', { weight }), NEU], { partial: true, redistribute: 'capacity' });
    const fields = [markOf('weu', { weight: 100 }, { weight })];
    const found = look(capacities(edge, { neu: 80, weu: 100 }, load), { acting: [emergencyOf('weu')], fields });
    expect(found.steps).toEqual(steps);
  });

  it('a part is what remains of somebody’s share', () => {
    const acting = [emergencyOf('weu'), sharesOf({ weu: 60, neu: 100 })];
    const seen = (weight: number): ReturnType<typeof edgeOf> =>
      capacities(edgeOf([originOf('weu', { weight }), NEU], { partial: true }), { neu: 80, weu: 100 });
    const fields = (written: number): readonly Field[] => [markOf('weu', { weight: 500 }, { weight: written })];
    expect(look(seen(60), { acting, fields: fields(60) }).steps).toEqual(['weu: weight 60 to 25']);
    expect(look(seen(25), { acting, fields: fields(25) }).steps).toEqual([]);
  });

  it('a part is taken by one write: what still serves is no reason to divide anew', () => {
    const edge = edgeOf([originOf('weu'), NEU], { partial: true, redistribute: 'capacity' });
    const found = look(capacities(edge, { neu: 80, weu: 100 }), { acting: [emergencyOf('weu')] });
    expect(found.steps).toEqual(['weu: weight 100 to 25']);
  });

  it('a part is taken whoever wants something out that the edge does not have', () => {
    const observed = capacities(edgeOf([originOf('weu'), NEU], { partial: true }), { neu: 80, weu: 100 });
    const stranger = emergencyOf('gone', { openedAt: '2025-01-01T00:00:00.000Z' });
    expect(look(observed, { acting: [stranger, emergencyOf('weu')] }).steps).toEqual(['weu: weight 100 to 25']);
  });

  it('nothing is moved where no part fits, or two would go', () => {
    const none = capacities(edgeOf([originOf('weu'), NEU], { partial: true }), { neu: 10, weu: 100 });
    expect(look(none, { acting: [emergencyOf('weu')] }).steps).toEqual([]);
    const full = capacities(edgeOf([originOf('weu'), NEU], { partial: true }), { neu: 50, weu: 100 });
    expect(look(full, { acting: [emergencyOf('weu')] })).toEqual({
      steps: [],
      verdicts: ['blocked region-bad insufficient-capacity !'],
    });
    const two = capacities(edgeOf([originOf('weu'), NEU, EUS], { partial: true }), { neu: 80, weu: 100, eus: 90 });
    const acting = [emergencyOf('weu'), emergencyOf('neu')];
    expect(look(two, { acting }).verdicts).toContain('blocked region-bad insufficient-capacity !');
  });
});

describe('somebody else’s value', () => {
  const fields = [markOf('weu', { enabled: true }, { enabled: false })];
  const back = edgeOf([originOf('weu', { healthy: false }), NEU]);

  it.each<[string, ObservedEdge, Partial<Situation>, object]>([
    [
      'is put right once in an emergency',
      back,
      { acting: [emergencyOf('weu')], fields },
      { steps: ['weu: out (its weight 100 stays)'], verdicts: ['act region-bad drift !'] },
    ],
    [
      'is left alone the second time',
      back,
      { acting: [emergencyOf('weu')], fields: [{ ...fields[0]!, corrections: 1 }] },
      { steps: [], verdicts: ['blocked region-bad drift !'] },
    ],
    [
      'is left alone in a planned move',
      back,
      { acting: [outOf('weu')], fields },
      { steps: [], verdicts: ['blocked command drift !'] },
    ],
    [
      'is put right where a person has pinned it',
      back,
      { acting: [pinOf('weu', 'out')], fields },
      { steps: ['weu: out (its weight 100 stays)'], verdicts: ['act pin'] },
    ],
    [
      'is nobody’s matter where nobody wants anything',
      back,
      { fields },
      { steps: [], verdicts: [], foreign: [{ subject: SICK.id, group: 'enabled' }] },
    ],
    [
      'is put right for an emergency that has no room otherwise, and is no news of one that is over with',
      capacities(
        edgeOf([SICK, originOf('neu', { weight: 200 }), EUS, originOf('uks', { enabled: false })]),
        { weu: 100, neu: 70, eus: 90, uks: 100 },
        120,
      ),
      {
        acting: [emergencyOf('weu'), emergencyOf('uks', { cause: 'before' }), sharesOf({ neu: 50 })],
        fields: [
          markOf('neu', { weight: 100 }, { weight: 50 }, { writtenAt: '2026-01-01T00:00:00.000Z' }),
          markOf('uks', { enabled: true }, { enabled: false }),
        ],
      },
      { verdicts: ['act region-bad drift !', 'done before', 'act shares'] },
    ],
  ])('%s', (_, observed, asked, expected) => {
    expect(look(observed, asked)).toMatchObject(expected);
  });
});
