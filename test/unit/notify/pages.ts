import fc from 'fast-check';

import type { Page } from '../../../shared/ports/pager.ts';

/** A page about one origin; `at` is when `VirtualClock` starts. */
export function page(over: Partial<Page> = {}): Page {
  return {
    key: 'edge/shop/weu',
    severity: 'critical',
    title: 'West Europe cannot be drained',
    detail: 'Front Door answered 409 for 20 minutes.',
    target: 'afd-shop/origins/weu',
    at: '2026-01-05T08:00:00.000Z',
    links: [{ title: 'Plan', url: 'https://reflex.example/api/plans/p1' }],
    whatToDo: 'Close the gate of West Europe by hand.',
    ...over,
  };
}

/** Any text that a signal can carry: long, of several planes, with halves of pairs and control characters. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 400 }),
  fc
    .tuple(fc.constantFrom('a', '😀', '\u202e<b>', '\u0000', '\n'), fc.integer({ min: 1, max: 20_000 }))
    .map(([piece, times]) => piece.repeat(times)),
  fc
    .tuple(fc.constantFrom('', 'x'), fc.integer({ min: 120, max: 1_100 }))
    .map(([lead, times]) => lead + '😀'.repeat(times)),
);

const url = fc.oneof(
  fc.webUrl(),
  text,
  fc.constantFrom('javascript:alert(1)', 'https://portal.azure.com@evil.example/'),
);

export const anyPage: fc.Arbitrary<Page> = fc.record({
  key: text,
  severity: fc.constantFrom('critical', 'warning', 'info'),
  title: text,
  detail: text,
  target: text,
  at: fc.oneof(
    text,
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  links: fc.array(fc.record({ title: text, url }), { maxLength: 30 }),
  whatToDo: text,
});
