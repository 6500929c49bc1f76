import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { failoverFleet, FailoverStack, originAlert } from './failover-stack.ts';
import { handled } from './pushed-image.ts';
import { until } from './stack-process.ts';

/** Drain, probes and restore take their time; what is slow here is no failure. */
const GENEROUS_MS = 600_000;

/** Only alerts count: what the local edge measures meanwhile, that all is well, would overrule them after a minute. */
const BY_ALERTS = { signals: { quorum: 1, recoverHold: '3s', sources: ['alerts'] } };

const OTHER_APP = '00000000-0000-4000-8000-0000000000ee';

describe('a region that is said to be bad', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    const proposed = { mode: { drain: 'enforce', restore: 'propose' }, approvals: { restore: 1 } };
    stack = await FailoverStack.start(
      failoverFleet({
        plain: BY_ALERTS,
        gated: { gate: true, ...BY_ALERTS },
        quiet: BY_ALERTS,
        measured: {},
        slow: { signals: { quorum: 1, recoverHold: '3s', latencyFactor: 1.5, sources: ['edge-latency'] } },
        asked: { ...BY_ALERTS, ...proposed },
      }),
    );
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** Waits until no operation of the edge is open. */
  async function isTerminal(edge: string, region: string): Promise<void> {
    await until(async () => {
      const { provisioningState } = await stack.origin(edge, region);
      return provisioningState === 'Succeeded' ? true : undefined;
    });
  }

  it('is drained by one write, and what was there comes back exactly', async () => {
    const before = await stack.origin('plain', 'weu');
    // As Front Door's metrics call it.
    const label = `${before['hostName'] as string}:443`;
    await stack.servedBy('plain', 'plain-neu', 'plain-weu');
    await stack.alert(originAlert('plain', label, 'Fired'));
    await stack.servedBy('plain', 'plain-neu');
    expect(await stack.writes('plain')).toMatchObject([{ verb: 'PATCH', set: { enabledState: 'Disabled' } }]);
    await stack.alert(originAlert('plain', 'plain-weu', 'Fired', 'again'));
    await stack.tick();
    await handled(stack.process);
    expect(await stack.writes('plain')).toHaveLength(1);

    await stack.alert(originAlert('plain', label, 'Resolved'));
    await stack.alert(originAlert('plain', 'plain-weu', 'Resolved', 'again'));
    await stack.servedBy('plain', 'plain-neu', 'plain-weu');
    await isTerminal('plain', 'weu');
    expect(await stack.origin('plain', 'weu')).toEqual(before);
    expect(await stack.writes('plain')).toHaveLength(2);
  });

  it('is drained by its gate without any write to Front Door', async () => {
    await stack.servedBy('gated', 'gated-neu', 'gated-weu');
    await stack.alert(originAlert('gated', 'gated-weu', 'Fired'));
    await until(async () => ((await stack.gateOf('gated-weu')) === 'closed' ? true : undefined));
    await stack.servedBy('gated', 'gated-neu');
    await stack.alert(originAlert('gated', 'gated-weu', 'Resolved'));
    await until(async () => ((await stack.gateOf('gated-weu')) === 'open' ? true : undefined));
    await stack.servedBy('gated', 'gated-neu', 'gated-weu');
    expect(await stack.writes('gated')).toEqual([]);
  });

  it.each<[string, number, string, () => Promise<string>]>([
    [
      'changed on the way',
      401,
      'bad-signature',
      async () => (await stack.token()).replace(/\.[^.]+$/, '.' + 'A'.repeat(342)),
    ],
    ['expired', 401, 'expired', () => stack.forged({ exp: Math.floor(Date.now() / 1000) - 3_600 })],
    ['for another API', 401, 'wrong-audience', () => stack.forged({ aud: OTHER_APP })],
    ['of another application', 403, 'wrong-application', () => stack.forged({ azp: OTHER_APP })],
    ['without the role', 403, 'missing-role', () => stack.forged({ roles: [] })],
    ['of a person', 403, 'user-token', () => stack.personToken('alice')],
    ['of another tenant', 401, 'wrong-tenant', () => stack.forged({ tid: OTHER_APP })],
  ])('stays where it is when the token is %s', async (_, status, reason, token) => {
    const answer = await stack.post(originAlert('quiet', 'quiet-weu', 'Fired'), await token());
    expect([answer.status, await answer.json()]).toMatchObject([
      status,
      { code: 'REFLEX_TOKEN_REFUSED', detail: expect.stringContaining(reason) as string },
    ]);
    await stack.tick();
    expect(await stack.writes('quiet')).toEqual([]);
    expect(await stack.serving('quiet')).toEqual(['quiet-neu', 'quiet-weu']);
  });

  it('stays where it is when the alert comes by the key of the Event Grid webhook', async () => {
    const { url, eventGridKey } = stack.process.endpoints.host;
    const answer = await fetch(`${url}/runtime/webhooks/eventgrid?functionName=event-grid&code=${eventGridKey}`, {
      method: 'POST',
      headers: { 'aeg-event-type': 'Notification', 'content-type': 'application/json' },
      body: JSON.stringify(originAlert('quiet', 'quiet-weu', 'Fired', 'by-key')),
    });
    expect(answer.status).toBe(202);
    await stack.tick();
    expect(await stack.writes('quiet')).toEqual([]);
  });

  it('moves for the same alert when the token counts', async () => {
    await stack.alert(originAlert('quiet', 'quiet-weu', 'Fired'));
    await stack.servedBy('quiet', 'quiet-neu');
    expect(await stack.writes('quiet')).toHaveLength(1);
  });

  it('returns only after an approver has said yes to the plan by its digest', async () => {
    const before = await stack.origin('asked', 'weu');
    await stack.alert(originAlert('asked', 'asked-weu', 'Fired'));
    await stack.servedBy('asked', 'asked-neu');
    await stack.alert(originAlert('asked', 'asked-weu', 'Resolved'));
    const plan = await stack.waitingPlan('asked');
    expect(await stack.writes('asked')).toHaveLength(1);

    const approve = `plans/${plan.id}/approve`;
    expect(await stack.call('POST', approve, 'rita', { digest: plan.digest })).toMatchObject([403, {}]);
    expect(await stack.call('POST', approve, 'bob', { digest: 'e'.repeat(64) })).toMatchObject([409, {}]);
    expect(await stack.call('POST', approve, 'bob', { digest: plan.digest })).toMatchObject([200, {}]);
    await stack.servedBy('asked', 'asked-neu', 'asked-weu');
    await isTerminal('asked', 'weu');
    expect(await stack.origin('asked', 'weu')).toEqual(before);
  });

  it('is found by the timer alone when nobody sends an alert, failing or slow', async () => {
    await stack.switchRegion('measured-weu', { errorRate: 1 });
    // Within the 50 ms of the group's latency sensitivity: beyond them Front Door itself sends it nothing to be measured by.
    await stack.switchRegion('slow-weu', { latencyMs: 68 });
    for (const edge of ['measured', 'slow']) {
      await stack.tickUntil(async () => (await stack.writes(edge)).length > 0);
      await stack.servedBy(edge, `${edge}-neu`);
      await stack.tick();
      expect(await stack.writes(edge)).toMatchObject([
        { id: expect.stringMatching(new RegExp(`${edge}-weu$`)) as string, set: { enabledState: 'Disabled' } },
      ]);
    }
  });
});
