import { sha256 } from '../domain/digest.ts';
import type { Page } from '../ports/pager.ts';

/** U+061C, U+200E, U+200F, U+202A-E and U+2066-9 turn text around: a target could be made to read as another. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LINE_BREAKS = /\r\n|[\r\u0085\u2028\u2029]/g;
/** Enough hexadecimal digits that nobody meets two keys with the same by chance. */
const HASH_DIGITS = 16;

const MAX_TITLE = 1_024;
const MAX_DETAIL = 15_000;
const MAX_WHAT_TO_DO = 4_000;
const MAX_TARGET = 512;
const MAX_LINKS = 20;
const MAX_LINK_TITLE = 256;
/** Addresses of the Azure portal have some hundred characters; browsers take 2,000 and more. */
const MAX_URL = 2_048;

/** Text of several lines without control characters other than `\n`, as well-formed Unicode. */
export function cleanLines(text: string): string {
  return (
    text
      .replace(LINE_BREAKS, '\n')
      .replace(/\t/g, ' ')
      // eslint-disable-next-line no-control-regex -- they are what this takes out
      .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
      .replace(BIDI_CONTROLS, '')
      .toWellFormed()
      .trim()
  );
}

/** The same on one line. */
export function cleanLine(text: string): string {
  return cleanLines(text).replace(/\s*\n\s*/g, ' ');
}

/**
 * At most `max` UTF-16 code units, the strictest way to count characters; no code point is cut in two.
 * A cut shows as `…`.
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) {
    return text;
  }
  const end = max - 1;
  const last = text.charCodeAt(end - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, isHalf ? end - 1 : end)}…`;
}

/**
 * A key of at most `max` characters (32 or more). A key that has to be changed for that ends in a hash of the whole, so that
 * different keys stay different.
 */
export function boundedKey(key: string, max: number): string {
  const clean = cleanLine(key);
  return clean === key && key.length > 0 && key.length <= max ? key : withHash(clean, key, max);
}

/** The same of `A-Z a-z 0-9 . _ -` alone, starting with a letter or digit: a segment of a path that nothing rewrites. */
export function pathKey(key: string, max: number): string {
  const safe = key.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '');
  return safe === key && key.length > 0 && key.length <= max ? key : withHash(safe, key, max);
}

function withHash(prefix: string, key: string, max: number): string {
  const hash = sha256(key).slice(0, HASH_DIGITS);
  const room = prefix.slice(0, max - HASH_DIGITS - 1).replace(/[\ud800-\udbff]$/, '');
  return room === '' ? hash : `${room}-${hash}`;
}

/**
 * The page as it is kept and sent: clean, every text bounded, links that are `http` or `https` only, `at` an instant or
 * '' if it is none. Bounding twice changes nothing.
 */
export function boundedPage(page: Page): Page {
  const at = new Date(page.at);
  return {
    key: page.key,
    severity: page.severity,
    title: cut(cleanLine(page.title), MAX_TITLE),
    detail: cut(cleanLines(page.detail), MAX_DETAIL),
    target: cut(cleanLine(page.target), MAX_TARGET),
    at: Number.isNaN(at.getTime()) ? '' : at.toISOString(),
    links: page.links.flatMap(({ title, url }) => boundedLink(title, url)).slice(0, MAX_LINKS),
    whatToDo: cut(cleanLines(page.whatToDo), MAX_WHAT_TO_DO),
  };
}

/** An address that is too long is left out (half an address leads nowhere), and one that names a user, which hides the host. */
function boundedLink(title: string, url: string): Page['links'] {
  if (!URL.canParse(url)) {
    return [];
  }
  const { href, protocol, username, password } = new URL(url);
  const isWeb = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  return isWeb && href.length <= MAX_URL ? [{ title: cut(cleanLine(title), MAX_LINK_TITLE), url: href }] : [];
}
