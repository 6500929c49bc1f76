import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { IntentRequest } from '../../../shared/intents/lifecycle.ts';
import { openIntents } from '../../../shared/reconcile/open-intents.ts';
import { releaseIntents } from '../../../shared/reconcile/release-intents.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { reconcile, type Report } from '../../../shared/reconcile/reconcile.ts';
import { TargetRows, type TargetState } from '../../../shared/reconcile/target-rows.ts';
import type { TargetRef } from '../../../shared/reconcile/target-kind.ts';
import { findAuditFault, type AuditRecord } from '../../../shared/records/audit.ts';
import { OTHER_PLANT, PLANT, Valves } from './valves-target.ts';

const A = 'plant/a/one';
const B = 'plant/a/two';
const ELSEWHERE = 'plant/b/one';

class Plant {
  readonly clock = new VirtualClock();
  readonly store = new InMemoryRowStore();
  readonly rows = new TargetRows(this.store);
  readonly valves = new Valves({ [A]: 1, [B]: 2, [ELSEWHERE]: 3 }, () => this.clock.now().getTime());
  readonly #random = new SeededRandom(5);

  ask(subject: string, to: number, more: Partial<IntentRequest> = {}): Promise<unknown> {
    const target = subject === ELSEWHERE ? OTHER_PLANT : PLANT;
    const request: IntentRequest = {
      subject,
      by: { reaction: 'turner' },
      cause: 'incident',
      kind: 'out',
      value: { to },
      mode: 'enforce',
      reason: 'because',
      signals: [`signal-${to}`],
      asOf: this.clock.now().toISOString(),
      ...more,
    };
    return openIntents(this.rows, target, { requests: [request], now: () => this.clock.now() });
  }

  release(subject: string): Promise<unknown> {
    return releaseIntents(this.rows, PLANT, {
      which: (intent) => intent.subject === subject,
      reason: 'well again',
      now: () => this.clock.now(),
    });
  }

  look(target: TargetRef = PLANT): Promise<Report> {
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const tools = { rows: this.store, clock: this.clock, random: this.#random, log };
    return this.clock.run(reconcile(target, this.valves, tools));
  }

  /** Looks as often as the loop asks for, in virtual time. */
  async settle(target: TargetRef = PLANT): Promise<void> {
    for (let looks = 0; looks < 50; looks += 1) {
      const { wakeInMs } = await this.look(target);
      if (wakeInMs === undefined) {
        return;
      }
      await this.clock.advance(wakeInMs);
    }
    throw new Error('does not settle');
  }

  state(target: TargetRef = PLANT): Promise<TargetState> {
    return this.rows.load(target);
  }

  async plans(): Promise<readonly Plan[]> {
    return (await this.store.list('plants', 'plan|'))
      .map(({ value }) => value as unknown as Plan)
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  async kinds(): Promise<readonly string[]> {
    const records = (await this.store.list('plants', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    expect(findAuditFault(records, (await this.state()).head.audit)).toBeUndefined();
    return records.map(({ kind }) => kind);
  }
}

function quiet(): void {
  // Nothing to say.
}

describe('standing intents', () => {
  it('hold until they are released, and then leave what was there before', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
    expect([...(await plant.state()).intents.values()][0]).toMatchObject({ state: 'open', note: 'effective' });
    expect((await plant.state()).lane.fields).toMatchObject([{ subject: A, baseline: { to: 1 }, written: { to: 9 } }]);

    await plant.release(A);
    await plant.settle();

    expect(plant.valves.values[A]).toBe(1);
    expect([...(await plant.state()).intents.values()][0]).toMatchObject({ state: 'closed', note: 'released' });
    expect((await plant.state()).lane.fields).toEqual([]);
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('are written step by step in one plan, each step after its bake', async () => {
    const plant = new Plant();
    plant.valves.bakeMs = 300_000;
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    const began = plant.clock.now().getTime();
    await plant.settle();

    expect(plant.valves.sent).toEqual([`${A}=8`, `${B}=9`]);
    expect(plant.clock.now().getTime() - began).toBeGreaterThanOrEqual(2 * 60_000 + 2 * 300_000);
    const [plan, ...more] = await plant.plans();
    expect(more).toEqual([]);
    expect(plan).toMatchObject({ state: 'done', steps: [{ id: A }, { id: B }], journal: [{}, {}] });
  });

  it('do nothing when looked at again', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    const { revision } = (await plant.state()).head;
    await plant.settle();
    expect((await plant.state()).head.revision).toBe(revision);
  });

  it('keep the first baseline when a second one takes over before the first is released', async () => {
    const plant = new Plant();
    await plant.ask(A, 5);
    await plant.settle();
    await plant.ask(A, 7, { signals: ['newer'], asOf: '2030-01-01T00:00:00.000Z' });
    await plant.settle();
    await plant.release(A);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(1);
  });
});

describe('a long operation', () => {
  it('is resumed by whoever looks next, and never sent again', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.look();
    await plant.clock.advance(30_000);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 30_000 });
    await plant.clock.advance(30_000);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(plant.valves.sent).toHaveLength(1);
  });

  it.each([
    ['lost-operation', 1],
    ['lost-answer-applied', 1],
    ['lost-answer', 1],
  ] as const)('whose trace is gone (%s) is settled by reading', async (fault, sends) => {
    const plant = new Plant();
    plant.valves.faults = [fault];
    await plant.ask(A, 9);
    await plant.look().catch(() => undefined);
    await plant.clock.advance(10_000);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
    expect(plant.valves.sent).toHaveLength(sends);
  });

  it('that fails takes the plan back, and what failed is not tried again', async () => {
    const plant = new Plant();
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    plant.valves.faults = ['works', 'fails'];
    await plant.settle();

    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 2 });
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['gone-back']);
    const sends = plant.valves.sent.length;
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(sends);
    expect(await plant.kinds()).toContain('plan-ended');
  });

  it('that fails on the way back stops, keeps the target and pages', async () => {
    const plant = new Plant();
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    plant.valves.faults = ['works', 'fails', 'refused'];
    await plant.settle();

    expect(await plant.kinds()).toContain('paged');
    expect((await plant.state()).lane.activePlan).toBeDefined();
    const sends = plant.valves.sent.length;
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(sends);
  });

  it('keeps its channel from other targets until it is over', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.ask(ELSEWHERE, 9);
    await plant.look();
    expect((await plant.look(OTHER_PLANT)).outcome).toBe('busy');
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    await plant.clock.advance(60_000);
    await plant.settle();
    await plant.settle(OTHER_PLANT);
    expect(plant.valves.values).toMatchObject({ [A]: 9, [ELSEWHERE]: 9 });
  });
});
