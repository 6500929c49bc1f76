import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import { gather } from '../../../shared/reconcile/gathering.ts';
import type { LookContext } from '../../../shared/reconcile/look-context.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { intentOf } from './rows.ts';
import { PLANT } from './valves-target.ts';

const clock = new VirtualClock();
const ago = (ms: number): string => new Date(clock.now().getTime() - ms).toISOString();

/** How long a look waits for others, in milliseconds; undefined if it does not. */
async function waits(windowMs: number, ...intents: readonly Partial<Intent>[]): Promise<number | undefined> {
  const rows = new TargetRows(new InMemoryRowStore());
  const open = intents.map((more, index) => intentOf({ subject: `plant/a/${index}`, ...more }));
  const state = await rows.save(PLANT, await rows.load(PLANT), { intents: open });
  const kind = { concerns: () => true, windowMs: () => windowMs };
  const sleeping = { now: () => clock.now(), sleep: () => Promise.resolve() };
  const context = { target: PLANT, kind, rows, clock: sleeping } as unknown as LookContext<unknown, unknown>;
  const found = await gather(context, state);
  const { gatherUntil } = (await rows.load(PLANT)).lane;
  expect(found === undefined).toBe(gatherUntil === undefined);
  return gatherUntil === undefined ? undefined : Date.parse(gatherUntil) - clock.now().getTime();
}

describe('new intents are gathered', () => {
  it('from when the newest facts were read', async () => {
    expect(await waits(2_000, { asOf: ago(300) }, { asOf: ago(90_000) })).toBe(1_700);
  });

  it('from when it was pushed, where the push came by the usual way', async () => {
    expect(await waits(2_000, { asOf: ago(300), raisedAt: ago(1_200) })).toBe(800);
    expect(await waits(2_000, { asOf: ago(300), raisedAt: ago(2_300) })).toBeUndefined();
  });

  it('like a burst where a backlog is worked off', async () => {
    expect(await waits(2_000, { asOf: ago(0), raisedAt: ago(3_600_000) })).toBe(2_000);
  });

  it('for no longer than from now, whatever the clock of a signal says', async () => {
    expect(await waits(2_000, { asOf: ago(0), raisedAt: ago(-60_000) })).toBe(2_000);
    expect(await waits(2_000, { asOf: ago(-60_000) })).toBe(2_000);
  });

  it('not where everything has been looked at before', async () => {
    expect(await waits(2_000, { asOf: ago(0), note: 'freeze' })).toBeUndefined();
  });
});
