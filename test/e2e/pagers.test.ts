import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { receiver, type Receiver } from '../unit/adapters/webhook-pager/receiver.ts';
import { failoverFleet, FailoverStack, originAlert } from './failover-stack.ts';

/** Escalation takes a minute at least; what is slow here is no failure. */
const GENEROUS_MS = 600_000;
const BY_ALERTS = { signals: { quorum: 1, recoverHold: '3s', sources: ['alerts'] } };
const KEY = '0123456789abcdef0123456789abcdef';

interface Event {
  readonly routing_key: string;
  readonly event_action: string;
  readonly dedup_key: string;
}

describe('the people who are called', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let pagerDuty: Receiver;
  let opsgenie: Receiver;
  let deadMansSwitch: Receiver;

  beforeAll(async () => {
    [pagerDuty, opsgenie, deadMansSwitch] = await Promise.all([receiver(), receiver(), receiver()]);
    stack = await FailoverStack.start(failoverFleet({ shop: BY_ALERTS }), [], {
      REFLEX_PAGERS: JSON.stringify({
        first: { format: 'pagerduty', url: `${pagerDuty.url}/v2/enqueue`, key: KEY },
        second: { format: 'opsgenie', url: opsgenie.url, key: KEY },
      }),
      REFLEX_ESCALATE_MINUTES: '1',
      REFLEX_HEARTBEAT_URL: `${deadMansSwitch.url}/ping`,
    });
    await stack.alert(originAlert('shop', 'shop-neu', 'Resolved'));
  });

  afterAll(async () => {
    await stack.remove();
    await Promise.all([pagerDuty, opsgenie, deadMansSwitch].map(async (one) => await one.close()));
  });

  const events = (): readonly Event[] => pagerDuty.received.map(({ body }) => body as Event);

  it('are not called while all is well, and somebody outside hears that the app is at work', async () => {
    await stack.tickUntil(() => Promise.resolve(deadMansSwitch.received.length > 0));
    expect(deadMansSwitch.received[0]).toMatchObject({ method: 'GET', target: '/ping' });
    expect(events()).toEqual([]);
  });

  it('are the first ones at once, and the next ones when those say nothing', async () => {
    await stack.alert(originAlert('shop', 'shop-weu', 'Fired'));
    await stack.alert(originAlert('shop', 'shop-neu', 'Fired', 'b'));
    await stack.tickUntil(() => Promise.resolve(events().length > 0));
    expect(events()[0]).toMatchObject({ routing_key: KEY, event_action: 'trigger' });
    expect(opsgenie.received).toEqual([]);

    await stack.tickUntil(() => Promise.resolve(opsgenie.received.length > 0));
    const [told] = opsgenie.received;
    expect(told).toMatchObject({ method: 'POST', target: '/v2/alerts', body: { priority: 'P1' } });
    expect(told?.headers.get('authorization')).toBe(`GenieKey ${KEY}`);
    expect(events().filter(({ event_action: action }) => action === 'trigger')).toHaveLength(
      new Set(events().map(({ dedup_key: key }) => key)).size,
    );
  });

  it('are told when it is over', async () => {
    await stack.alert(originAlert('shop', 'shop-neu', 'Resolved', 'b'));
    await stack.alert(originAlert('shop', 'shop-weu', 'Resolved'));
    const isOver = ({ event_action: action }: Event): boolean => action === 'resolve';
    await stack.tickUntil(() => Promise.resolve(events().some(isOver)));
    await stack.tickUntil(() => Promise.resolve(opsgenie.received.some(({ target }) => target.includes('/close?'))));
  });
});
