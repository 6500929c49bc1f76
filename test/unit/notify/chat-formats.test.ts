import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { slackFormat } from '../../../shared/notify/slack-format.ts';
import { teamsFormat } from '../../../shared/notify/teams-format.ts';
import type { PagerRequest } from '../../../shared/ports/pager.ts';
import { anyPage, page } from './pages.ts';

/** https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
const TEAMS_BYTES = 28 * 1_024;
const LINKS = Array.from({ length: 20 }, (_, index) => ({
  title: '"'.repeat(256),
  url: `https://portal.example/${index}?${'\u00e9'.repeat(340)}`,
}));
/** What takes most room in every text. */
const LARGE = page({
  key: '\u20ac'.repeat(600),
  title: '\u20ac'.repeat(2_000),
  detail: '\u20ac'.repeat(20_000),
  target: '\u20ac'.repeat(600),
  whatToDo: '\u20ac'.repeat(5_000),
  links: LINKS,
});

interface Run {
  readonly type: string;
  readonly text: string;
}
interface Card {
  readonly body: readonly { readonly type: string; readonly inlines: readonly Run[] }[];
  readonly actions: readonly { readonly type: string; readonly title: string; readonly url: string }[];
}
interface Block {
  readonly type: string;
  readonly text: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
}
interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

const card = ({ body }: PagerRequest): Card =>
  (body as unknown as { attachments: readonly { content: Card }[] }).attachments[0]!.content;
const slack = ({ body }: PagerRequest): SlackMessage => body as unknown as SlackMessage;
const bytes = ({ body }: PagerRequest): number => Buffer.byteLength(JSON.stringify(body));

describe('Teams', () => {
  const format = teamsFormat();

  it('shows what is the matter, what to do, and where to look', () => {
    const request = format.page(page());
    expect(request.body).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } }],
    });
    expect(card(request).body.map(({ inlines }) => inlines[0]!.text)).toEqual([
      'West Europe cannot be drained',
      'afd-shop/origins/weu',
      'Close the gate of West Europe by hand.',
      'Front Door answered 409 for 20 minutes.',
      '2026-01-05T08:00:00.000Z edge/shop/weu',
    ]);
    expect(card(request).actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Plan', url: 'https://reflex.example/api/plans/p1' },
    ]);
    expect(card(format.resolve('edge/shop/weu')).body[0]!.inlines[0]!.text).toBe('Over: edge/shop/weu');
  });

  it('leaves out what is empty, and is never empty itself', () => {
    const shown = card(format.page(page({ title: '', detail: '', target: '', whatToDo: '', at: '', links: [] })));
    expect(shown.body.map(({ inlines }) => inlines[0]!.text)).toEqual(['aks-reflex', 'edge/shop/weu']);
  });

  it('holds texts of others in runs alone, where there is no markup, and no functions in braces', () => {
    fc.assert(
      fc.property(anyPage, (any) => {
        const { body, actions } = card(format.page({ ...any, title: `{{{DATE(2026)}} ${any.title}` }));
        for (const { type, inlines } of body) {
          expect([type, inlines.map((run) => run.type)]).toEqual(['RichTextBlock', ['TextRun']]);
        }
        expect(JSON.stringify([body, actions.map(({ title }) => title)])).not.toMatch(/\{\{(?!")/);
        expect(actions.every(({ url }) => /^https?:/.test(url))).toBe(true);
      }),
    );
  });

  it('fits, whatever is in it', () => {
    expect(bytes(format.page(LARGE))).toBeLessThan(TEAMS_BYTES);
    fc.assert(
      fc.property(anyPage, (any) => {
        expect(bytes(format.page(any))).toBeLessThan(TEAMS_BYTES);
        expect(bytes(format.resolve(any.key))).toBeLessThan(TEAMS_BYTES);
      }),
    );
  });
});

describe('Slack', () => {
  const format = slackFormat();

  it('shows what is the matter, what to do, and where to look', () => {
    const { text, blocks } = slack(format.page(page()));
    expect(text).toBe('West Europe cannot be drained');
    expect(blocks.map((block) => block.text.text)).toEqual([
      '\u{1F534} West Europe cannot be drained',
      'afd-shop/origins/weu \u00b7 2026-01-05T08:00:00.000Z \u00b7 edge/shop/weu',
      '*Close the gate of West Europe by hand.*',
      '```Front Door answered 409 for 20 minutes.```',
      '<https://reflex.example/api/plans/p1|Plan>',
    ]);
    expect(slack(format.resolve('a<b')).text).toBe('Over: a&lt;b');
  });

  it('lets no text call people, hide a link, or end its frame', () => {
    const { text, blocks } = slack(
      format.page(
        page({
          title: '<!channel> & <@U1>',
          target: '<https://evil.example|portal>',
          whatToDo: 'a* <!here>\n*b',
          detail: '``` <!everyone>',
          links: [{ title: 'a|b>', url: 'https://x.example/?a=1&b=|<' }],
        }),
      ),
    );
    const [header, ...sections] = blocks;
    expect(text).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(header?.text).toMatchObject({ type: 'plain_text', emoji: false });
    expect(sections.map((block) => block.text.text).slice(0, 3)).toEqual([
      expect.stringContaining('&lt;https://evil.example|portal&gt;'),
      '*a\u2217 &lt;!here&gt; \u2217b*',
      '```\u02cb\u02cb\u02cb &lt;!everyone&gt;```',
    ]);
    expect(sections.at(-1)?.text.text).toBe('<https://x.example/?a=1&amp;b=%7C%3C|a\u2223b&gt;>');
    expect(sections.every((block) => block.text.verbatim === true)).toBe(true);
  });

  it('says something where the page says nothing', () => {
    const { text, blocks } = slack(
      format.page(page({ title: '', detail: '', target: '', whatToDo: '', at: '', links: [] })),
    );
    expect([text, blocks.map((block) => block.text.text)]).toEqual([
      'aks-reflex',
      ['\u{1F534} aks-reflex', 'edge/shop/weu'],
    ]);
  });

  it('leaves out an address that does not fit once it is escaped', () => {
    const { blocks } = slack(
      format.page(page({ links: [{ title: 'x', url: `https://x.example/?${'&'.repeat(1_900)}` }] })),
    );
    expect(blocks.every((block) => !block.text.text.includes('x.example'))).toBe(true);
  });

  it('fits, and cuts no entity in two, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(anyPage, fc.constant(LARGE), fc.constant(page({ detail: '&'.repeat(9_000) }))), (any) => {
        const { text, blocks } = slack(format.page(any));
        expect(text.length).toBeLessThanOrEqual(3_000);
        expect(blocks.length).toBeLessThanOrEqual(50);
        for (const block of blocks) {
          expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
          expect(block.text.text.length).toBeGreaterThan(0);
          const words = block.text.text.replace(/^<[^<>|]+\|(.*)>$/s, '$1');
          expect(block.type === 'header' ? '' : words.replaceAll(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        }
      }),
    );
  });
});
