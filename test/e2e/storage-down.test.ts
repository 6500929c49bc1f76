import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { actedOn, auditOf, commitOf, commitsOf, push, pushedEvent } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

/** Event Grid gives a webhook 30 s: https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const EVENT_GRID_WAITS_MS = 30_000;

describe('while storage does not answer', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await stack.start();
    await push(stack, '1.7.0');
    await commitOf(stack, '1.7.0');
  });

  afterAll(async () => {
    process.kill(stack.endpoints.storage.pid, 'SIGCONT');
    await stack.remove();
  });

  it('the webhook asks to send again in time, and nothing is lost when storage is back', async () => {
    const { pid } = stack.endpoints.storage;
    process.kill(pid, 'SIGSTOP');
    const late = pushedEvent('late', { tag: '1.7.1' });
    const signal = AbortSignal.timeout(EVENT_GRID_WAITS_MS);
    const [refused] = await Promise.all([stack.deliver([late], {}, signal), push(stack, '1.7.1')]);
    expect([500, 503]).toContain(refused.status);
    expect(await commitsOf(stack, '1.7.1')).toEqual([]);

    process.kill(pid, 'SIGCONT');
    await commitOf(stack, '1.7.1');
    expect((await stack.deliver([late])).status).toBe(202);
    await push(stack, '1.7.2');
    await commitOf(stack, '1.7.2');

    expect(await commitsOf(stack, '1.7.1')).toHaveLength(1);
    const { records, fault } = await until(async () => {
      const audit = await auditOf(stack);
      return actedOn(audit.records, '1.7.2').length > 0 ? audit : undefined;
    });
    expect(fault).toBeUndefined();
    expect(actedOn(records, 'at dev to 1.7.1')).toHaveLength(1);
  }, 600_000);
});
