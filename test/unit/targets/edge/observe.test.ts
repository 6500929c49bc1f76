import { describe, expect, it } from 'vitest';

import { NotFoundError, UpstreamError } from '../../../../shared/errors.ts';
import type { EdgeRouting } from '../../../../shared/ports/edge-control.ts';
import type { EdgeReading } from '../../../../shared/ports/edge-readings.ts';
import { observeEdge, type EdgeReader, type ObservedEdge } from '../../../../shared/targets/edge/observe.ts';
import { closeGate, firstGates } from '../../../../shared/domain/traffic/gate.ts';
import { isServing } from '../../../../shared/domain/traffic/serving.ts';
import type { JournalEntry } from '../../../../shared/reconcile/plan.ts';
import { entryOf, stepOf } from '../../reconcile/rows.ts';
import { EdgePlant, GROUP, idOf, SHOP } from './plant.ts';

const READING: EdgeReading = { load: 40, origins: {} };
const DOWN = new UpstreamError('read', 503);

function observe(
  plant: EdgePlant,
  { reading, ...more }: Partial<EdgeReader> & { readonly reading?: EdgeReading | null } = {},
): Promise<ObservedEdge> {
  const found = reading === null ? undefined : (reading ?? READING);
  return observeEdge({
    edge: SHOP,
    control: plant.control,
    readings: { read: () => Promise.resolve(found) },
    switches: () => Promise.resolve({ automation: 'on', firing: ['alarm'] }),
    ...more,
  });
}

function seed(plant: EdgePlant, name: string, more: object = {}, method: EdgeRouting['method'] = 'priority'): void {
  const origin = { id: idOf(name), enabled: true, weight: 100, priority: 1, ...more };
  plant.control.seed(GROUP, { routing: { method, hasAffinity: true }, origins: [origin] });
}

