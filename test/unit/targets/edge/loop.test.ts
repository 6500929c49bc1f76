import { beforeEach, describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { RateLimitedError, ResourceBusyError, UpstreamError } from '../../../../shared/errors.ts';
import type { IntentRequest } from '../../../../shared/intents/lifecycle.ts';
import type { EdgeState } from '../../../../shared/ports/edge-control.ts';
import { openIntents } from '../../../../shared/reconcile/open-intents.ts';
import { cancelPlan } from '../../../../shared/reconcile/consent/plan-commands.ts';
import { reconcile } from '../../../../shared/reconcile/reconcile.ts';
import type { Report } from '../../../../shared/reconcile/report.ts';
import { releaseIntents } from '../../../support/release-intents.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { edgeKind, edgeTarget, EDGES, type EdgeKind } from '../../../../shared/targets/edge/index.ts';
import { HinderedRows } from '../../reconcile/hindered-rows.ts';
import { EdgePlant, GROUP, idOf, SHOP } from './plant.ts';

const TARGET = edgeTarget(SHOP);
const OUT = { enabled: false, urgency: 'emergency' };

/** The loop over an edge whose control plane takes a minute for each write. */
class LoopedEdge extends EdgePlant {
  readonly store = new HinderedRows();
  readonly rows = new TargetRows(this.store);
  readonly kind: EdgeKind;
  /** Names of the origins that are sick. */
  readonly sick = new Set<string>();
  readonly #random = new SeededRandom(3);

  constructor({ hasGates = false }: { readonly hasGates?: boolean } = {}) {
    super({ durationMs: 60_000 });
    const origins = (): object =>
      Object.fromEntries(
        SHOP.origins.map(({ name }) => [name, { healthy: !this.sick.has(name), capacity: 1_000 }] as const),
      );
    this.kind = edgeKind({
      edge: () => Promise.resolve(SHOP),
      control: () => this.control,
      readings: { read: () => Promise.resolve({ load: 40, origins: origins() as never }) },
      switches: () => Promise.resolve({ automation: 'on', firing: [] }),
      clock: this.clock,
      ...(hasGates ? { gates: () => this.gates } : {}),
    });
  }

  ask(name: string, value: object, more: Partial<IntentRequest> = {}): Promise<unknown> {
    const request: IntentRequest = {
      subject: idOf(name),
      by: { reaction: 'region-failover' },
      cause: 'region-bad',
      kind: 'out',
      value: value as IntentRequest['value'],
      mode: 'enforce',
      reason: 'because',
      signals: ['signal'],
      asOf: this.clock.now().toISOString(),
      ...more,
    };
    return openIntents(this.rows, TARGET, { requests: [request], now: () => this.clock.now() });
  }

  release(name: string): Promise<unknown> {
    const which = ({ subject }: { readonly subject: string }): boolean => subject === idOf(name);
    return releaseIntents(this.rows, TARGET, { which, reason: 'well again', now: () => this.clock.now() });
  }

  look(): Promise<Report> {
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const tools = { rows: this.store, clock: this.clock, random: this.#random, log };
    return this.clock.run(reconcile(TARGET, this.kind, tools));
  }

  async settle(): Promise<void> {
    for (let looks = 0; looks < 100; looks += 1) {
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
    return this.control.accepted.map(
      ({ origin, change }) => `${origin.split('/').at(-1) ?? ''} ${JSON.stringify(change)}`,
    );
  }

  async plans(): Promise<readonly unknown[]> {
    return (await this.store.list(EDGES, 'plan|')).map(({ value }) => value);
  }

  async notes(): Promise<readonly string[]> {
    return [...(await this.rows.load(TARGET)).intents.values()].map(({ state, note = '' }) =>
      `${state} ${note}`.trim(),
    );
  }

  async pages(): Promise<readonly unknown[]> {
    const records = (await this.store.list(EDGES, 'audit|')).map(({ value }) => value as unknown as Page);
    return records.filter(({ kind }) => kind === 'paged').map(({ facts }) => facts['reason']);
  }
}

interface Page {
  readonly kind: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

function quiet(): void {
  // Nothing to say.
}

let edge: LoopedEdge;
let before: EdgeState;

beforeEach(async () => {
  edge = new LoopedEdge();
  before = await edge.control.read(GROUP);
});

describe('an edge in the loop', () => {
  it('is drained by one write, stays so, and comes back exactly as it was', async () => {
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"enabled":false}']);
    expect(await edge.notes()).toEqual(['open effective']);

    edge.sick.clear();
    await edge.release('weu');
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"enabled":false}', 'weu {"enabled":true}']);
    expect(await edge.control.read(GROUP)).toEqual(before);
    expect((await edge.rows.load(TARGET)).lane.fields).toEqual([]);
    expect(await edge.notes()).toEqual(['closed released']);
    expect(await edge.pages()).toEqual([]);
  });

  it.each([
    ['at once', undefined],
    ['by steps', [50, 80]],
  ])('goes out again when a person cancels its way back %s, and stays out until they let go', async (_, back) => {
    edge.sick.add('weu');
    await edge.ask('weu', { ...OUT, ...(back === undefined ? {} : { back }) });
    await edge.settle();
    edge.sick.clear();
    await edge.release('weu');
    await edge.look();
    const { lane } = await edge.rows.load(TARGET);
    await cancelPlan(edge.rows, TARGET, { plan: lane.activePlan ?? '', by: 'bob', now: () => edge.clock.now() });
    await edge.settle();
    const { origins } = await edge.control.read(GROUP);
    expect(origins.find(({ id }) => id === idOf('weu'))).toMatchObject({ enabled: false });
    expect((await edge.notes()).toSorted()).toEqual(['closed released', 'open effective']);
    const records = (await edge.store.list(EDGES, 'audit|')).map(({ value }) => value);
    const opened = { kind: 'intent-opened', facts: { subject: idOf('weu'), by: 'bob', mode: 'enforce' } };
    expect(records).toContainEqual(
      expect.objectContaining({ ...opened, facts: expect.objectContaining(opened.facts) as object }),
    );
    expect(await edge.plans()).toMatchObject([{}, { state: 'gone-back' }]);

    await edge.release('weu');
    await edge.settle();
    expect(await edge.control.read(GROUP)).toEqual(before);
    expect((await edge.rows.load(TARGET)).lane.fields).toEqual([]);
  });

  it('brings nothing back by a drain, although somebody else has just let go of the same origin', async () => {
    await edge.ask('weu', OUT);
    await edge.release('weu');
    await edge.ask('weu', OUT, { by: { person: 'ann' }, cause: 'command' });
    await edge.look();
    const [plan] = await edge.plans();
    expect(edge.writes()).toEqual(['weu {"enabled":false}']);
    expect(plan).not.toHaveProperty('returns');
  });

  it('goes on coming back when a reaction says no to the rest of its plan', async () => {
    await edge.ask('weu', OUT);
    await edge.settle();
    await edge.release('weu');
    await edge.look();
    const { lane } = await edge.rows.load(TARGET);
    const plan = {
      plan: lane.activePlan ?? '',
      by: 'region-failover',
      isReaction: true,
      now: () => edge.clock.now(),
    } as const;
    await cancelPlan(edge.rows, TARGET, plan);
    await edge.settle();
    expect(await edge.control.read(GROUP)).toEqual(before);
    expect(await edge.notes()).toEqual(['closed released']);
  });

  it('keeps the first baseline when an emergency comes in the middle of a ramp', async () => {
    await edge.ask(
      'weu',
      { enabled: false, urgency: 'planned', via: [50] },
      { by: { person: 'ann' }, cause: 'command' },
    );
    await edge.look();
    await edge.clock.advance(60_000);
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"weight":50}', 'weu {"enabled":false}']);

    edge.sick.clear();
    await edge.release('weu');
    await edge.settle();
    expect(await edge.control.read(GROUP)).toEqual(before);
  });

  it('lets an emergency pass a weight that is being written, and brings both back', async () => {
    await edge.ask('neu', { weights: { [idOf('neu')]: 50 } }, { subject: GROUP, kind: 'shares', cause: 'command' });
    await edge.look();
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.look();
    expect(edge.writes()).toEqual(['neu {"weight":50}', 'weu {"enabled":false}']);
    await edge.settle();
    edge.sick.clear();
    await edge.release('weu');
    await releaseIntents(edge.rows, TARGET, { which: () => true, reason: 'over', now: () => edge.clock.now() });
    await edge.settle();
    expect(await edge.control.read(GROUP)).toEqual(before);
  });

  it('takes back only what still holds what it wrote', async () => {
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    edge.control.change(idOf('weu'), { weight: 7 });
    edge.sick.clear();
    await edge.release('weu');
    await edge.settle();
    expect(await edge.control.read(GROUP)).toMatchObject({
      origins: [
        { id: idOf('neu'), enabled: true, weight: 100 },
        { id: idOf('weu'), enabled: true, weight: 7 },
      ],
    });
  });

  it('never drains the last one, whoever asks, and calls people', async () => {
    edge.sick.add('weu').add('neu');
    await edge.ask('weu', OUT);
    await edge.ask('neu', OUT, { cause: 'other' });
    await edge.settle();
    expect(edge.writes()).toEqual([]);
    expect((await edge.pages()).length).toBeGreaterThan(0);
  });
});

describe('a control plane that does not do as it is told', () => {
  it.each<[string, () => void]>([
    ['has too much to do', () => edge.control.fail({ on: 'begin', error: new RateLimitedError('write', 20_000) })],
    ['is busy with another', () => edge.control.fail({ on: 'begin', error: new ResourceBusyError('busy') })],
    ['does not answer for a while', () => edge.control.fail({ on: 'begin', error: new UpstreamError('write', 503) })],
    ['loses its answer, the write being done', () => edge.control.fail({ on: 'begin', lost: 'applied' })],
    ['loses its answer, the write being lost', () => edge.control.fail({ on: 'begin', lost: 'not-applied' })],
    ['cannot be asked after its write', () => edge.control.fail({ on: 'poll', error: new UpstreamError('poll', 500) })],
  ])('%s: the drain is written once, and in the end', async (_, fault) => {
    fault();
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"enabled":false}']);
    expect(await edge.notes()).toEqual(['open effective']);
  });

  it('forgets its write, which it undid: it is written again', async () => {
    edge.control.fail({ on: 'poll', ends: 'forgotten' });
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"enabled":false}', 'weu {"enabled":false}']);
    expect(await edge.notes()).toEqual(['open effective']);
  });

  it('fails at its write: nothing is left, it is not tried again, and people are called', async () => {
    edge.control.fail({ on: 'poll', ends: 'failed' });
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    await edge.settle();
    expect(edge.writes()).toEqual(['weu {"enabled":false}']);
    expect(await edge.control.read(GROUP)).toEqual(before);
    expect(await edge.notes()).toEqual(['failed operation-failed: the operation failed']);
    expect(await edge.pages()).toEqual(['operation-failed: the operation failed']);
  });

  it('refuses eight times: it is given up, and people are called', async () => {
    Array.from({ length: 20 }).forEach(() =>
      edge.control.fail({ on: 'begin', error: new UpstreamError('write', 503) }),
    );
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    expect(await edge.plans()).toMatchObject([{ state: 'refused', journal: Array.from({ length: 8 }, () => ({})) }]);
    expect(await edge.notes()).toEqual(['failed control-plane-unavailable']);
    expect(await edge.pages()).toEqual(['control-plane-unavailable']);
  });

  it('may not be written by us: it is not tried again, and people are called', async () => {
    edge.control.fail({ on: 'begin', error: new UpstreamError('write', 403) });
    edge.sick.add('weu');
    await edge.ask('weu', OUT);
    await edge.settle();
    await edge.settle();
    expect(await edge.notes()).toEqual(['failed authorization: write failed with HTTP 403']);
    expect(edge.writes()).toEqual([]);
  });
});

