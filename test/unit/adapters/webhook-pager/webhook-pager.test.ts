import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SystemClock } from '../../../../shared/adapters/node/system-clock.ts';
import { WebhookPager } from '../../../../shared/adapters/webhook-pager/webhook-pager.ts';
import { WebhookSwitch } from '../../../../shared/adapters/webhook-pager/webhook-switch.ts';
import { RateLimitedError, UpstreamError } from '../../../../shared/errors.ts';
import {
  OPSGENIE_URL,
  opsgenieFormat,
  PAGERDUTY_URL,
  pagerDutyFormat,
  genericFormat,
} from '../../../../shared/notify/page-formats.ts';
import { slackFormat } from '../../../../shared/notify/slack-format.ts';
import { teamsFormat } from '../../../../shared/notify/teams-format.ts';
import type { PageFormat } from '../../../../shared/ports/pager.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { page } from '../../notify/pages.ts';
import { receiver, type Receiver } from './receiver.ts';

const clock = new SystemClock();

async function errorOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('WebhookPager', () => {
  let service: Receiver;

  beforeEach(async () => {
    service = await receiver();
  });

  afterEach(() => service.close());

  const pager = (format: PageFormat, path = ''): WebhookPager =>
    new WebhookPager({ name: 'oncall', url: service.url + path, format, clock });

  it('posts the format as JSON', async () => {
    await pager(pagerDutyFormat('KEY'), '/v2/enqueue').page(page());
    expect(service.received).toMatchObject([
      { method: 'POST', target: '/v2/enqueue', body: { event_action: 'trigger', routing_key: 'KEY' } },
    ]);
    expect(service.received[0]!.headers.get('content-type')).toBe('application/json');
  });

  it.each([
    ['generic', genericFormat({ authorization: 'Bearer SECRET' }), { schema: 1, event: 'page' }, { event: 'resolve' }],
    ['teams', teamsFormat(), { type: 'message', attachments: [{}] }, { type: 'message', attachments: [{}] }],
    ['slack', slackFormat(), { blocks: [{ type: 'header' }, {}, {}, {}, {}] }, { text: 'Over: edge/shop/weu' }],
  ])('posts %s to the very address that it was given', async (_, format, paged, resolved) => {
    const chat = pager(format, '/workflows/1/triggers?sig=a%2Bb&sv=1.0');
    await chat.page(page());
    await chat.resolve(page().key);
    expect(service.received.map(({ target }) => target)).toEqual(
      Array(2).fill('/workflows/1/triggers?sig=a%2Bb&sv=1.0'),
    );
    expect(service.received.map(({ body }) => body)).toMatchObject([paged, resolved]);
  });

  it('appends the path and the query of the format to the address and keeps both of its own', async () => {
    const opsgenie = pager(opsgenieFormat('SECRET'), '/jsm/ops/integration/?cell=1');
    await opsgenie.page(page({ key: '../weu?x' }));
    await opsgenie.resolve('edge-weu');
    expect(service.received.map(({ target }) => target)).toEqual([
      '/jsm/ops/integration/v2/alerts?cell=1',
      '/jsm/ops/integration/v2/alerts/edge-weu/close?cell=1&identifierType=alias',
    ]);
    expect(service.received[0]!.headers.get('authorization')).toBe('GenieKey SECRET');
  });

  it.each([200, 201, 202, 204])('takes %i for an acknowledgement', async (status) => {
    service.answer(() => new Response(null, { status }));
    expect(await errorOf(pager(genericFormat()).page(page()))).toBeUndefined();
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [500, true],
    [503, true],
  ])('throws UpstreamError on %i', async (status, retryable) => {
    service.answer(() => new Response('routing_key SECRET is bad', { status }));
    const error = await errorOf(pager(genericFormat()).resolve('k'));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ status, retryable });
  });

  it.each([301, 302, 307, 308])('does not follow %i', async (status) => {
    service.answer(() => new Response(null, { status, headers: { location: `${service.url}/elsewhere` } }));
    expect(await errorOf(pager(genericFormat()).page(page()))).toMatchObject({ code: 'REFLEX_UPSTREAM', status });
    expect(service.received).toHaveLength(1);
  });

  it('waits for nothing but the status', async () => {
    service.answer(() => new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(1)) })));
    expect(await errorOf(pager(genericFormat()).page(page()))).toBeUndefined();
  });

  it('throws UpstreamError with the code of the failure when nobody listens', async () => {
    await service.close();
    const error = await errorOf(pager(genericFormat()).page(page()));
    expect(error).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 0, retryable: true });
    expect((error as UpstreamError).cause).toMatchObject({ message: 'ECONNREFUSED' });
    service = await receiver();
  });
});

