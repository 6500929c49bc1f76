import { cleanLine } from '../notify/page-text.ts';
import { blocksOf, headOf, type Block } from './blocks.ts';
import { spell } from './names.ts';
import type { Report } from './report.ts';
import type { Shares } from './shares.ts';

/**
 * A report as GitHub-flavoured Markdown. Pure. Text from outside can be read and nothing else: it makes no heading, link,
 * image, mention, HTML or table cell.
 */
export function toMarkdown(report: Report): string {
  const head = headOf(report).map(([name, value]) => `- **${name}**: ${plain(value)}`);
  const blocks = blocksOf(report).map(section);
  const shares = report.shares === undefined ? [] : [shareTable(report.shares)];
  return `${[`# ${plain(report.title)}`, head.join('\n'), ...blocks, ...shares].join('\n\n')}\n`;
}

function section({ heading, head, rows, none }: Block): string {
  return `## ${heading}\n\n${rows.length === 0 ? none : tableOf(head, rows)}`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** Markdown has no pictures without a file: the numbers of the one in HTML. */
function shareTable({ origins, spans }: Shares): string {
  const rows = spans.map(({ from, to, shares }) => [
    new Date(from).toISOString(),
    spell(to - from),
    ...shares.map((share) => `${Math.round(share * 1000) / 10} %`),
  ]);
  return `## Shares by weight\n\n${tableOf(['From', 'For', ...origins], rows)}`;
}

/**
 * Text as text: what means something to Markdown or HTML is escaped, and what GitHub links by itself is broken up. It
 * never stands at the beginning of a line.
 */
function plain(text: string): string {
  return cleanLine(text)
    .replace(/[\\`*_[\]#|~$]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;')
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\bwww\./gi, (match) => `${match.slice(0, -1)}&#46;`);
}
