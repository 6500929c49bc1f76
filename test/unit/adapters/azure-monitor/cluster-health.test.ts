import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ClusterHealthEvidence, readyPods } from '../../../../shared/adapters/azure-monitor/cluster-health.ts';
import type { MetricSeries } from '../../../../shared/adapters/azure-monitor/metrics.ts';
import type { EdgeVote } from '../../../../shared/ports/evidence-source.ts';
import { MINUTE, scriptedArm, watched, type Metrics, type Scripted } from '../evidence.ts';

const EDGE = watched({ clusters: { minReadyNodes: 0.6, minReadyPods: 0.8 } });

const node = (status: string, points: Scripted['points'], condition = 'Ready'): Scripted => ({
  dimensions: { condition, status },
  points,
});
const ready = (condition: string, points: Scripted['points']): Scripted => ({ dimensions: { condition }, points });
const phase = (name: string, points: Scripted['points']): Scripted => ({ dimensions: { phase: name }, points });

async function votesOf(metrics: Metrics, edge = EDGE) {
  const arm = scriptedArm(metrics);
  const votes = await arm.clock.run(new ClusterHealthEvidence(arm.options).measure(edge));
  const vote = (source: string, region = 'weu'): EdgeVote | undefined =>
    votes.find((one) => one.source === source && one.region === region);
  return { ...arm, votes, vote };
}

interface Case {
  readonly series: readonly Scripted[];
  readonly phases: readonly Scripted[];
  readonly isBad?: boolean;
}

describe('nodes', () => {
  it.each`
    what                                        | series                                                                                      | isBad
    ${'all are ready'}                          | ${[node('true', { 1: 5 }), node('false', { 1: 0 }), node('unknown', { 1: 0 })]}             | ${false}
    ${'just enough are'}                        | ${[node('true', { 1: 3 }), node('false', { 1: 1 }), node('unknown', { 1: 1 })]}             | ${false}
    ${'too few are'}                            | ${[node('true', { 1: 2 }), node('false', { 1: 0 }), node('unknown', { 1: 3 })]}             | ${true}
    ${'none is, and no series says true'}       | ${[node('unknown', { 1: 3 })]}                                                              | ${true}
    ${'other conditions are false, as is well'} | ${[node('true', { 1: 3 }), node('false', { 1: 9 }, 'DiskPressure')]}                        | ${false}
    ${'none is told to be ready any more'}      | ${[node('true', { 3: 3 }), node('false', { 1: 3, 2: 0 }), node('true', { 2: 3 }, 'Other')]} | ${true}
    ${'the part that says true is late'}        | ${[node('true', { 2: 3 }), node('false', { 1: 3, 2: 0 })]}                                  | ${false}
    ${'no minute is whole'}                     | ${[node('true', { 2: 3 }), node('false', { 1: 3 })]}                                        | ${undefined}
    ${'points have no values'}                  | ${[node('true', { 1: null }), node('false', { 1: null })]}                                  | ${undefined}
    ${'all values are 0'}                       | ${[node('true', { 1: 0 }), node('false', { 1: 0 })]}                                        | ${undefined}
    ${'there are no metrics'}                   | ${[]}                                                                                       | ${undefined}
  `('are bad: $isBad, where $what', async ({ series, isBad }: Case) => {
    const { vote } = await votesOf({ weu: { kube_node_status_condition: series } });
    const expected = isBad === undefined ? { hasNoData: true } : { isBad, hasNoData: false };
    expect(vote('aks-nodes')).toEqual({
      ...{ source: 'aks-nodes', region: 'weu', takenIn: 'westeurope', at: expect.any(Number) as number },
      ...expected,
    });
  });
});

