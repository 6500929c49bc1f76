import { beforeEach, describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryEdgeControl, type InMemoryEdgeOptions } from '../../../../shared/adapters/in-memory/edge-control.ts';
import { nameIn } from '../../../../shared/domain/traffic/twin.ts';
import type { FleetEdge } from '../../../../shared/fleet/model.ts';
import type { IntentRequest } from '../../../../shared/intents/lifecycle.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { openIntents } from '../../../../shared/reconcile/open-intents.ts';
import { reconcile } from '../../../../shared/reconcile/reconcile.ts';
import type { Report } from '../../../../shared/reconcile/report.ts';
import { releaseIntents } from '../../../support/release-intents.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { edgeKind, edgeTarget, EDGES } from '../../../../shared/targets/edge/index.ts';
import { HinderedRows } from '../../reconcile/hindered-rows.ts';
import { edgeOf } from './observed.ts';

const PROFILE =
  '/subscriptions/0c4ed7a2-9c1a-4d38-a1f4-000000000001/resourcegroups/edge/providers/microsoft.cdn/profiles/shop';
const [OWN, OTHER] = [`${PROFILE}/origingroups/apps`, `${PROFILE}/origingroups/apps-b`];
const ROUTES = ['main', 'api'].map((name) => `${PROFILE}/afdendpoints/shop/routes/${name}`);
const NAMES = ['neu', 'sea', 'weu'];
const idOf = (name: string): string => `${OWN}/origins/${name}`;
const SHOP: FleetEdge = {
  ...edgeOf([]).edge,
  id: OWN,
  profile: PROFILE,
  twin: { originGroup: OTHER, routes: ROUTES },
  origins: NAMES.map((name) => ({ id: idOf(name), name, region: `region-${name}`, cluster: `shop-${name}` })),
};
const TARGET = edgeTarget(SHOP);
const SHARES = { [idOf('neu')]: 20, [idOf('sea')]: 30, [idOf('weu')]: 50 };

/** The loop over an edge with a twin, whose control plane takes a minute for each write. */
class TwinPlant {
  readonly clock = new VirtualClock(Date.parse('2026-01-05T08:00:00.000Z'));
  readonly control: InMemoryEdgeControl;
  readonly store = new HinderedRows();
  readonly rows = new TargetRows(this.store);
  readonly sick = new Set<string>();
  readonly #random = new SeededRandom(3);

  constructor(options: Partial<InMemoryEdgeOptions> = {}) {
    this.control = new InMemoryEdgeControl({ clock: this.clock, durationMs: 60_000, ...options });
    const routing = { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false } as const;
    for (const group of [OWN, OTHER]) {
      const origins = NAMES.map((name) => ({
        id: `${group}/origins/${name}`,
        enabled: true,
        weight: 100,
        priority: 1,
      }));
      this.control.seed(group, { routing, origins });
    }
    ROUTES.forEach((route) => this.control.seedRoute(route, OWN));
  }

  ask(more: Partial<IntentRequest>): Promise<unknown> {
    const request: IntentRequest = {
      subject: OWN,
      by: { person: 'ann' },
      cause: 'command',
      kind: 'shares',
      value: { weights: SHARES },
      mode: 'enforce',
      reason: 'because',
      signals: ['signal'],
      asOf: this.clock.now().toISOString(),
      ...more,
    };
    return openIntents(this.rows, TARGET, { requests: [request], now: () => this.clock.now() });
  }

  burn(name: string): Promise<unknown> {
    this.sick.add(name);
    const by = { reaction: 'region-failover' };
    return this.ask({ subject: idOf(name), by, kind: 'out', value: { enabled: false, urgency: 'emergency' } });
  }

  release(which: (intent: { readonly subject: string }) => boolean = () => true): Promise<unknown> {
    return releaseIntents(this.rows, TARGET, { which, reason: 'over', now: () => this.clock.now() });
  }