describe('WebhookPager in virtual time', () => {
  const make = (time: VirtualClock, fetch: typeof globalThis.fetch): WebhookPager =>
    new WebhookPager({ name: 'oncall', url: 'https://h.example/SECRET', format: genericFormat(), clock: time, fetch });

  it.each([
    ['30', 30_000],
    ['Mon, 05 Jan 2026 08:01:00 GMT', 60_000],
    ['Mon, 05 Jan 2026 07:00:00 GMT', 0],
    ['soon', 120_000],
    [undefined, 120_000],
  ])('waits as long as a 429 with Retry-After %s says', async (text, retryAfterMs) => {
    const headers = text === undefined ? {} : { 'retry-after': text };
    const busy = make(new VirtualClock(), () => Promise.resolve(new Response(null, { status: 429, headers })));
    const error = await errorOf(busy.page(page()));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs });
  });

  it('gives up after 10 s by the clock that it was given, and ends the request', async () => {
    const time = new VirtualClock();
    const signals: AbortSignal[] = [];
    const silent = make(time, (_, init) => {
      signals.push(init!.signal!);
      return new Promise(() => undefined);
    });
    const started = time.now().getTime();
    const error = await time.run(errorOf(silent.page(page())));
    expect(error).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 0, cause: { message: 'TimeoutError' } });
    expect(time.now().getTime() - started).toBe(10_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('leaves no sleeper behind after an answer', async () => {
    const time = new VirtualClock();
    const started = time.now();
    await make(time, () => Promise.resolve(new Response())).page(page());
    await expect(time.run(new Promise(() => undefined))).rejects.toThrow();
    expect(time.now()).toEqual(started);
  });

  it.each([
    ['the address', () => Promise.reject(new TypeError('Failed to parse URL from https://h.example/SECRET'))],
    [
      'a header',
      () => {
        throw new TypeError('Headers.append: "Bearer SECRET\n" is an invalid header value');
      },
    ],
    ['a code that is none', () => Promise.reject(Object.assign(new Error('x'), { code: 'at /SECRET', name: '' }))],
    ['an answer', () => Promise.resolve(new Response('SECRET', { status: 400, statusText: 'SECRET' }))],
  ] as const)('keeps %s out of its errors', async (_, fetch) => {
    const error = await errorOf(make(new VirtualClock(), fetch).page(page()));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });
});

describe('services', () => {
  it.each([
    ['PagerDuty', PAGERDUTY_URL, pagerDutyFormat('KEY'), ['/v2/enqueue', '/v2/enqueue']],
    ['Opsgenie', OPSGENIE_URL, opsgenieFormat('KEY'), ['/v2/alerts', '/v2/alerts/weu/close?identifierType=alias']],
  ])('%s is reached where its documentation says', async (_, url, format, targets) => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = (address) => {
      asked.push(new Request(address).url);
      return Promise.resolve(new Response(null, { status: 202 }));
    };
    const pager = new WebhookPager({ name: 'oncall', url, format, clock: new VirtualClock(), fetch });
    await pager.page(page());
    await pager.resolve('weu');
    expect(asked).toEqual(targets.map((target) => new URL(url).origin + target));
  });
});

describe('addresses', () => {
  const make = (url: string): WebhookPager => new WebhookPager({ name: 'oncall', url, format: genericFormat(), clock });

  it.each([
    'https://hooks.example/a?b=c',
    'http://localhost:8080/',
    'http://127.0.0.1:1/',
    'http://2130706433/',
    'http://[::1]:8080/x',
  ])('takes %s', (url) => {
    expect(make(url)).toBeInstanceOf(WebhookPager);
  });

  it.each([
    'http://hooks.example/SECRET',
    'http://127.0.0.1.evil.example/SECRET',
    'http://localhost.evil.example/SECRET',
    'http://169.254.169.254/SECRET',
    'https://user:SECRET@hooks.example/',
    'ftp://localhost/SECRET',
    'SECRET',
    '',
  ])('refuses %s without saying it', (url) => {
    let error: unknown;
    try {
      make(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'REFLEX_INVALID_SETTING', setting: 'oncall' });
    expect(inspect(error)).not.toContain('SECRET');
  });
});

describe('WebhookSwitch', () => {
  it('asks for the address as it stands, by GET or POST', async () => {
    const service = await receiver();
    const url = `${service.url}/ping/1?rid=2`;
    await new WebhookSwitch({ name: 'switch', url, clock }).reset();
    await new WebhookSwitch({ name: 'switch', url, clock, method: 'POST' }).reset();
    service.answer(() => new Response(null, { status: 410 }));
    expect(await errorOf(new WebhookSwitch({ name: 'switch', url, clock }).reset())).toMatchObject({ status: 410 });
    await service.close();
    expect(service.received.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /ping/1?rid=2',
      'POST /ping/1?rid=2',
      'GET /ping/1?rid=2',
    ]);
  });

  it('refuses an address that is not safe', () => {
    expect(() => new WebhookSwitch({ name: 'switch', url: 'http://ping.example/', clock })).toThrow(
      expect.objectContaining({ code: 'REFLEX_INVALID_SETTING' }) as Error,
    );
  });
});
