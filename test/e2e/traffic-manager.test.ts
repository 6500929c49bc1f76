import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  byNames,
  endpointAlert,
  failoverFleet,
  FailoverStack,
  trafficManagerId,
  type SeenPlan,
} from './failover-stack.ts';

/** Resolvers forget after their TTL, and answers are counted in whole minutes; what is slow here is no failure. */
const GENEROUS_MS = 900_000;
const PROFILE = trafficManagerId('names');
const SIGNALS = { quorum: 1, recoverHold: '3s', sources: ['alerts'] };

describe('a region behind a Traffic Manager profile that is said to be bad', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    stack = await FailoverStack.start(failoverFleet({ names: { ...byNames('names'), signals: SIGNALS } }));
  });

  afterAll(async () => {
    await stack.remove();
  });

  it('is drained by one write, effective by who is named, and the profile comes back exactly', async () => {
    const before = await stack.properties(PROFILE);
    await stack.servedBy('names', 'names-neu', 'names-weu');
    await stack.alert(endpointAlert('names', 'names-weu', 'Fired'));
    await stack.servedBy('names', 'names-neu');
    expect(await stack.writesBelow(PROFILE)).toMatchObject([
      {
        id: `${PROFILE}/externalEndpoints/names-weu`.toLowerCase(),
        verb: 'PATCH',
        set: { endpointStatus: 'Disabled' },
      },
    ]);

    await stack.tickUntil(async () => ![undefined, 'waiting'].includes((await effect())?.state));
    expect(await effect()).toMatchObject({
      state: 'effective',
      by: ['dns-answers'],
      numbers: { dnsShares: { 'names-neu': 1, 'names-weu': 0 } },
    });

    await stack.alert(endpointAlert('names', 'names-weu', 'Resolved'));
    await stack.servedBy('names', 'names-neu', 'names-weu');
    expect(await stack.properties(PROFILE)).toEqual(before);
    expect(await stack.writesBelow(PROFILE)).toMatchObject([{}, { set: { endpointStatus: 'Enabled' } }]);
  });

  /** What the edge shows of the newest plan that is done. */
  async function effect(): Promise<SeenPlan['effect']> {
    const [listed] = await stack.plans(PROFILE, 'done');
    return listed === undefined ? undefined : (await stack.plan(listed.id)).effect;
  }
});
