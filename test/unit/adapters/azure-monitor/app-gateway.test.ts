import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AppGatewayEvidence, hostsVerdict } from '../../../../shared/adapters/azure-monitor/app-gateway.ts';
import type { MetricSeries } from '../../../../shared/adapters/azure-monitor/metrics.ts';
import { GATEWAY, MINUTE, scriptedArm, watched, type Metrics, type Scripted } from '../evidence.ts';

const EDGE = watched({ appGateways: { weu: `${GATEWAY}/agw-weu` } });

const pool = (name: string, points: Scripted['points']): Scripted => ({
  dimensions: { BackendSettingsPool: name },
  points,
});

function hosts(healthy: readonly Scripted[] | Response, unhealthy: readonly Scripted[] | Response): Metrics {
  return { 'agw-weu': { HealthyHostCount: healthy, UnhealthyHostCount: unhealthy } };
}

async function votesOf(metrics: Metrics, edge = EDGE) {
  const arm = scriptedArm(metrics);
  const votes = await arm.clock.run(new AppGatewayEvidence(arm.options).measure(edge));
  return { ...arm, votes };
}

describe('Application Gateway', () => {
  it.each`
    what                                      | healthy                                       | unhealthy                                     | isBad
    ${'no host is healthy'}                   | ${[pool('a', { 1: 0 })]}                      | ${[pool('a', { 1: 2 })]}                      | ${true}
    ${'one host of two is'}                   | ${[pool('a', { 1: 1 })]}                      | ${[pool('a', { 1: 1 })]}                      | ${false}
    ${'a host was for half the minute'}       | ${[pool('a', { 1: 0.5 })]}                    | ${[pool('a', { 1: 0.5 })]}                    | ${false}
    ${'another pool has no hosts at all'}     | ${[pool('a', { 1: 0 }), pool('b', { 1: 0 })]} | ${[pool('a', { 1: 2 }), pool('b', { 1: 0 })]} | ${true}
    ${'one pool is dead and the other alive'} | ${[pool('a', { 1: 0 }), pool('b', { 1: 1 })]} | ${[pool('a', { 1: 2 }), pool('b', { 1: 0 })]} | ${undefined}
    ${'one of two pools is told by half'}     | ${[pool('a', { 1: 0 })]}                      | ${[pool('a', { 1: 2 }), pool('b', { 1: 1 })]} | ${undefined}
    ${'only sick hosts are told of'}          | ${[]}                                         | ${[pool('a', { 1: 2 })]}                      | ${undefined}
    ${'there is a point without value'}       | ${[pool('a', { 1: null })]}                   | ${[pool('a', { 1: 2 })]}                      | ${undefined}
    ${'no pool has hosts'}                    | ${[pool('a', { 1: 0 })]}                      | ${[pool('a', { 1: 0 })]}                      | ${undefined}
    ${'no requests flow'}                     | ${[]}                                         | ${[]}                                         | ${undefined}
    ${'the minute is too old'}                | ${[pool('a', { 3: 0 })]}                      | ${[pool('a', { 3: 2 })]}                      | ${undefined}
  `('says $isBad where $what', async ({ healthy, unhealthy, isBad }: Case) => {
    const { votes } = await votesOf(hosts(healthy, unhealthy));
    expect(votes).toEqual([expect.objectContaining({ source: 'app-gateway', region: 'weu', takenIn: 'westeurope' })]);
    expect([votes[0]?.isBad, votes[0]?.hasNoData]).toEqual([isBad, isBad === undefined]);
  });

  it('is as old as the minute that all of it was told for', async () => {
    const healthy = [pool('a', { 1: 0, 2: 0 }), pool('b', { 2: 0 })];
    const unhealthy = [pool('a', { 1: 2, 2: 2 }), pool('b', { 2: 1 })];
    const { votes, clock } = await votesOf(hosts(healthy, unhealthy));
    expect(votes).toEqual([expect.objectContaining({ isBad: true, at: clock.now().getTime() - MINUTE })]);
  });

  it('asks only gateways that are named, by pool, for whole minutes', async () => {
    const { asked } = await votesOf({});
    expect(asked.map(({ pathname }) => pathname)).toEqual([
      `${GATEWAY}/agw-weu/providers/Microsoft.Insights/metrics`,
      `${GATEWAY}/agw-weu/providers/Microsoft.Insights/metrics`,
    ]);
    expect(Object.fromEntries(asked[0]!.searchParams)).toMatchObject({
      metricnames: 'HealthyHostCount',
      aggregation: 'average',
      interval: 'PT1M',
      $filter: "BackendSettingsPool eq '*'",
      timespan: '2026-01-05T07:58:00.000Z/2026-01-05T08:00:00.000Z',
    });
    expect((await votesOf({}, watched())).asked).toEqual([]);
    expect((await votesOf({}, watched({}))).votes).toEqual([]);
  });

  it('has no vote where it is refused, and leaves the other gateway its own', async () => {
    const edge = watched({ appGateways: { weu: `${GATEWAY}/agw-weu`, neu: `${GATEWAY}/agw-neu` } });
    const refused = new Response('{}', { status: 403 });
    const well = { HealthyHostCount: [pool('a', { 1: 1 })], UnhealthyHostCount: [pool('a', { 1: 0 })] };
    const { votes, log } = await votesOf({ ...hosts(refused, []), 'agw-neu': well }, edge);
    expect(votes).toEqual([expect.objectContaining({ region: 'neu', isBad: false })]);
    expect(log.lines).toEqual([expect.objectContaining({ source: 'app-gateway', of: 'weu', edge: '/edge' })]);
  });
});

interface Case {
  readonly healthy: readonly Scripted[];
  readonly unhealthy: readonly Scripted[];
  readonly isBad?: boolean;
}

describe('hosts of any pools', () => {
  const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.record({ well: fc.nat(2), ill: fc.nat(2) }));
  const series = (values: Readonly<Record<string, number>>): readonly MetricSeries[] =>
    Object.entries(values).map(([name, value]) => ({
      dimensions: new Map([['backendsettingspool', name]]),
      values: new Map([[0, value]]),
    }));
  const only = (pools: Readonly<Record<string, { well: number; ill: number }>>, key: 'well' | 'ill') =>
    Object.fromEntries(Object.entries(pools).map(([name, of]) => [name, of[key]]));

  it('are bad only if no pool has a healthy one, and a pool without hosts changes nothing', () => {
    fc.assert(
      fc.property(counts, (pools) => {
        const verdict = hostsVerdict(series(only(pools, 'well')), series(only(pools, 'ill')));
        const isDead = Object.values(pools).every(({ well }) => well === 0);
        expect(verdict?.isBad === true).toBe(isDead && Object.values(pools).some(({ ill }) => ill > 0));
        const more = { ...pools, empty: { well: 0, ill: 0 } };
        expect(hostsVerdict(series(only(more, 'well')), series(only(more, 'ill')))?.isBad).toBe(verdict?.isBad);
      }),
    );
  });

  it('are never bad for a point that is missing', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom('a', 'b', 'c'), (pools, missing) => {
        const all = hostsVerdict(series(only(pools, 'well')), series(only(pools, 'ill')));
        const rest = Object.fromEntries(Object.entries(only(pools, 'well')).filter(([name]) => name !== missing));
        const some = hostsVerdict(series(rest), series(only(pools, 'ill')));
        expect(some?.isBad === true && all?.isBad !== true).toBe(false);
      }),
    );
  });
});