describe('gates', () => {
  it('get traffic away while the control plane does not answer, and back when all is well', async () => {
    edge = new LoopedEdge({ hasGates: true });
    edge.sick.add('weu');
    edge.control.fail({ on: 'read', error: new UpstreamError('read', 503) });
    edge.control.fail({ on: 'read', error: new UpstreamError('read', 503) });
    await edge.ask('weu', OUT);
    await edge.settle();
    expect(await edge.closed()).toEqual(['weu']);
    expect(edge.writes()).toEqual([]);

    edge.sick.clear();
    await edge.clock.advance(60_000);
    await edge.release('weu');
    await edge.settle();
    expect(await edge.closed()).toEqual([]);
    expect(edge.writes()).toEqual([]);
    expect(await edge.control.read(GROUP)).toEqual(before);
  });
});

describe('a process that ends', () => {
  async function story(): Promise<void> {
    edge.sick.add('weu');
    await edge.persist(() => edge.ask('weu', OUT));
    await edge.persist(() => edge.settle());
    edge.sick.clear();
    await edge.persist(() => edge.release('weu'));
    await edge.persist(() => edge.settle());
  }

  it.each(['before', 'after'] as const)(
    'right %s any transaction: each write is sent once, and all is as it was',
    async (when) => {
      await story();
      const expected = edge.writes();
      const { transactions } = edge.store;
      expect(expected).toHaveLength(2);
      for (let at = 0; at < transactions; at += 1) {
        edge = new LoopedEdge();
        edge.store.crash = { at, when };
        await story();
        expect(edge.writes(), `transaction ${at}`).toEqual(expected);
        expect(await edge.control.read(GROUP), `transaction ${at}`).toEqual(before);
        expect(await edge.notes(), `transaction ${at}`).toEqual(['closed released']);
      }
    },
  );
});