describe('pods', () => {
  it.each`
    what                                    | series                                                  | phases                                                         | isBad
    ${'all that run are ready'}             | ${[ready('true', { 1: 9 }), ready('false', { 1: 0 })]}  | ${[phase('Running', { 1: 9 })]}                                | ${false}
    ${'too few are'}                        | ${[ready('true', { 1: 7 }), ready('false', { 1: 2 })]}  | ${[phase('Running', { 1: 9 })]}                                | ${true}
    ${'none is'}                            | ${[ready('false', { 1: 9 })]}                           | ${[phase('Running', { 1: 5 }), phase('Pending', { 1: 4 })]}    | ${true}
    ${'what is not ready has finished'}     | ${[ready('true', { 1: 9 }), ready('false', { 1: 90 })]} | ${[phase('Running', { 1: 9 }), phase('Succeeded', { 1: 90 })]} | ${false}
    ${'what is not ready cannot be placed'} | ${[ready('true', { 1: 7 })]}                            | ${[phase('Running', { 1: 7 }), phase('Pending', { 1: 3 })]}    | ${true}
    ${'phases are not told'}                | ${[ready('true', { 1: 9 })]}                            | ${[]}                                                          | ${undefined}
    ${'readiness is not told'}              | ${[]}                                                   | ${[phase('Running', { 1: 9 })]}                                | ${undefined}
    ${'nothing runs'}                       | ${[ready('true', { 1: 0 })]}                            | ${[phase('Running', { 1: 0 })]}                                | ${undefined}
  `('are bad: $isBad, where $what', async ({ series, phases, isBad }: Case) => {
    const { vote } = await votesOf({ weu: { kube_pod_status_ready: series, kube_pod_status_phase: phases } });
    expect([vote('aks-pods')?.isBad, vote('aks-pods')?.hasNoData]).toEqual([isBad, isBad === undefined]);
    expect(vote('aks-pods')?.takenIn).toBe('westeurope');
  });

  it('are never more than all of those that should serve', () => {
    const one = (name: string) =>
      fc
        .nat(20)
        .map((value): MetricSeries => ({ dimensions: new Map([[name, 'true']]), values: new Map([[0, value]]) }));
    const running = fc.nat(20).map((value): MetricSeries => ({
      dimensions: new Map([['phase', 'running']]),
      values: new Map([[0, value]]),
    }));
    fc.assert(
      fc.property(one('condition'), running, (condition, phases) => {
        const told = readyPods([condition], [phases]);
        expect(told === undefined).toBe(phases.values.get(0) === 0);
        expect(told?.share ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('AKS', () => {
  it('has two votes for each cluster, as old as their minute', async () => {
    const well = { kube_node_status_condition: [node('true', { 1: 5 })] };
    const { votes, vote, clock } = await votesOf({ weu: well, neu: well });
    expect(votes.map(({ source, region, hasNoData }) => [source, region, hasNoData])).toEqual([
      ['aks-nodes', 'weu', false],
      ['aks-pods', 'weu', true],
      ['aks-nodes', 'neu', false],
      ['aks-pods', 'neu', true],
    ]);
    expect(vote('aks-nodes', 'neu')?.at).toBe(clock.now().getTime());
  });

  it('does not ask for minutes that may still change', async () => {
    const arm = scriptedArm({});
    await arm.clock.run(new ClusterHealthEvidence({ ...arm.options, lagMs: 3 * MINUTE }).measure(EDGE));
    expect(arm.asked[0]?.searchParams.get('timespan')).toBe('2026-01-05T07:55:00.000Z/2026-01-05T07:57:00.000Z');
    expect(arm.asked[0]?.searchParams.get('aggregation')).toBe('total');
  });

  it('is not asked where the fleet file does not say so', async () => {
    expect((await votesOf({}, watched({ resourceHealth: true }))).asked).toEqual([]);
    expect((await votesOf({}, watched())).votes).toEqual([]);
  });

  it('loses only the vote that cannot be had', async () => {
    const refused = Response.json({}, { status: 429, headers: { 'retry-after': '7' } });
    const pods = {
      kube_pod_status_ready: [ready('true', { 1: 9 })],
      kube_pod_status_phase: [phase('Running', { 1: 9 })],
    };
    const { votes, log } = await votesOf(
      { weu: { kube_node_status_condition: refused, ...pods } },
      {
        ...EDGE,
        origins: EDGE.origins.slice(0, 1),
      },
    );
    expect(votes).toEqual([expect.objectContaining({ source: 'aks-pods', isBad: false })]);
    expect(log.lines).toEqual([expect.objectContaining({ of: 'weu aks-nodes' })]);
  });
});
