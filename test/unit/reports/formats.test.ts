import { beforeAll, describe, expect, it } from 'vitest';

import { toHtml, toMarkdown, type Report } from '../../../shared/reports/index.ts';
import { spell, targetName } from '../../../shared/reports/names.ts';
import { sharesPicture } from '../../../shared/reports/picture.ts';
import { sharesOf } from '../../../shared/reports/shares.ts';
import { reportsOf, SHIFT_AND_RESTORE, steppedRollback } from './runs.ts';
import { xmlFault } from './xml.ts';

const HOSTILE =
  '</td></table><script>alert(1)</script> | x |\n# head\n- [a](javascript:alert(1)) ![i](https://evil.example/x.png) ' +
  '**b** `c` <img src=x onerror=y> www.evil.example @team "quoted\' & done\u202e\u0007';

const SENT = { at: '2026-01-01T00:00:00Z', step: { changes: [] } };

function tablesOf(markdown: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) => line.split(/(?<!\\)\|/).slice(1, -1));
}

function svgOf(html: string): string {
  return /<svg.*<\/svg>/s.exec(html)?.[0] ?? '';
}

describe('a report in both formats', () => {
  let report: Report;
  beforeAll(async () => {
    [report] = (await reportsOf(SHIFT_AND_RESTORE)) as [Report];
  });

  it('has a heading and a table for each part', () => {
    const markdown = toMarkdown(report);
    const headings = [
      'Times',
      'Measured at the edge',
      'Timeline',
      'Facts',
      'Intents',
      'Approvals',
      'Steps',
      'Rules',
      'Pages',
      'Shares by weight',
    ];
    const expected = headings.map((heading) => `## ${heading}`);
    expect(markdown.split('\n').filter((line) => line.startsWith('## '))).toEqual(expected);
    expect(markdown).toContain('# p1/og: east out\n');
    expect(markdown).toContain('| signal heard | decided | 6 s |');
    headings.forEach((heading) => expect(toHtml(report)).toContain(`<h2>${heading}</h2>`));
  });

  it('does not call DNS answers requests', () => {
    const markdown = toMarkdown({ ...report, numbers: { dnsShares: { east: 0, west: 1 } } });
    expect(markdown).toContain('| DNS answers that name east | 0 % |');
    expect(markdown).toContain('| DNS answers that name west | 100 % |');
  });

  it('is one HTML file that fetches and runs nothing', () => {
    const html = toHtml(report);
    expect(html).not.toMatch(/<(script|link|img|iframe|object|base)|url\(|@import|\son\w+=|(src|href)=/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(xmlFault(html.replace('<!doctype html>', ''))).toBeUndefined();
  });

  it('draws every share, one above the other', () => {
    const svg = svgOf(toHtml(report));
    expect(xmlFault(svg)).toBeUndefined();
    const bars = [...svg.matchAll(/<rect [^>]*height="([\d.]+)" fill="#\w+"><title>([^:]+): ([\d.]+) %/g)];
    expect(bars.map(([, height, name, percent]) => [name, Number(percent), Number(height)])).toEqual([
      ['east', 50, 110],
      ['west', 50, 110],
      ['west', 100, 220],
    ]);
  });
});

describe('the picture', () => {
  const DAY = Date.parse('2026-01-05T23:30:00.000Z');
  const draw = (shares: readonly (readonly number[])[], minutes = 10): string => {
    const spans = shares.map((share, index) => {
      const at = DAY + index * minutes * 60_000;
      return { from: at, to: at + minutes * 60_000, shares: share };
    });
    const origins = (shares[0] ?? []).map((_, index) => `origin-${index}`);
    return sharesPicture({ origins, spans }, (text) => text);
  };
  const texts = (svg: string): readonly string[] =>
    [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = '']) => text);

  it('says when each change was, and the days where there are two', () => {
    const words = texts(
      draw([
        [0.5, 0.5],
        [0.25, 0.75],
        [0, 1],
        [1, 0],
      ]),
    );
    expect(words).toEqual(expect.arrayContaining(['23:30:00', '23:40:00', '23:50:00', '00:00:00', '00:10:00']));
    expect(words).toEqual(expect.arrayContaining(['2026-01-05 UTC', '2026-01-06 UTC']));
  });

  it('writes no time and no share where there is no room', () => {
    const many = Array.from({ length: 40 }, (_, index) => [index / 1_000, 1 - index / 1_000]);
    const svg = draw(many, 1);
    const times = [...svg.matchAll(/<text x="([\d.]+)" y="248"[^>]*>[\d:]+</g)]
      .map(([, x]) => Number(x))
      .sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(4);
    expect(times.slice(1).every((x, index) => x - times[index]! >= 56 / 2)).toBe(true);
    expect(texts(svg).filter((text) => text.endsWith(' %'))).toEqual(['0 %', '50 %', '100 %']);
    expect(svg.match(/<path /g)).toHaveLength(39);
  });

  it('leaves no seam between neighbours', () => {
    const bars = [
      ...draw([[1], [0.5], [1], [0.3], [1], [0.7], [1]], 7).matchAll(
        /<rect shape[^>]* x="([\d.]+)"[^>]* width="([\d.]+)"/g,
      ),
    ];
    const ends = bars.map(([, x, width]) => Math.round((Number(x) + Number(width)) * 100));
    expect(bars.slice(1).map(([, x]) => Math.round(Number(x) * 100))).toEqual(ends.slice(0, -1));
  });

  it('tells more origins apart than there are colours, and puts them as they are stacked', () => {
    const svg = draw([Array<number>(10).fill(0.1)]);
    const looks = [
      ...svg.matchAll(/<rect( fill-opacity="[\d.]+")? x="50" y="\d+" width="12" height="12" fill="(#\w+)"/g),
    ];
    expect(new Set(looks.map(([, faded = '', fill = '']) => fill + faded)).size).toBe(10);
    const rows = [...svg.matchAll(/<text x="68" y="(\d+)"[^>]*>origin-(\d)</g)].map(([, y, name]) => [Number(y), name]);
    expect(rows.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, name]) => Number(name))).toEqual([
      9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
    ]);
  });
});

