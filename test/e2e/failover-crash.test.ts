import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CellProcess } from './cell-process.ts';
import { failoverFleet, FailoverStack, originAlert } from './failover-stack.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 600_000;
/** Time enough to be killed, and for another cell to come up, on a machine that is busy. */
const WRITE_SECONDS = '10';

describe('an app that is killed while Front Door works', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let cells: CellProcess[];

  beforeEach(async () => {
    cells = [];
    const fleet = failoverFleet({ shop: { signals: { quorum: 1, recoverHold: '3s', sources: ['alerts'] } } });
    stack = await FailoverStack.start(fleet, ['--no-app', '--front-door-write', WRITE_SECONDS]);
  });

  afterEach(async () => {
    await Promise.all(cells.map(async (cell) => await cell.kill('SIGTERM')));
    await stack.remove();
  });

  function cell(name: string): CellProcess {
    const made = new CellProcess(stack.process.data, name);
    cells.push(made);
    return made;
  }

  /** Has the region drained by a cell, which dies when Front Door has taken the write, and after `meanwhile`. */
  async function dieMeanwhile(first: CellProcess, meanwhile?: () => Promise<void>): Promise<void> {
    await stack.alert(originAlert('shop', 'shop-weu', 'Fired'));
    await until(async () => ((await stack.writes('shop')).length > 0 ? true : undefined));
    await meanwhile?.();
    await first.kill();
    expect(await stack.origin('shop', 'weu')).toMatchObject({ provisioningState: 'Updating' });
  }

  async function expectOneDrain(): Promise<void> {
    await until(async () => (await stack.plans('shop', 'done'))[0]);
    await stack.servedBy('shop', 'shop-neu');
    await stack.tick();
    expect(await stack.writes('shop')).toMatchObject([{ verb: 'PATCH', set: { enabledState: 'Disabled' } }]);
    expect(await stack.plans('shop', 'done')).toHaveLength(1);
  }

  it('goes on with the write that it had begun when it is started again', async () => {
    const first = cell('a');
    stack.ask(await first.start());
    await dieMeanwhile(first);
    stack.ask(await first.start());
    await expectOneDrain();
  });

  it('is replaced by a second cell on the same storage, although it never comes back', async () => {
    const [first, second] = [cell('a'), cell('b')];
    stack.ask(await first.start());
    // Not before the write has begun, or it might have been the second cell's own.
    await dieMeanwhile(first, async () => stack.ask(await second.start()));
    await expectOneDrain();
  });
});
