import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { codeSpan, inertLine } from '../../../shared/domain/inert-text.ts';

/** Text made of what means something to a Git host, beside anything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '@octocat',
        '#12',
        'Fixes #1',
        'https://evil.example',
        'www.evil.example',
        'GH-7',
        '`',
        '|',
        '<b>',
      ),
      fc.constantFrom('\n', '\r', '\u2028', '\u202e', '\0', ' ', '-->', '[x](y)', '\ud800'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('inert text', () => {
  it.each([
    ['ping @octocat and @contoso/team', 'ping @ octocat and @ contoso/team'],
    ['Fixes #12, GH-3', 'Fixes # 12, GH- 3'],
    ['see https://evil.example or www.evil.example', 'see https: //evil.example or www. evil.example'],
    ['a\nReflex-Plan: p', 'a Reflex-Plan: p'],
    ['shop/web@prod 1.4.0 -> 1.5.0', 'shop/web@prod 1.4.0 -> 1.5.0'],
  ])('%j', (text, expected) => {
    expect(inertLine(text)).toBe(expected);
  });

  it('is one line that names nobody, refers to nothing and links nowhere', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = inertLine(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(line).not.toMatch(/(^|[^A-Za-z0-9_])@[A-Za-z0-9]|#\d|:\/\/|\bwww\.\S|\bGH-\d/i);
        expect(inertLine(line)).toBe(line);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a code span', () => {
  it('cannot be left, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(codeSpan(text)).toMatch(/^(`[^`|\p{Cc}\u2028\u2029]+`|-)$/u);
      }),
      { numRuns: 1000 },
    );
    expect(codeSpan('1.5.0')).toBe('`1.5.0`');
  });
});
