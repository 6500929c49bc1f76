import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { repositoryWord, wordHash, wordHashes } from '../../../../shared/domain/image/words.ts';

interface EditCase {
  readonly id: string;
  readonly before: string;
  readonly image: string;
  readonly after: string;
  readonly keys?: unknown;
  readonly policies?: unknown;
}

const cases = ['image.json', 'image-edits-more.json'].flatMap((name) => {
  const text = readFileSync(join(import.meta.dirname, '../../../cases', name), 'utf8');
  const { yamlCases, cases: further } = JSON.parse(text) as Record<string, readonly EditCase[] | undefined>;
  return yamlCases ?? further ?? [];
});

describe('the words of a text', () => {
  it.each(cases.filter(({ before, after, keys, policies }) => before !== after && !keys && !policies))(
    'tell that a file with a place of the image names it: $id',
    ({ before, image }) => {
      expect(wordHashes(before)).toContain(wordHash(repositoryWord(image)));
    },
  );

  it('are those between other characters, each once and in order', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
    const gap = fc.constantFrom(' ', '/', ':', '\n', '"', '@', '日', '{');
    fc.assert(
      fc.property(fc.array(fc.tuple(word, gap), { maxLength: 20 }), word, (parts, last) => {
        const words = [...parts.map(([text]) => text), last];
        const expected = [...new Set(words.map(wordHash))].toSorted((a, b) => a - b);
        expect([...wordHashes(parts.flat().join('') + last)]).toEqual(expected);
      }),
    );
  });

  it('are the last part of a name only as a whole', () => {
    expect(repositoryWord('contoso.azurecr.io/shop/web')).toBe('web');
    expect(repositoryWord('web')).toBe('web');
    for (const text of ['shop/web-admin:1', 'shop/my.web:1', 'webs', 'Web']) {
      expect(wordHashes(text)).not.toContain(wordHash('web'));
    }
  });
});
