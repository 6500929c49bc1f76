import { describe, expect, it } from 'vitest';

import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import { lookAtCluster } from '../../../../shared/targets/cluster/next.ts';
import type { ObservedCluster } from '../../../../shared/targets/cluster/observe.ts';
import { entryOf } from '../../reconcile/rows.ts';
import { bare, clusterOf, floorOf, idOf, markOf, poolOf, situation, stepOf } from './cluster.ts';

const RAISED = poolOf('user', { autoscaler: { min: 6, max: 10 } });
const LATE = new Date('2026-01-01T00:15:01Z');

/** The look in words. */
function look(observed: ObservedCluster, asked: Partial<Situation>) {
  const { steps, verdicts, change, ...more } = lookAtCluster(observed, situation(asked));
  return {
    steps: steps.map(({ from, to, effect }) => `${effect} ${Number(from['minCount'])} to ${Number(to['minCount'])}`),
    verdicts: verdicts.map(({ outcome, reason, page }) =>
      [outcome, ...(reason === undefined ? [] : [reason]), ...(page === true ? ['!'] : [])].join(' '),
    ),
    ...(change === undefined ? {} : { change: change.minCount }),
    ...more,
  };
}

it('a floor is one write, which does not wait for a plan that stands still', () => {
  const { steps, change } = lookAtCluster(clusterOf([poolOf()]), situation({ acting: [floorOf(6)] }));
  expect(change).toEqual({ pool: idOf('user'), minCount: 6 });
  expect(steps).toEqual([
    {
      id: 'min-count:user',
      title: 'keep at least 6 nodes in pool user of here, before 3',
      effect: 'scale-up',
      ...{ from: { minCount: 3 }, to: { minCount: 6 } },
      changes: [{ subject: idOf('user'), group: 'min-count', from: { minCount: 3 }, to: { minCount: 6 } }],
      predicates: ['the autoscaler is on and keeps 10 nodes at most'],
      ...{ onFailure: 'back', isUrgent: true },
    },
  ]);
});

it('the way back is one write, which is no emergency, and stands still where it fails', () => {
  const asked = situation({ leaving: [floorOf(6, { state: 'leaving' })], fields: [markOf(3, 6)] });
  expect(lookAtCluster(clusterOf([RAISED]), asked).steps).toEqual([expect.not.objectContaining({ isUrgent: true })]);
  expect(lookAtCluster(clusterOf([RAISED]), asked).steps[0]).toMatchObject({
    title: 'put back to at least 3 nodes in pool user of here, before 6',
    onFailure: 'stay',
  });
});

describe('a floor', () => {
  it.each<[string, ObservedCluster, Partial<Situation>, object]>([
    ['is true already', clusterOf([poolOf()]), { acting: [floorOf(3)] }, { verdicts: ['done'] }],
    [
      'that somebody else has set higher is',
      clusterOf([{ ...RAISED, count: 6 }]),
      { acting: [floorOf(4)] },
      { verdicts: ['done'] },
    ],
    ['waits for its nodes', clusterOf([RAISED]), { acting: [floorOf(6)] }, { verdicts: ['done waiting-for-nodes'] }],
    [
      'whose nodes do not come calls people',
      clusterOf([RAISED]),
      { acting: [floorOf(6)], now: LATE },
      { verdicts: ['done nodes-late !'] },
    ],
    [
      'whose nodes were ordered a moment ago waits for them',
      clusterOf([RAISED]),
      { acting: [floorOf(6)], now: LATE, lastWrites: { [idOf('user')]: '2026-01-01T00:10:00.000Z' } },
      { verdicts: ['done waiting-for-nodes'] },
    ],
    [
      'of which more was asked for a moment ago waits for them',
      clusterOf([RAISED]),
      { acting: [floorOf(6, { asOf: '2026-01-01T00:10:00.000Z' })], now: LATE },
      { verdicts: ['done waiting-for-nodes'] },
    ],
    [
      'goes as far as the autoscaler does',
      clusterOf([poolOf()]),
      { acting: [floorOf(12)] },
      { steps: ['scale-up 3 to 10'], change: 10, verdicts: ['act'] },
    ],
    [
      'is the greatest that anybody wants',
      clusterOf([poolOf()]),
      { acting: [floorOf(6), floorOf(8, { cause: 'another' })] },
      { steps: ['scale-up 3 to 8'], change: 8, verdicts: ['act', 'act'] },
    ],
    [
      'of another pool is nothing to this one',
      clusterOf([poolOf(), poolOf('web')]),
      { acting: [floorOf(6, { subject: idOf('web') })], leaving: [floorOf(4, { state: 'leaving' })] },
      { steps: ['scale-up 3 to 6'], change: 6, verdicts: ['act', 'gone'] },
    ],
    [
      'of a pool that is not there calls people',
      clusterOf([]),
      { acting: [floorOf(6)] },
      { verdicts: ['blocked config-error:pool-not-found !'] },
    ],
    [
      'of a pool without an autoscaler calls people',
      clusterOf([bare()]),
      { acting: [floorOf(6)] },
      { verdicts: ['blocked config-error:no-autoscaler !'] },
    ],
    [
      'waits while somebody writes',
      clusterOf([poolOf('user', { isTerminal: false })]),
      { acting: [floorOf(6)] },
      { steps: ['scale-up 3 to 6'], verdicts: ['act'], wait: { ms: 15_000, reason: 'busy' } },
    ],
    [
      'outside of the ceiling calls people',
      clusterOf([poolOf()], { isWritable: false }),
      { acting: [floorOf(6)] },
      { verdicts: ['blocked outside-ceiling !'], wait: { reason: 'outside-ceiling' } },
    ],
    [
      'is held by the gate of all automation',
      clusterOf([poolOf()], { automation: 'off' }),
      { acting: [floorOf(6)] },
      { verdicts: ['blocked gate-off !'], wait: { reason: 'gate-off' } },
    ],
    [
      'that is true is held by nothing',
      clusterOf([poolOf()], { isWritable: false }),
      { acting: [floorOf(3)] },
      { verdicts: ['done'] },
    ],
  ])('%s', (_, observed, asked, expected) => {
    expect(look(observed, asked)).toEqual({ steps: [], ...expected });
  });
});