  look(): Promise<Report> {
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const origins = Object.fromEntries(NAMES.map((name) => [name, { healthy: !this.sick.has(name), capacity: 1_000 }]));
    const kind = edgeKind({
      edge: () => Promise.resolve(SHOP),
      control: () => this.control,
      readings: { read: () => Promise.resolve({ load: 40, origins }) },
      switches: () => Promise.resolve({ automation: 'on', firing: [] }),
      clock: this.clock,
    });
    const tools = { rows: this.store, clock: this.clock, random: this.#random, log };
    return this.clock.run(reconcile(TARGET, kind, tools));
  }

  async settle(): Promise<void> {
    for (let looks = 0; looks < 200; looks += 1) {
      const { wakeInMs } = await this.look();
      if (wakeInMs === undefined) {
        return;
      }
      await this.clock.advance(wakeInMs);
    }
    throw new Error('does not settle');
  }

  /** Does it again when the process has crashed. */
  async persist(act: () => Promise<unknown>): Promise<void> {
    await act().catch(() => act());
  }

  writes(): readonly string[] {
    return this.control.accepted.map(({ origin, change }) => {
      const place = origin.includes('/routes/') ? 'route' : nameIn(origin.split('/origins/')[0] ?? '');
      const all = Object.values(change) as readonly unknown[];
      const values = all.map((value) => (typeof value === 'string' ? nameIn(value) : value));
      return `${place} ${nameIn(origin)} ${values.join(' ')}`;
    });
  }

  /** Weights, or `out`, and the groups that the routes refer to. */
  async state(): Promise<readonly unknown[]> {
    const { origins, twin } = await this.control.read(OWN, SHOP.twin);
    const values = origins.map(({ enabled, weight }) => (enabled ? weight : 'out'));
    return [...values, ...(twin?.routes ?? []).map(({ originGroup }) => nameIn(originGroup))];
  }

  /** How often a write ended in which way. */
  async ends(): Promise<Readonly<Record<string, number>>> {
    const plans = (await this.store.list(EDGES, 'plan|')).map(({ value }) => value as unknown as Plan);
    const states = plans.flatMap(({ journal }) => journal.map(({ state }) => state));
    return Object.fromEntries([...Map.groupBy(states, (state) => state)].map(([state, all]) => [state, all.length]));
  }

  async notes(): Promise<readonly string[]> {
    const { intents } = await this.rows.load(TARGET);
    return [...intents.values()].map(({ kind, state, note = '' }) => `${kind} ${state} ${note}`.trim());
  }

  async pages(): Promise<readonly unknown[]> {
    const records = (await this.store.list(EDGES, 'audit|')).map(({ value }) => value as Record<string, unknown>);
    return records.filter(({ kind }) => kind === 'paged').map(({ facts }) => (facts as { reason?: unknown }).reason);
  }
}

function quiet(): void {
  // Nothing to say.
}

const FORTH = ['apps-b neu 20', 'apps-b sea 30', 'apps-b weu 50', 'route main apps-b', 'route api apps-b'];
const BACK = ['route main apps', 'route api apps'];

let edge: TwinPlant;

beforeEach(() => {
  edge = new TwinPlant();
});

describe('an edge with a twin in the loop', () => {
  it('moves three origins with one write for each route, and back without any other', async () => {
    await edge.ask({});
    await edge.settle();
    expect(edge.writes()).toEqual(FORTH);
    expect(await edge.state()).toEqual([20, 30, 50, 'apps-b', 'apps-b']);
    expect(await edge.notes()).toEqual(['shares open effective']);

    await edge.release();
    await edge.settle();
    expect(edge.writes()).toEqual([...FORTH, ...BACK]);
    expect(await edge.state()).toEqual([100, 100, 100, 'apps', 'apps']);
    expect((await edge.rows.load(TARGET)).lane.fields).toEqual([]);
    expect(await edge.pages()).toEqual([]);
  });

  it('works where overlapping writes are refused', async () => {
    edge = new TwinPlant({ overlap: 'conflict' });
    await edge.ask({});
    await edge.settle();
    expect(await edge.state()).toEqual([20, 30, 50, 'apps-b', 'apps-b']);
  });

  it.each([
    ['applied', { written: FORTH.length }],
    ['not-applied', { 'not-written': FORTH.length, written: FORTH.length }],
  ] as const)('with every answer lost, the write being %s: each is written once in the end', async (lost, ends) => {
    if (lost === 'applied') {
      FORTH.forEach(() => edge.control.fail({ on: 'begin', lost }));
    }
    await edge.ask({});
    let sent = 0;
    for (let looks = 0; looks < 200; looks += 1) {
      if (lost === 'not-applied' && edge.writes().length === sent && sent < FORTH.length) {
        edge.control.fail({ on: 'begin', lost });
        sent += 1;
      }
      const { wakeInMs } = await edge.look();
      if (wakeInMs === undefined) {
        break;
      }
      await edge.clock.advance(wakeInMs);
    }
    expect(edge.writes()).toEqual(FORTH);
    expect(await edge.ends()).toEqual(ends);
    expect(await edge.state()).toEqual([20, 30, 50, 'apps-b', 'apps-b']);
  });

  it('a route that does not move takes everything back, and calls people', async () => {
    await edge.ask({});
    while (!edge.writes().includes('route main apps-b')) {
      const { wakeInMs = 0 } = await edge.look();
      await edge.clock.advance(Math.min(wakeInMs, 1_000));
    }
    edge.control.fail({ on: 'poll', ends: 'failed' });
    await edge.settle();
    expect(await edge.state()).toEqual([100, 100, 100, 'apps', 'apps']);
    expect(await edge.pages()).toEqual(['operation-failed: the operation failed']);
  });

  it('a route that does not follow takes the first one back', async () => {
    await edge.ask({});
    while (!edge.writes().includes('route api apps-b')) {
      const { wakeInMs = 0 } = await edge.look();
      await edge.clock.advance(Math.min(wakeInMs, 1_000));
    }
    edge.control.fail({ on: 'poll', ends: 'failed' });
    await edge.settle();
    expect(edge.writes()).toEqual([...FORTH, 'route main apps']);
    expect(await edge.state()).toEqual([100, 100, 100, 'apps', 'apps']);
  });

  it.each(FORTH)('an emergency does not wait for `%s`, and is not lost with it', async (write) => {
    await edge.ask({});
    while (!edge.writes().includes(write)) {
      const { wakeInMs = 0 } = await edge.look();
      await edge.clock.advance(Math.min(wakeInMs, 1_000));
    }
    const sent = edge.writes().length;
    await edge.burn('weu');
    await edge.look();
    expect(edge.writes()[sent]).toMatch(/^apps(-b)? weu false$/);
    await edge.settle();
    expect(await edge.state()).toEqual([20, 30, 'out', 'apps-b', 'apps-b']);
    edge.sick.clear();
    await edge.release();
    await edge.settle();
    expect((await edge.state()).slice(0, 3)).toEqual([100, 100, 100]);
  });

  it.each(['route api apps', 'route main apps'])('a way back whose `%s` fails is turned around', async (write) => {
    await edge.ask({});
    await edge.settle();
    await edge.release();
    while (!edge.writes().slice(FORTH.length).includes(write)) {
      const { wakeInMs = 0 } = await edge.look();
      await edge.clock.advance(Math.min(wakeInMs, 1_000));
    }
    edge.control.fail({ on: 'poll', ends: 'failed' });
    await edge.settle();
    expect(await edge.state()).toEqual([20, 30, 50, 'apps-b', 'apps-b']);
  });

  it('a way back that cannot be prepared is not made', async () => {
    await edge.ask({});
    await edge.settle();
    edge.control.change(idOf('neu'), { weight: 77 });
    edge.control.change(idOf('sea'), { weight: 78 });
    await edge.release();
    while (edge.writes().length < FORTH.length + 2) {
      const { wakeInMs = 0 } = await edge.look();
      await edge.clock.advance(Math.min(wakeInMs, 1_000));
    }
    edge.control.fail({ on: 'poll', ends: 'failed' });
    await edge.settle();
    expect(await edge.state()).toEqual([20, 30, 50, 'apps-b', 'apps-b']);
  });

  it('one origin moves where the edge serves', async () => {
    await edge.ask({});
    await edge.settle();
    await edge.burn('weu');
    await edge.settle();
    expect(edge.writes().slice(FORTH.length)).toEqual(['apps-b weu false']);
    edge.sick.clear();
    await edge.release(({ subject }) => subject === idOf('weu'));
    await edge.settle();
    expect(edge.writes().slice(FORTH.length)).toEqual(['apps-b weu false', 'apps-b weu true']);
  });

  it('somebody else who moves the routes meanwhile is not undone, and keeps further shares back', async () => {
    await edge.ask({});
    await edge.settle();
    edge.control.change(ROUTES[1] ?? '', { originGroup: OWN });
    await edge.ask({ cause: 'newer', value: { weights: { [idOf('neu')]: 1, [idOf('sea')]: 2 } } });
    await edge.settle();
    expect(edge.writes()).toEqual(FORTH);
    expect(await edge.pages()).toEqual(['config-error:twin-split']);
  });
});

describe('a process that ends in a swap', () => {
  async function story(): Promise<void> {
    await edge.persist(() => edge.ask({}));
    await edge.persist(() => edge.settle());
    await edge.persist(() => edge.release());
    await edge.persist(() => edge.settle());
  }

  it.each(['before', 'after'] as const)(
    'right %s any transaction: each write is sent once, and all is as it was',
    async (when) => {
      await story();
      const { transactions } = edge.store;
      expect(edge.writes()).toEqual([...FORTH, ...BACK]);
      for (let at = 0; at < transactions; at += 1) {
        edge = new TwinPlant();
        edge.store.crash = { at, when };
        await story();
        expect(edge.writes(), `transaction ${at}`).toEqual([...FORTH, ...BACK]);
        expect(await edge.state(), `transaction ${at}`).toEqual([100, 100, 100, 'apps', 'apps']);
      }
    },
  );
});
