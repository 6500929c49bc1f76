import { expect, it } from 'vitest';

import { ArmReader } from '../../../../shared/adapters/arm-reader.ts';
import { readServingNodes } from '../../../../shared/adapters/azure-monitor/node-pools.ts';

it('a fault of our own is no region that is down', async () => {
  const arm = new ArmReader({ armToken: () => Promise.resolve('token') });
  arm.list = () => Promise.reject(new TypeError('a bug'));
  await expect(readServingNodes(arm, '/subscriptions/s', { from: 0, to: 1 })).rejects.toThrow('a bug');
});
