import type { Json } from '../domain/json.ts';
import type { Page, PageFormat } from '../ports/pager.ts';
import { boundedKey, boundedPage, cut } from './page-text.ts';

/**
 * Teams takes 28 KB: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 * A character of these texts is at most 3 bytes of JSON, so all of them together stay below that.
 */
const MAX = { title: 300, target: 512, whatToDo: 1_500, detail: 3_000, key: 200, linkTitle: 80 };
/** Teams shows six actions of a card and no more; each address has 2,048 characters. */
const MAX_LINKS = 4;
const COLOUR = { critical: 'Attention', warning: 'Warning', info: 'Default' } as const;

/**
 * A message with an Adaptive Card for a Teams workflow that begins with "When a Teams webhook request is received". A
 * channel has no alerts that could be closed: the end of one is a message of its own, which names the key of the first.
 *
 * Texts of others stand in text runs, where Teams reads no Markdown: https://adaptivecards.io/explorer/TextRun.html
 */
export function teamsFormat(): PageFormat {
  return {
    page: (page) => {
      const { title, target, whatToDo, detail, links, severity, at } = boundedPage(page);
      return message({
        body: [
          text(cut(title, MAX.title) || 'aks-reflex', { size: 'Medium', weight: 'Bolder', color: COLOUR[severity] }),
          text(cut(target, MAX.target)),
          text(cut(whatToDo, MAX.whatToDo), { weight: 'Bolder' }),
          text(cut(detail, MAX.detail), { fontType: 'Monospace', size: 'Small' }),
          text([at, keyOf(page)].filter((one) => one !== '').join(' '), { size: 'Small', isSubtle: true }),
        ].flat(),
        actions: links
          .slice(0, MAX_LINKS)
          .map(({ title: words, url }) => ({ type: 'Action.OpenUrl', title: plain(cut(words, MAX.linkTitle)), url })),
      });
    },
    resolve: (key) => message({ body: text(`Over: ${keyOf({ key })}`, { color: 'Good' }), actions: [] }),
  };
}

function keyOf({ key }: Pick<Page, 'key'>): string {
  return boundedKey(key, MAX.key);
}

/** One paragraph; none where there is nothing to say. */
function text(words: string, style: Readonly<Record<string, Json>> = {}): readonly Json[] {
  return words === '' ? [] : [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: plain(words), ...style }] }];
}

/** `{{DATE(...)}}` is replaced wherever it stands: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features */
function plain(words: string): string {
  return words.replaceAll(/\{(?=\{)/g, '{\u2060');
}

function message({
  body,
  actions,
}: {
  readonly body: readonly Json[];
  readonly actions: readonly Json[];
}): ReturnType<PageFormat['page']> {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
    actions,
  };
  const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }];
  return { path: '', query: {}, headers: {}, body: { type: 'message', attachments } };
}