describe('what somebody else has set', () => {
  const lowered = clusterOf([poolOf('user', { autoscaler: { min: 4, max: 10 } })]);
  const raised = clusterOf([poolOf('user', { autoscaler: { min: 7, max: 10 }, count: 7 })]);
  const leaving = [floorOf(6, { state: 'leaving' })];
  const foreign = [{ subject: idOf('user'), group: 'min-count' }];

  it.each<[string, ObservedCluster, Partial<Situation>, object]>([
    ['lower is drift', lowered, { acting: [floorOf(6)] }, { verdicts: ['blocked drift !'] }],
    [
      'lower gives way to more than was asked for before',
      lowered,
      { acting: [floorOf(7)] },
      { steps: ['scale-up 4 to 7'], change: 7, verdicts: ['act'] },
    ],
    [
      'lower, as the most, is drift',
      clusterOf([poolOf('user', { autoscaler: { min: 4, max: 4 } })]),
      { acting: [floorOf(6)] },
      { verdicts: ['blocked drift !'] },
    ],
    ['higher stays', raised, { acting: [floorOf(6)] }, { verdicts: ['done'] }],
    ['lower stays when the floor goes', lowered, { leaving }, { verdicts: ['gone'], foreign }],
    ['higher stays when the floor goes', raised, { leaving }, { verdicts: ['gone'], foreign }],
    ['is known to be theirs although nobody wants a floor', raised, {}, { verdicts: [], foreign }],
    [
      'is not told apart while a floor waits for people',
      raised,
      { dormant: [floorOf(9, { mode: 'propose' })] },
      { verdicts: [] },
    ],
    ['instead of the pool ends what was ours', clusterOf([]), { leaving }, { verdicts: ['gone'], foreign }],
    ['instead of the autoscaler ends it as well', clusterOf([bare()]), { leaving }, { verdicts: ['gone'], foreign }],
  ])('%s', (_, observed, asked, expected) => {
    expect(look(observed, { fields: [markOf(3, 6)], ...asked })).toEqual({ steps: [], ...expected });
  });
});

describe('what we have set', () => {
  const ours = clusterOf([RAISED]);
  const journal = [entryOf(stepOf(5, 6), 'written')];

  it.each<[string, Partial<Situation>, readonly string[]]>([
    ['goes back to what stood there at first', {}, ['scale-back 6 to 3']],
    ['goes back as it leaves', { leaving: [floorOf(6, { state: 'leaving' })] }, ['scale-back 6 to 3']],
    ['stays while a floor waits for people', { dormant: [floorOf(9, { mode: 'propose' })] }, []],
    ['stays while a floor that went wrong waits', { dormant: [floorOf(9, { state: 'failed' })] }, []],
    [
      'goes back beside a floor of another pool',
      { dormant: [floorOf(9, { subject: idOf('web') })] },
      ['scale-back 6 to 3'],
    ],
    ['is undone to where it began', { isUndoing: true, journal, acting: [floorOf(6)] }, ['scale-back 6 to 5']],
    [
      'is undone to where it first began',
      { isUndoing: true, journal: [entryOf(stepOf(4, 5), 'written'), ...journal] },
      ['scale-back 6 to 4'],
    ],
    ['is not undone by what was done elsewhere', { isUndoing: true, journal: [entryOf(stepOf(5, 6, 'web'))] }, []],
    ['is not written again', { fields: [markOf(6, 6)] }, []],
  ])('%s', (_, asked, steps) => {
    expect(look(ours, { fields: [markOf(3, 6)], ...asked }).steps).toEqual(steps);
  });

  it.each<[string, number, number]>([
    ['there', 6, 6],
    ['not there', 3, 3],
    ['replaced by somebody', 5, 3],
  ])('in a write that went wrong is %s', (_, min, written) => {
    const pool = poolOf('user', { autoscaler: { min, max: 10 } });
    const fields = [markOf(3, 3, { attempted: { minCount: 6 } })];
    expect(look(clusterOf([pool]), { fields }).found).toEqual([
      { subject: idOf('user'), group: 'min-count', written: { minCount: written } },
    ]);
  });
});

it('pools are written one after another, by their names', () => {
  const pools = [poolOf('web'), poolOf('app'), bare('gpu')];
  const acting = pools.map(({ id }) => floorOf(6, { subject: id }));
  const { steps, change } = lookAtCluster(clusterOf(pools), situation({ acting }));
  expect(steps.map(({ id }) => id)).toEqual(['min-count:app', 'min-count:web']);
  expect(change?.pool).toBe(idOf('app'));
});
