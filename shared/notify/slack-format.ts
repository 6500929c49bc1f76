import type { Json } from '../domain/json.ts';
import type { PageFormat } from '../ports/pager.ts';
import { boundedKey, boundedPage, cut } from './page-text.ts';

/** https://docs.slack.dev/reference/block-kit/blocks/header-block */
const MAX_HEADER = 150;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block; the text that is shown in notifications is cut to the same. */
const MAX_SECTION = 3_000;
/** A message has 50 blocks: https://docs.slack.dev/reference/block-kit/blocks */
const MAX_LINKS = 5;
const MAX_LINK_TITLE = 80;
const MAX_KEY = 200;
/** Of what frames a text in a section: emphasis, or a block of code. */
const FRAME = 6;
const SIGN = { critical: '\u{1F534}', warning: '\u{1F7E0}', info: '\u{1F535}' } as const;

/**
 * A message for a Slack incoming webhook. A channel has no alerts that could be closed: the end of one is a message of
 * its own, which names the key of the first.
 *
 * What others wrote can neither call people nor hide where a link goes: `&`, `<` and `>` are escaped
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping), and `verbatim` makes links of nothing.
 */
export function slackFormat(): PageFormat {
  return {
    page: (page) => {
      const { title, target, whatToDo, detail, links, severity, at } = boundedPage(page);
      const head = title || 'aks-reflex';
      const about = [target, at, boundedKey(page.key, MAX_KEY)].filter((one) => one !== '').join(' \u00b7 ');
      return message(head, [
        {
          type: 'header',
          text: { type: 'plain_text', text: cut(`${SIGN[severity]} ${head}`, MAX_HEADER), emoji: false },
        },
        ...section(escaped(about, MAX_SECTION)),
        ...section(framed(whatToDo, '*')),
        ...section(framed(detail, '```')),
        ...links.slice(0, MAX_LINKS).flatMap(({ title: words, url }) => linked(words, url)),
      ]);
    },
    resolve: (key) => {
      const words = `Over: ${boundedKey(key, MAX_KEY)}`;
      return message(words, section(escaped(words, MAX_SECTION)));
    },
  };
}

/** `text` is what notifications show, and it is read for markup as well. */
function message(text: string, blocks: readonly Json[]): ReturnType<PageFormat['page']> {
  return { path: '', query: {}, headers: {}, body: { text: escaped(text, MAX_SECTION), blocks } };
}

function section(text: string): readonly Json[] {
  return text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }];
}

/** A text that its own characters cannot end: emphasis spans one line, code ends at the next three backticks. */
function framed(text: string, frame: '*' | '```'): string {
  const inner = frame === '*' ? text.replaceAll('*', '\u2217').replaceAll('\n', ' ') : text.replaceAll('`', '\u02cb');
  return text === '' ? '' : `${frame}${escaped(inner, MAX_SECTION - FRAME)}${frame}`;
}

/** An address that would not fit is left out: half of one leads nowhere. */
function linked(title: string, url: string): readonly Json[] {
  const address = url.replaceAll('|', '%7C').replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E');
  const link = `<${address}|${escaped(title || 'link', MAX_LINK_TITLE).replaceAll('|', '\u2223')}>`;
  return link.length <= MAX_SECTION ? section(link) : [];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** At most `max` characters after escaping; neither a code point nor an entity is cut in two. */
function escaped(text: string, max: number): string {
  let result = '';
  for (const character of text) {
    const piece = ENTITIES[character] ?? character;
    if (result.length + piece.length > max - 1) {
      return `${result}\u2026`;
    }
    result += piece;
  }
  return result;
}
