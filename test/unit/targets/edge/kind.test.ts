import { describe, expect, it } from 'vitest';

import { NotFoundError } from '../../../../shared/errors.ts';
import type { FleetEdge } from '../../../../shared/fleet/model.ts';
import { burdenKey, currentBurden, edgeKind, EDGES, edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { edgeOf, originOf, outOf, situation } from './observed.ts';
import { EdgePlant, GROUP, idOf, SHOP } from './plant.ts';

const TARGET = edgeTarget(SHOP);
const WELL = { healthy: true, capacity: 1_000 };

function kindOf(plant: EdgePlant, more: Partial<Parameters<typeof edgeKind>[0]> = {}): ReturnType<typeof edgeKind> {
  return edgeKind({
    edge: ({ key }): Promise<FleetEdge> =>
      key === GROUP ? Promise.resolve(SHOP) : Promise.reject(new NotFoundError(key)),
    control: () => plant.control,
    readings: { read: () => Promise.resolve({ load: 40, origins: { neu: WELL, weu: WELL } }) },
    switches: () => Promise.resolve({ automation: 'on', firing: [] }),
    clock: plant.clock,
    ...more,
  });
}

describe('edges as targets', () => {
  it('share one partition, because they share the clusters that survive', () => {
    expect(TARGET).toEqual({ kind: 'edge', key: GROUP, partition: EDGES });
  });

  it.each([
    [GROUP, true],
    [idOf('weu'), true],
    [`${GROUP}-two/origins/weu`, false],
    ['/other', false],
  ])('concern themselves and their origins: %s %s', (subject, concerned) => {
    expect(kindOf(new EdgePlant()).concerns(TARGET, { subject, value: {} })).toBe(concerned);
  });

  it('of one Front Door profile are written one after another; a Traffic Manager profile is its own channel', () => {
    const kind = kindOf(new EdgePlant());
    const other = { ...TARGET, key: GROUP.replace('/apps', '/web') };
    expect(kind.channel(TARGET)).toBe(kind.channel(other));
    expect(kind.channel({ ...TARGET, key: GROUP.replace('/shop/', '/blog/') })).not.toBe(kind.channel(TARGET));
    const manager = '/subscriptions/s/resourcegroups/g/providers/microsoft.network/trafficmanagerprofiles/p';
    expect(kind.channel({ ...TARGET, key: manager })).toBe(manager);
  });

  it('are written within limits', () => {
    const { intents, maxAttempts, expectedMs, writesPerHour, leaseMs } = kindOf(new EdgePlant());
    expect({ intents, maxAttempts, expectedMs, writesPerHour, leaseMs }).toEqual({
      intents: 'standing',
      maxAttempts: 8,
      expectedMs: 2_400_000,
      writesPerHour: 60,
      leaseMs: undefined,
    });
    expect(kindOf(new EdgePlant(), { leaseMs: 5 }).leaseMs).toBe(5);
  });

  it('that the fleet no longer names are said so, before anything is asked or written', async () => {
    const kind = kindOf(new EdgePlant());
    await expect(kind.observe({ ...TARGET, key: '/gone' }, situation())).rejects.toBeInstanceOf(NotFoundError);
  });

  it.each([false, true])(
    'are observed, looked at, written, polled and settled through their own ports: gates %s',
    async (hasGates) => {
      const plant = new EdgePlant({ durationMs: 60_000 });
      const kind = kindOf(plant, hasGates ? { gates: () => plant.gates } : { gates: () => undefined });
      const intent = outOf('weu', { subject: idOf('weu'), value: { enabled: false, urgency: 'emergency' } });
      const asked = situation({ acting: [intent] });
      const observed = await kind.observe(TARGET, asked);
      const { steps, change } = kind.look(observed, asked);
      expect(observed.hasGates).toBe(hasGates);
      expect(steps.map(({ effect }) => effect)).toEqual([hasGates ? 'close-gate' : 'drain']);
      const sending = await plant.sending('weu', hasGates ? { isShut: true } : { enabled: false });
      expect(kind.precondition(observed)).toBe(sending.precondition);

      const sent = await kind.write(TARGET, sending, change!, [intent]);
      expect(sent.outcome).toBe(hasGates ? 'written' : 'accepted');
      if (sent.outcome === 'accepted') {
        expect(await kind.poll(TARGET, sending, sent.operation)).toMatchObject({ outcome: 'running' });
        expect(await kind.settle(TARGET, sending)).toMatchObject({ outcome: 'unsettled' });
        await plant.clock.advance(60_000);
        expect(await kind.poll(TARGET, sending, sent.operation)).toMatchObject({ outcome: 'written' });
      }
      expect(await kind.settle(TARGET, sending)).toMatchObject({ outcome: 'written' });
      expect(kind.look(await kind.observe(TARGET, asked), asked).steps).toEqual([]);
    },
  );

  it.each(['weight', 'latency-then-weight', 'priority', 'other'] as const)(
    'are written although each origin has a priority of its own, by %s',
    async (method) => {
      const plant = new EdgePlant();
      const origins = ['neu', 'weu'].map((name, index) => ({
        ...{ id: idOf(name), enabled: true, weight: 100, priority: index + 1 },
        monitor: 'unhealthy' as const,
      }));
      plant.control.seed(GROUP, { routing: { method, latencySensitivityMs: 50, hasAffinity: false }, origins });
      const kind = kindOf(plant);
      const sending = await plant.sending('weu', { enabled: false });
      const precondition = kind.precondition(await kind.observe(TARGET, situation()));
      const sent = await kind.write(TARGET, { ...sending, precondition }, { id: idOf('weu'), enabled: false }, []);
      expect(sent.outcome).toBe('written');
    },
  );

  it('hand our marks, what was seen last and what others put on clusters to whoever observes', async () => {
    const plant = new EdgePlant();
    const kind = kindOf(plant, {
      burdens: () => Promise.resolve(new Map([['shop-weu', 5]])),
      readings: { read: () => Promise.resolve({ load: 1, origins: { weu: { capacity: 9 } } }) },
    });
    const { measured } = await kind.observe(TARGET, situation());
    expect(measured?.capacity.get('weu')).toEqual({ safe: 9, taken: 5 });
  });
});

describe('what an edge puts on its clusters', () => {
  const observed = edgeOf([originOf('neu'), originOf('weu')]);
  const { edge } = observed;

  it('is unknown where nothing is measured', () => {
    const { measured, ...blank } = observed;
    expect(measured).toBeDefined();
    expect(currentBurden(blank)).toBeUndefined();
    expect(kindOf(new EdgePlant()).committed?.(blank, [], new Date(0))).toEqual([]);
  });

  it('counts the worst of now and of what the steps lead to, until that is measured', () => {
    const steps = kindOf(new EdgePlant()).look(observed, situation({ acting: [outOf('weu')] })).steps;
    const now = new Date('2026-01-01T00:00:00Z');
    expect(currentBurden(observed)).toEqual({ neu: 50, weu: 50 });
    const { propagationMs, metricLagMs, bakeMs } = edge.policy.bake;
    expect(steps).toHaveLength(1);
    expect(kindOf(new EdgePlant()).committed?.(observed, steps, now)).toEqual([
      {
        rowKey: burdenKey(edge.id),
        value: {
          schema: 1,
          byCluster: { neu: 100, weu: 50 },
          expectedUntil: now.getTime() + propagationMs + metricLagMs + bakeMs,
        },
      },
    ]);
  });

  it('is kept in a row of the edge’s own', () => {
    expect(burdenKey('/a')).toBe('burden|/a');
    expect(burdenKey('/a')).not.toBe(burdenKey('/b'));
  });

  it('counts nothing for an origin whose cluster nobody knows', () => {
    expect(currentBurden({ ...observed, edge: { ...edge, origins: edge.origins.slice(1) } })).toEqual({ weu: 50 });
  });
});
