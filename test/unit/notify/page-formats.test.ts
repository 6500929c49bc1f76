import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { opsgenieFormat, pagerDutyFormat, genericFormat } from '../../../shared/notify/page-formats.ts';
import { boundedKey, boundedPage, cleanLine, cleanLines, cut, pathKey } from '../../../shared/notify/page-text.ts';
import type { PagerRequest } from '../../../shared/ports/pager.ts';
import { anyPage, page } from './pages.ts';

/** C0 and C1 without the line feed, what turns text around, and halves of surrogate pairs. */
const BAD = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
/** https://developer.pagerduty.com/docs/events-api-v2-overview#size-limits */
const PAGERDUTY_BYTES = 512 * 1_024;

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

interface Trigger {
  readonly dedup_key: string;
  readonly payload: { readonly summary: string; readonly source: string; readonly severity: string };
  readonly links: readonly { readonly href: string }[];
}

interface Alert {
  readonly alias: string;
  readonly message: string;
  readonly description: string;
  readonly entity: string;
  readonly priority: string;
}

interface Message {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
}

const trigger = ({ body }: PagerRequest): Trigger => body as unknown as Trigger;
const alert = ({ body }: PagerRequest): Alert => body as unknown as Alert;
const message = ({ body }: PagerRequest): Message => body as unknown as Message;

describe('PagerDuty', () => {
  const format = pagerDutyFormat('R0UT1NGKEY');

  it('triggers and resolves by the same key', () => {
    expect(format.page(page())).toEqual({
      path: '',
      query: {},
      headers: {},
      body: {
        routing_key: 'R0UT1NGKEY',
        event_action: 'trigger',
        dedup_key: 'edge/shop/weu',
        client: 'aks-reflex',
        payload: {
          summary: 'West Europe cannot be drained',
          source: 'afd-shop/origins/weu',
          severity: 'critical',
          timestamp: '2026-01-05T08:00:00.000Z',
          custom_details: {
            what_to_do: 'Close the gate of West Europe by hand.',
            detail: 'Front Door answered 409 for 20 minutes.',
          },
        },
        links: [{ href: 'https://reflex.example/api/plans/p1', text: 'Plan' }],
      },
    });
    expect(format.resolve('edge/shop/weu').body).toEqual({
      routing_key: 'R0UT1NGKEY',
      event_action: 'resolve',
      dedup_key: 'edge/shop/weu',
    });
  });

  it('says something where the page says nothing, and leaves out a time that is none', () => {
    const { payload } = trigger(format.page(page({ title: '\u0007', target: '', at: 'yesterday' })));
    expect(payload).toMatchObject({ summary: 'aks-reflex: a problem without a title', source: 'aks-reflex' });
    expect(payload).not.toHaveProperty('timestamp');
  });

  it('keeps every limit for every page', () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        const request = format.page(any);
        const { dedup_key: key, payload, links } = trigger(request);
        expect(key.length).toBeGreaterThan(0);
        expect(key.length).toBeLessThanOrEqual(255);
        expect(payload.summary.length).toBeGreaterThan(0);
        expect(payload.summary.length).toBeLessThanOrEqual(1_024);
        expect(payload.source.length).toBeGreaterThan(0);
        expect(links.every(({ href }) => /^https?:\/\/[^@/]+(\/|$)/.test(href))).toBe(true);
        expect(texts(request.body).filter((one) => BAD.test(one))).toEqual([]);
        expect(Buffer.byteLength(JSON.stringify(request.body))).toBeLessThanOrEqual(PAGERDUTY_BYTES);
        expect(trigger(format.resolve(any.key)).dedup_key).toBe(key);
      }),
    );
  });

  it('stays below the size limit when everything is as long as it can be', () => {
    const long = '猫'.repeat(20_000);
    const links = Array.from({ length: 30 }, () => ({ title: long, url: `https://x.example/${'a'.repeat(2_030)}` }));
    const { body } = format.page(page({ key: long, title: long, detail: long, target: long, whatToDo: long, links }));
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(PAGERDUTY_BYTES);
    expect(trigger(format.page(page({ links }))).links).toHaveLength(20);
  });
});

