import { cleanLine } from '../notify/page-text.ts';
import { blocksOf, headOf, type Block } from './blocks.ts';
import type { Report } from './report.ts';
import { sharesPicture } from './picture.ts';

const STYLE = [
  'body{font:15px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:72rem;margin:2rem auto;padding:0 1rem}',
  'h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}',
  'table{border-collapse:collapse;width:100%}th,td{border:1px solid #c8c8c8;padding:.3rem .5rem;text-align:left;',
  'vertical-align:top;overflow-wrap:anywhere}th{background:#f1f1f1}',
  'dt{font-weight:600}dd{margin:0 0 .3rem;overflow-wrap:anywhere}svg{max-width:100%;height:auto}',
].join('');

/**
 * A report as one HTML file that needs nothing else: no script, no picture, no style from elsewhere, and a policy that
 * forbids them. Pure. It is well-formed XML but for its first line.
 */
export function toHtml(report: Report): string {
  const title = escaped(report.title);
  const head = headOf(report).map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`);
  const picture =
    report.shares === undefined ? '' : `<h2>Shares by weight</h2>${sharesPicture(report.shares, escaped)}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"/>',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>`,
    `<meta name="viewport" content="width=device-width"/><title>${title}</title><style>${STYLE}</style></head>`,
    `<body><h1>${title}</h1><dl>${head.join('')}</dl>`,
    picture,
    ...blocksOf(report).map(section),
    '</body></html>',
    '',
  ].join('\n');
}

function section({ heading, head, rows, none }: Block): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const table = `<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
  return `<h2>${escaped(heading)}</h2>${rows.length === 0 ? `<p>${escaped(none)}</p>` : table}`;
}

/** Text as text, between tags and in quoted attributes alike. */
function escaped(text: string): string {
  return cleanLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
