import { isScalar, type Scalar } from 'yaml';

import type { ScalarText } from './place.ts';

/**
 * Numbers of every base, with their underscores taken out, as YAML 1.1, YAML 1.2 or a widespread parser of either reads
 * them; go-yaml lets an underscore stand anywhere (`1e1_0`) and a sign after the base (`0b-1`).
 */
const NUMBER =
  /^(?:[-+]?(?:0b[-+]?[01]+|0o[-+]?[0-7]+|0x[0-9a-f]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?|[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?|\.inf)|\.nan)$/i;
/** A base alone is a number to YAML 1.1 if underscores follow it. */
const EMPTY_NUMBER = /^[-+]?0[bx]_+$/;
/** A day, or a day with a time: without colons (`2024-05-08T00-20-00Z`) it is no time to any reader. */
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t][^:]*:.*)?$/;
/** The words of both versions; in other mixtures of letter case they are text. */
const WORD = /^(?:null|true|false|yes|no|on|off|[yn])$/;
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
    return { start, end, style: 'absent', text: '', tail: '', lead, trail: text[start] === '#' ? ' ' : '' };
  }
  const style = STYLES[node.type ?? 'PLAIN'];
  const isTyped = style === 'plain' && node.tag !== undefined;
  return { start, end, style: isTyped ? 'typed' : style, text: value, tail: '', lead: '', trail: '' };
}

/** A block scalar with one line of content keeps its style; more lines are no version. */
function readBlock(text: string, { range }: Scalar, value: string): ScalarText | string {
  const content = value.trimEnd();
  const [from, to] = range ?? [0, 0];
  const header = text.indexOf('\n', from) + 1;
  const at = header === 0 ? -1 : text.indexOf(content, header);
  const isWord = content !== '' && !/\s/.test(content) && !/[^\n]/.test(value.slice(content.length));
  if (!isWord || at < 0 || at + content.length > to) {
    return 'is a block scalar of more than one word';
  }
  return {
    start: at,
    end: at + content.length,
    style: 'block',
    text: content,
    tail: value.slice(content.length),
    lead: '',
    trail: '',
  };
}

/** The characters that replace a scalar's; a plain value that YAML would not read as text gains double quotes. */
export function writeScalar({ style, lead, trail }: ScalarText, value: string): string {
  return lead + quote(style, value) + trail;
}

function quote(style: ScalarText['style'], value: string): string {
  switch (style) {
    case 'single':
      return `'${value}'`;
    case 'double':
      return `"${value}"`;
    case 'block':
    case 'typed':
      return value;
    case 'plain':
    case 'absent':
      return isText(value) ? value : `"${value}"`;
  }
}

/** True where every reader takes a plain value for text. */
export function isText(value: string): boolean {
  const hasCase = [value.toLowerCase(), value.toUpperCase(), capitalized(value)].includes(value);
  return !isNumber(value) && !DATE.test(value) && value !== '~' && !(hasCase && WORD.test(value.toLowerCase()));
}

function isNumber(value: string): boolean {
  return (/^[-+.0-9]/.test(value) && NUMBER.test(value.replaceAll('_', ''))) || EMPTY_NUMBER.test(value);
}

function capitalized(value: string): string {
  return value.slice(0, 1).toUpperCase() + value.slice(1).toLowerCase();
}
