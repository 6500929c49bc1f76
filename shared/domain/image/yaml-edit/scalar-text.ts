import { isScalar, type Scalar } from 'yaml';

import type { ScalarText } from './place.ts';

/** What YAML 1.1 or 1.2 reads as something else than text: numbers of every base, booleans, null, dates. */
const NOT_TEXT =
  /^(?:[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\.[0-9_]+(?:e[-+]?[0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\.inf)|\.nan|~|null|true|false|yes|no|on|off|y|n|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?)$/i;
/** Everything that tags, digests and references are made of; it needs no escape in any style. */
const SAFE_VALUE = /^[A-Za-z0-9_][A-Za-z0-9_.:/@=+-]*$/;
const STYLES: Readonly<Record<Scalar.Type, ScalarText['style']>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
};

/** True for a value that can be written in every style without an escape. */
export function isSafeValue(value: string): boolean {
  return value.length <= 1024 && SAFE_VALUE.test(value) && !value.endsWith(':');
}

/** The characters of a scalar, or why they cannot be edited. */
export function readScalar(text: string, node: unknown): ScalarText | string {
  if (!isScalar(node) || !Array.isArray(node.range)) {
    return 'is no scalar';
  }
  if (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str' && node.tag !== '!') {
    return 'has a tag of its own';
  }
  const [start, end] = node.range;
  const value = node.value === null ? '' : typeof node.value === 'string' ? node.value : (node.source ?? '');
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') {
    return readBlock(text, node, value);
  }
  if (start === end) {
    const lead = /\s/.test(text[start - 1] ?? '') ? '' : ' ';
    return { start, end, style: 'absent', text: '', tail: '', lead };
  }
  const style = STYLES[node.type ?? 'PLAIN'];
  return { start, end, style, text: value, tail: '', lead: '' };
}

/** A block scalar with one line of content keeps its style; more lines are no version. */
function readBlock(text: string, { range }: Scalar, value: string): ScalarText | string {
  const content = value.trimEnd();
  const [from, to] = range ?? [0, 0];
  const header = text.indexOf('\n', from) + 1;
  const at = header === 0 ? -1 : text.indexOf(content, header);
  if (content === '' || /[\s]/.test(content) || at < 0 || at + content.length > to) {
    return 'is a block scalar of more than one word';
  }
  return {
    start: at,
    end: at + content.length,
    style: 'block',
    text: content,
    tail: value.slice(content.length),
    lead: '',
  };
}

/** The text with a scalar's characters replaced; a plain value that YAML would not read as text gains double quotes. */
export function spliceScalar(text: string, { start, end, style, lead }: ScalarText, value: string): string {
  return text.slice(0, start) + lead + quote(style, value) + text.slice(end);
}

function quote(style: ScalarText['style'], value: string): string {
  switch (style) {
    case 'single':
      return `'${value}'`;
    case 'double':
      return `"${value}"`;
    case 'block':
      return value;
    case 'plain':
    case 'absent':
      return NOT_TEXT.test(value) ? `"${value}"` : value;
  }
}