describe('an edge as it is read', () => {
  it('has its origins by name, with the fleet’s names and regions and the control plane’s values', async () => {
    const plant = new EdgePlant();
    seed(plant, 'weu', { enabled: false, weight: 7, priority: 2 });
    expect(await observe(plant)).toMatchObject({
      edge: SHOP,
      origins: [
        { id: idOf('neu'), name: 'neu', region: 'region-neu', enabled: true, weight: 100, priority: 1 },
        { id: idOf('weu'), name: 'weu', region: 'region-weu', enabled: false, weight: 7, priority: 2 },
      ],
      routing: { method: 'priority', hasAffinity: true },
      missing: [],
      isBlind: false,
      hasGates: false,
      isTerminal: true,
      switches: { automation: 'on', firing: ['alarm'] },
    });
  });

  it.each([
    ['resolvers keep answers for longer', 600, 600_000],
    ['the fleet file says more', 30, 60_000],
    ['resolvers would keep answers for years', 2_147_483_647, 86_400_000],
  ])('shows a change as late as it may where %s', async (_, ttlSeconds, propagationMs) => {
    const plant = new EdgePlant();
    const origin = { id: idOf('weu'), enabled: true, weight: 100, priority: 1 };
    plant.control.seed(GROUP, { routing: { method: 'weight', hasAffinity: false, ttlSeconds }, origins: [origin] });
    const bake = { ...SHOP.policy.bake, propagationMs: 60_000 };
    const { edge } = await observe(plant, { edge: { ...SHOP, policy: { ...SHOP.policy, bake } } });
    expect(edge.policy.bake).toEqual({ ...bake, propagationMs });
  });

  it.each<[string, Pick<typeof SHOP, 'hasGates'>, number]>([
    ['of a gate', { hasGates: true }, 160_000],
    ['of the control plane', {}, 60_000],
  ])('shows a change %s as late as it may where probes must fail first', async (_, gated, propagationMs) => {
    const plant = new EdgePlant();
    const routing = { method: 'weight', hasAffinity: false, ttlSeconds: 30, probe: { outAfterSeconds: 130 } } as const;
    plant.control.seed(GROUP, { routing, origins: [{ id: idOf('weu'), enabled: true, weight: 100, priority: 1 }] });
    const bake = { ...SHOP.policy.bake, propagationMs: 60_000 };
    const { edge } = await observe(plant, { edge: { ...SHOP, ...gated, policy: { ...SHOP.policy, bake } } });
    expect(edge.policy.bake).toEqual({ ...bake, propagationMs });
  });

  it('has the DNS answers that were counted', async () => {
    const plant = new EdgePlant();
    seed(plant, 'weu');
    const dnsAnswers = { count: 120, since: 1_000 };
    expect((await observe(plant, { reading: { ...READING, dnsAnswers } })).measured).toMatchObject({ dnsAnswers });
  });

  it.each<[EdgeRouting['method'], number]>([
    ['latency-then-weight', 3],
    ['priority', 3],
    ['weight', 1],
    ['other', 1],
  ])('has tiers where its method %s asks for them', async (method, priority) => {
    const plant = new EdgePlant();
    seed(plant, 'weu', { priority: 3 }, method);
    expect((await observe(plant)).origins.find(({ name }) => name === 'weu')).toMatchObject({ priority });
  });

  it('knows whom nobody probes', async () => {
    const plant = new EdgePlant();
    seed(plant, 'weu', { monitor: 'always' });
    const { origins } = await observe(plant);
    expect(origins.map(({ isAlwaysServed }) => isAlwaysServed)).toEqual([undefined, true]);
  });

  it('counts an origin that the fleet does not know, by the end of its id, in no region', async () => {
    const plant = new EdgePlant();
    seed(plant, 'asia');
    const { origins, missing } = await observe(plant);
    expect(origins[0]).toMatchObject({ id: idOf('asia'), name: 'asia', region: '' });
    expect(missing).toEqual([]);
  });

  it('names the fleet’s origins that Azure does not have', async () => {
    const plant = new EdgePlant();
    const edge = { ...SHOP, origins: [...SHOP.origins, { ...SHOP.origins[0]!, id: idOf('gone'), name: 'gone' }] };
    expect((await observe(plant, { edge })).missing).toEqual(['gone']);
  });

  it('is not terminal while a write of any origin is at work', async () => {
    const plant = new EdgePlant({ durationMs: 60_000 });
    await plant.control.begin(idOf('weu'), { weight: 5 });
    expect((await observe(plant)).isTerminal).toBe(false);
    await plant.clock.advance(60_000);
    expect((await observe(plant)).isTerminal).toBe(true);
  });

  it('is not there: that is thrown on', async () => {
    const plant = new EdgePlant();
    await expect(observe(plant, { edge: { ...SHOP, id: '/none' } })).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('the health of an origin', () => {
  it.each([
    [true, 'unhealthy', true],
    [false, 'healthy', false],
    [undefined, 'healthy', true],
    [undefined, 'unhealthy', false],
    [undefined, 'unknown', undefined],
    [undefined, 'always', undefined],
    [undefined, undefined, undefined],
  ] as const)('measured %s, told by the service %s: %s', async (healthy, monitor, expected) => {
    const plant = new EdgePlant();
    seed(plant, 'weu', monitor === undefined ? {} : { monitor });
    const reading = healthy === undefined ? READING : { load: 1, origins: { weu: { healthy } } };
    const { origins } = await observe(plant, { reading });
    expect(origins.find(({ name }) => name === 'weu')?.healthy).toBe(expected);
  });

  it('is what the service says where nothing at all is measured', async () => {
    const plant = new EdgePlant();
    seed(plant, 'weu', { monitor: 'unhealthy' });
    const { origins, measured } = await observe(plant, { reading: null });
    expect(origins.map(({ healthy }) => healthy)).toEqual([undefined, false]);
    expect(measured).toBeUndefined();
  });
});

describe('what is measured of an edge', () => {
  it('divides by weight where nothing is said of latency, and by latency where it is', async () => {
    const plant = new EdgePlant();
    expect((await observe(plant)).measured).toEqual({
      division: { by: 'weight', load: 40 },
      capacity: new Map(),
      readings: {},
    });
    const origins = { neu: { own: 30, takesFrom: ['weu'] }, weu: { own: 10 } };
    expect((await observe(plant, { reading: { load: 40, origins } })).measured?.division).toEqual({
      by: 'latency',
      own: new Map([
        ['neu', 30],
        ['weu', 10],
      ]),
      neighbour: new Map([['weu', 'neu']]),
    });
  });

  it('has capacity only where it is known, less what other edges put on the same cluster', async () => {
    const plant = new EdgePlant();
    const reading = { load: 1, origins: { neu: { capacity: 90 }, weu: { capacity: 80 }, asia: { capacity: 70 } } };
    const burdens = (): Promise<ReadonlyMap<string, number>> => Promise.resolve(new Map([['shop-weu', 25]]));
    seed(plant, 'asia');
    seed(plant, 'blank');
    expect((await observe(plant, { reading, burdens })).measured?.capacity).toEqual(
      new Map([
        ['neu', { safe: 90, taken: 0 }],
        ['weu', { safe: 80, taken: 25 }],
        ['asia', { safe: 70, taken: 0 }],
      ]),
    );
    expect((await observe(plant, { reading })).measured?.capacity.get('weu')).toEqual({ safe: 80, taken: 0 });
  });

  it('keeps what was served, and how the data tier is doing', async () => {
    const plant = new EdgePlant();
    const more = {
      served: { requests: 9, errorRate: 0 },
      replicationLagMs: 0,
      promotion: 'waiting',
    } as const;
    expect((await observe(plant, { reading: { ...READING, ...more } })).measured).toMatchObject(more);
  });
});

describe('an origin whose way in has not ended', () => {
  const OUT = { subject: idOf('weu'), group: 'enabled', baseline: { enabled: true }, written: { enabled: false } };

  async function isComing(terminal: boolean, more: Partial<EdgeReader>, enabled = true): Promise<boolean | undefined> {
    const plant = new EdgePlant();
    const state = await plant.control.read(GROUP);
    const origins = state.origins.map((one) => (one.id === idOf('weu') ? { ...one, enabled, terminal } : one));
    const control: Pick<EdgeReader['control'], 'read'> = { read: () => Promise.resolve({ ...state, origins }) };
    const seen = await observe(plant, { control: control as EdgeReader['control'], ...more });
    return seen.origins.find(({ name }) => name === 'weu')?.isComing;
  }

  it('does not count as serving, whoever has let it in', async () => {
    const step = { ...stepOf('weu', 1, 1), changes: [{ ...OUT, from: { enabled: false }, to: { enabled: true } }] };
    const letIn = (state: JournalEntry['state']): Partial<EdgeReader> => ({ journal: [{ ...entryOf(step), state }] });
    expect(await isComing(false, { fields: [OUT] })).toBe(true);
    expect(await isComing(false, letIn('overtaken'))).toBe(true);
    expect(await isComing(false, letIn('running'))).toBe(true);
    expect(await isComing(false, letIn('written'))).toBeUndefined();
    expect(isServing({ enabled: true, isComing: true })).toBe(false);
  });

  it('is what it shows where its write has ended, or is about something else', async () => {
    expect(await isComing(true, { fields: [OUT] })).toBeUndefined();
    expect(await isComing(false, {})).toBeUndefined();
    expect(await isComing(false, { fields: [OUT] }, false)).toBeUndefined();
  });
});

describe('an edge with gates', () => {
  it('knows which are closed', async () => {
    const plant = new EdgePlant();
    expect(await observe(plant, { gates: plant.gates })).toMatchObject({ hasGates: true });
    const issued = plant.clock.now().toISOString();
    const change = closeGate(firstGates(GROUP, ['neu', 'weu'], issued), 'weu', issued);
    await plant.gates.write(change.outcome === 'changed' ? change.document : firstGates(GROUP, [], issued), 'new');
    const reading = { ...READING, origins: { neu: { healthy: false }, weu: { healthy: false } } };
    const { origins } = await observe(plant, { gates: plant.gates, reading });
    // What the probes of a shut origin see is its gate.
    expect(origins.map(({ name, isShut, healthy }) => [name, isShut, healthy])).toEqual([
      ['neu', undefined, false],
      ['weu', true, undefined],
    ]);
  });

  const OUT = { enabled: false };
  const WELL = { weu: { healthy: true } };
  it('is sick behind its shut gate if enough call it bad', async () => {
    const plant = new EdgePlant();
    const issued = plant.clock.now().toISOString();
    const change = closeGate(firstGates(GROUP, ['neu', 'weu'], issued), 'weu', issued);
    await plant.gates.write(change.outcome === 'changed' ? change.document : firstGates(GROUP, [], issued), 'new');
    const heard = (...bad: string[]) => Promise.resolve({ well: new Set(['weu']), bad: new Set(bad) });
    const healthOf = async (...bad: string[]): Promise<unknown> => {
      const { origins } = await observe(plant, { gates: plant.gates, heard: () => heard(...bad) });
      return origins.find(({ name }) => name === 'weu')?.healthy;
    };
    expect([await healthOf(), await healthOf('weu')]).toEqual([undefined, false]);
  });

  it.each<[string, object, EdgeReading['origins'], readonly string[], readonly string[], boolean | undefined]>([
    ['is out and well by all that was said', OUT, {}, ['weu'], [], true],
    ['is out and of whom nobody knows', OUT, {}, ['neu'], ['neu'], undefined],
    ['serves, by its probes alone', {}, {}, ['weu'], ['weu'], undefined],
    ['is out and probed sick all the same', OUT, { weu: { healthy: false } }, ['weu'], [], false],
    ['is out and bad, though its last probes still show it well', OUT, WELL, [], ['weu'], false],
    ['serves and is well by its probes, whatever is said', {}, WELL, [], ['weu'], true],
  ])('has the health of one that %s', async (_, more, origins, well, bad, healthy) => {
    const plant = new EdgePlant();
    seed(plant, 'weu', more);
    const heard = () => Promise.resolve({ well: new Set(well), bad: new Set(bad) });
    const found = await observe(plant, { reading: { load: 1, origins }, heard });
    const origin = found.origins.find(({ name }) => name === 'weu');
    expect(origin).toMatchObject({ healthy });
    expect(origin?.isCalledBad).toBe(origin?.enabled === true && bad.includes('weu') ? true : undefined);
  });

  it('marks nobody that has left the fleet', async () => {
    const heard = () => Promise.resolve({ well: new Set<string>(), bad: new Set(['weu', 'neu']) });
    const weu = SHOP.origins.find(({ name }) => name === 'weu')!;
    const edge = { ...SHOP, removed: { isWhole: false, isNoted: true, isWritable: true, origins: [weu.id] } };
    const { origins } = await observe(new EdgePlant(), { reading: { load: 1, origins: {} }, heard, edge });
    expect(origins.filter(({ isCalledBad }) => isCalledBad).map(({ name }) => name)).toEqual(['neu']);
  });

  it.each([
    ['by its probes, not by anybody\u2019s last bad word', WELL, true],
    ['by the word of those who bring it back, where nothing is known', {}, true],
    ['by its probes, though they are bad', { weu: { healthy: false } }, false],
  ])('has the health of one that has left the fleet %s', async (_, origins, healthy) => {
    const plant = new EdgePlant();
    seed(plant, 'weu', OUT);
    const heard = () => Promise.resolve({ well: new Set<string>(), bad: new Set(['weu']) });
    const edge = { ...SHOP, removed: { isWhole: true, isNoted: true, isWritable: true, origins: [] } };
    const found = await observe(plant, { reading: { load: 1, origins }, heard, edge });
    expect(found.origins.find(({ name }) => name === 'weu')?.healthy).toBe(healthy);
  });

  it('is seen as it was last while the control plane does not answer', async () => {
    const plant = new EdgePlant();
    const lastSeen = await plant.control.read(GROUP);
    const seen = { ...lastSeen, origins: lastSeen.origins.map((origin) => ({ ...origin, weight: 3 })) };
    plant.control.fail({ on: 'read', error: DOWN });
    const found = await observe(plant, { gates: plant.gates, lastSeen: () => Promise.resolve(seen) });
    expect(found).toMatchObject({ isBlind: true, origins: [{ weight: 3 }, { weight: 3 }] });
  });

  it.each([
    ['nothing', () => Promise.resolve(undefined)],
    ['nobody', undefined],
  ])('is what the fleet and our own marks say where %s remembers it', async (_, lastSeen) => {
    const plant = new EdgePlant();
    plant.control.fail({ on: 'read', error: DOWN });
    const fields = [
      { subject: idOf('weu'), group: 'enabled', baseline: { enabled: true }, written: { enabled: false } },
      { subject: idOf('neu'), group: 'weight', baseline: { weight: 1 }, written: { weight: 70 } },
    ];
    const more = lastSeen === undefined ? {} : { lastSeen };
    expect(await observe(plant, { gates: plant.gates, fields, ...more })).toMatchObject({
      isBlind: true,
      isTerminal: true,
      routing: { method: 'other', hasAffinity: false },
      origins: [
        { name: 'neu', enabled: true, weight: 70, priority: 1 },
        { name: 'weu', enabled: false, weight: 1, priority: 1 },
      ],
    });
  });

  it.each([
    ['no gates', false, DOWN],
    ['gates, but not allowed to read', true, new UpstreamError('read', 403)],
    ['gates, and a defect', true, new TypeError('a defect')],
  ])('is not guessed at: %s', async (_, hasGates, error) => {
    const plant = new EdgePlant();
    plant.control.fail({ on: 'read', error });
    await expect(observe(plant, hasGates ? { gates: plant.gates } : {})).rejects.toBe(error);
  });
});