describe('Opsgenie', () => {
  const format = opsgenieFormat('SECRET');

  it('creates with an alias and closes by it', () => {
    const { path, headers, body } = format.page(page({ severity: 'warning', key: 'edge-weu' }));
    expect({ path, headers }).toEqual({ path: '/v2/alerts', headers: { authorization: 'GenieKey SECRET' } });
    expect(body).toEqual({
      alias: 'edge-weu',
      message: 'West Europe cannot be drained',
      description: [
        'What to do: Close the gate of West Europe by hand.',
        'Target: afd-shop/origins/weu',
        'Seen: 2026-01-05T08:00:00.000Z',
        'Plan: https://reflex.example/api/plans/p1',
        'Front Door answered 409 for 20 minutes.',
      ].join('\n'),
      entity: 'afd-shop/origins/weu',
      priority: 'P3',
      source: 'aks-reflex',
    });
    expect(format.resolve('edge-weu')).toEqual({
      path: '/v2/alerts/edge-weu/close',
      query: { identifierType: 'alias' },
      headers: { authorization: 'GenieKey SECRET' },
      body: { source: 'aks-reflex' },
    });
  });

  it.each([
    ['critical', 'P1'],
    ['warning', 'P3'],
    ['info', 'P5'],
  ] as const)('gives %s the priority %s', (severity, priority) => {
    expect(alert(format.page(page({ severity }))).priority).toBe(priority);
  });

  it('lets no signal write HTML', () => {
    const { message: title, description } = alert(format.page(page({ title: '<a href=x>', detail: '<img src=x>' })));
    expect(title + description).not.toContain('<');
  });

  it('keeps every limit for every page', () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        const request = format.page(any);
        const { alias, message: title, description, entity } = alert(request);
        expect(alias).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,511}$/);
        expect(title.length).toBeGreaterThan(0);
        expect(title.length).toBeLessThanOrEqual(130);
        expect(description.length).toBeLessThanOrEqual(15_000);
        expect(entity.length).toBeLessThanOrEqual(512);
        expect(texts(request.body).filter((one) => BAD.test(one))).toEqual([]);
        expect(format.resolve(any.key).path).toBe(`/v2/alerts/${alias}/close`);
      }),
    );
  });
});

describe('generic', () => {
  const format = genericFormat({ authorization: 'Bearer SECRET' });

  it('is the documented body', () => {
    expect(format.page(page())).toEqual({
      path: '',
      query: {},
      headers: { authorization: 'Bearer SECRET' },
      body: { schema: 1, event: 'page', ...page() },
    });
    expect(format.resolve('k')).toMatchObject({
      headers: { authorization: 'Bearer SECRET' },
      body: { schema: 1, event: 'resolve', key: 'k' },
    });
    expect(genericFormat().resolve('k').headers).toEqual({});
  });

  it('keeps every limit for every page', () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        const body = message(format.page(any));
        expect(body.key.length).toBeGreaterThan(0);
        expect(body.key.length).toBeLessThanOrEqual(512);
        expect(body.title.length).toBeLessThanOrEqual(1_024);
        expect(body.title).not.toContain('\n');
        expect(body.detail.length).toBeLessThanOrEqual(15_000);
        expect(texts(body).filter((one) => BAD.test(one))).toEqual([]);
        expect(message(format.resolve(any.key)).key).toBe(body.key);
      }),
    );
  });
});

describe('texts', () => {
  it.each([
    ['a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['\u001b[31mred\u0000', '[31mred'],
    ['weu\u202efdp', 'weufdp'],
    ['half \ud83d of a pair', 'half \ufffd of a pair'],
    ['  a\tb  ', 'a b'],
  ])('%j is cleaned to %j', (text, clean) => {
    expect(cleanLines(text)).toBe(clean);
    expect(cleanLine(text)).toBe(clean.replaceAll('\n', ' '));
  });

  it.each([
    ['abcd', 4, 'abcd'],
    ['abcde', 4, 'abc…'],
    ['ab😀de', 4, 'ab…'],
    ['a😀de', 4, 'a😀…'],
  ])('%s cut to %i is %s', (text, max, short) => {
    expect(cut(text, max)).toBe(short);
  });

  it('keeps different keys different', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const long = 'k'.repeat(600);
        for (const bounded of [boundedKey, pathKey]) {
          expect(bounded(a, 255) === bounded(b, 255)).toBe(a === b);
          expect(bounded(long + a, 255) === bounded(long + b, 255)).toBe(a === b);
        }
      }),
    );
    expect([pathKey('a/b', 64) === pathKey('a-b', 64), pathKey('..', 64)]).toEqual([
      false,
      expect.stringMatching(/^\w{16}$/),
    ]);
  });

  it('does not change a page that was bounded before', () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        expect(boundedPage(boundedPage(any))).toEqual(boundedPage(any));
      }),
    );
  });
});
