const CONTROLS = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/**
 * Text as one line that names nobody, closes no issue and links nowhere where a Git host shows it: in a headline, in a
 * title, in a trailer. What would do so gets a space. Pure.
 */
export function inertLine(text: string): string {
  return text
    .replace(CONTROLS, ' ')
    .toWellFormed()
    .replace(/(^|[^A-Za-z0-9_])@(?=[A-Za-z0-9])/g, '$1@ ')
    .replace(/#(?=\d)/g, '# ')
    .replace(/\bGH-(?=\d)/gi, (match) => `${match} `)
    .replace(/:(?=\/\/)/g, ': ')
    .replace(/\bwww\.(?=\S)/gi, (match) => `${match} `)
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Text as a code span of GitHub-flavoured Markdown, also within a table: no HTML, link, mention, cell or line. What
 * would end the span is put in another way. Pure.
 */
export function codeSpan(text: string): string {
  const inside = text.replace(CONTROLS, ' ').toWellFormed().replaceAll('`', "'").replaceAll('|', '\u00a6').trim();
  return inside === '' ? '-' : `\`${inside}\``;
}
