import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { actedOn, auditOf, commitOf, push } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

describe('a pushed image becomes a commit', () => {
  let stack: StackProcess;

  beforeEach(async () => {
    stack = await StackProcess.create();
  });

  afterEach(async () => {
    await stack.remove();
  });

  it.each(['cloud-events', 'queue'])('when Event Grid hands events over by %s', async (route) => {
    await stack.start({}, ['--events', route]);
    await push(stack, '1.8.0');
    await commitOf(stack, '1.8.0');
    const { fault } = await until(async () => {
      const audit = await auditOf(stack);
      return actedOn(audit.records, '1.8.0').length === 1 ? audit : undefined;
    });
    expect(fault).toBeUndefined();
  });
});
