import { describe, expect, it } from 'vitest';

import { parseTokens } from '../../../shared/domain/yaml-tokens.ts';

function isRead(text: string, maxDepth = 3): boolean {
  return parseTokens(text, maxDepth) !== undefined;
}

describe('parseTokens', () => {
  it.each([
    ['flow sequences', '[[[a]]]', 3],
    ['flow maps', '{a: {b: {c: 1}}}', 3],
    ['block maps', 'a:\n b:\n  c: 1', 3],
    ['sequences on one line', '- - - a', 3],
    ['complex keys', '? ? ? a', 3],
    ['a second document', 'a: 1\n---\na:\n b:\n  c: 1', 3],
  ])('counts levels of %s', (_, text, depth) => {
    expect([isRead(text, depth), isRead(text, depth - 1)]).toEqual([true, false]);
  });

  it('does not count brackets that are text', () => {
    expect(isRead(`a: ${JSON.stringify('['.repeat(500))}\nb: [1]`)).toBe(true);
  });

  it.each(['[', '{a: ', '- ', '? '])('refuses a file full of %j', (piece) => {
    expect(isRead(piece.repeat(20_000), 100)).toBe(false);
  });
});