describe('text from outside', () => {
  let report: Report;
  beforeAll(async () => {
    [report] = (await reportsOf(steppedRollback(HOSTILE))) as [Report];
  });

  it('is in the report', () => {
    expect(JSON.stringify(report)).toContain('alert(1)');
  });

  it('makes no HTML', () => {
    const html = toHtml(report);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toMatch(/<script|<img|\u202e|[^\P{Cc}\n]/u);
    expect(xmlFault(html.replace('<!doctype html>', ''))).toBeUndefined();
  });

  it('makes no Markdown', () => {
    const markdown = toMarkdown(report);
    expect(markdown).not.toMatch(/<|(?<!\\)[`[]|\u202e|[^\P{Cc}\n]/u);
    expect(markdown).not.toMatch(/https?:\/\/|www\.|@/);
    expect(markdown.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(11);
    const [head = [], rule = [], ...rows] = tablesOf(/## Intents\n\n((?:\|.*\n)+)/.exec(markdown)?.[1] ?? '');
    expect([rule.length, ...rows.map((row) => row.length)]).toEqual([head.length, head.length]);
  });

  it('is escaped in the picture too', () => {
    const [entry] = [{ id: '/x/<b>"&', enabled: true, weight: 1, priority: 1 }];
    const journal = [{ ...SENT, state: 'sending', precondition: JSON.stringify([entry]) }];
    const shares = sharesOf({ journal } as unknown as Parameters<typeof sharesOf>[0]);
    const svg = svgOf(toHtml({ ...report, shares: shares! }));
    expect(svg).toContain('&lt;b&gt;&quot;&amp;');
    expect(xmlFault(svg)).toBeUndefined();
  });
});

describe('the shares', () => {
  it.each([
    ['a commit', 'a4f3'],
    ['JSON of something else', '[{"id":1}]'],
    ['an empty list', '[]'],
    ['nothing', 'null'],
  ])('are none where the precondition is %s', (_, precondition) => {
    const journal = [{ ...SENT, state: 'sending', precondition }];
    expect(sharesOf({ journal } as unknown as Parameters<typeof sharesOf>[0])).toBeUndefined();
  });

  it.each([
    ['the enabled ones by weight', [100, true, 1], [300, true, 1], [0.25, 0.75]],
    ['the lowest priority number alone', [100, true, 2], [300, true, 1], [0, 1]],
    ['nobody that is disabled', [100, true, 2], [300, false, 1], [1, 0]],
    ['nobody at all', [100, false, 1], [300, false, 1], [0, 0]],
  ] as const)('are those of %s', (_, a, b, expected) => {
    const origins = [a, b].map(([weight, enabled, priority], index) => ({
      id: `/${index}`,
      weight,
      enabled,
      priority,
    }));
    const journal = [{ ...SENT, state: 'refused', precondition: JSON.stringify(origins) }];
    const shares = sharesOf({ journal } as unknown as Parameters<typeof sharesOf>[0]);
    expect(shares?.spans.map((span) => span.shares)).toEqual([expected]);
  });

  it('are those of the group that serves, where the edge has two', () => {
    const live = [100, 300].map((weight, index) => ({ id: `/${index}`, weight, enabled: true, priority: 1 }));
    const precondition = JSON.stringify({ live, held: [], routes: [] });
    const journal = [{ ...SENT, state: 'refused', precondition }];
    const shares = sharesOf({ journal } as unknown as Parameters<typeof sharesOf>[0]);
    expect(shares?.spans.map((span) => span.shares)).toEqual([[0.25, 0.75]]);
  });
});

describe('names and times', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [6_000, '6 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [-5_000, '-5 s'],
  ])('spells %d', (ms, expected) => {
    expect(spell(ms)).toBe(expected);
  });

  it.each([
    ['/subscriptions/s/resourcegroups/r/providers/microsoft.cdn/profiles/p/origingroups/g', 'p/g'],
    ['/subscriptions/s/resourcegroups/r/providers/microsoft.network/trafficmanagerprofiles/t', 't'],
    ['contoso/shop#main', 'contoso/shop#main'],
  ])('names %s', (key, expected) => {
    expect(targetName(key)).toBe(expected);
  });
});

describe('the XML check', () => {
  it.each(['<a><b></a></b>', '<a>', '<a b=c/>', '<a>&</a>', '<a/>x', '<a b="&"/>', '<a/><b/>'])(
    'refuses %s',
    (text) => {
      expect(xmlFault(text)).toBeDefined();
    },
  );
});
