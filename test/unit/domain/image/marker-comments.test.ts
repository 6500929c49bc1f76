import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

import { readMarkedComments } from '../../../../shared/domain/image/yaml-edit/marker-comments.ts';

describe('marked comments', () => {
  it('are one a line, however often the words stand in it', () => {
    const text = 'a: v1 # mark mark\nb: v2 # mark\n';
    const found = readMarkedComments(text, parseDocument(text), { words: /mark/g, from: 0 });
    expect(found.map(({ text: comment, value }) => [comment, value?.scalar.value])).toEqual([
      ['mark mark', 'v1'],
      ['mark', 'v2'],
    ]);
  });
});
