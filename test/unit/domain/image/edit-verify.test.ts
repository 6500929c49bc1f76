import { describe, expect, it } from 'vitest';

import { editImage } from '../../../../shared/domain/image/yaml-edit/edit.ts';
import { parseFile } from '../../../../shared/domain/image/yaml-edit/parse.ts';
import { planEdit } from '../../../../shared/domain/image/yaml-edit/plan.ts';
import type { Place } from '../../../../shared/domain/image/yaml-edit/place.ts';
import { findDifference, type WrittenRegion } from '../../../../shared/domain/image/yaml-edit/verify.ts';

function differs(before: string, after: string, regions: readonly WrittenRegion[] = []): string | undefined {
  const [left, right] = [parseFile(before), parseFile(after)].map((parsed) =>
    'documents' in parsed ? parsed.documents : [],
  );
  return findDifference(left ?? [], right ?? [], regions);
}

/** A place that a finder would never give: it does not lie where it says. */
function placeAt(start: number, end: number, more: Partial<Place['scalar']> = {}): Place {
  const scalar = { start, end, style: 'plain' as const, text: 'x', tail: '', lead: '', trail: '', ...more };
  return { line: 1, column: start + 1, mode: 'helm-values', kind: 'tag', current: {}, scalar };
}

describe('the comparison after an edit', () => {
  it.each([
    ['a value', 'a: 1\nb: x', 'a: 1\nb: y'],
    ['a type', 'a: "1"', 'a: 1'],
    ['an anchor', 'a: &x 1', 'a: &y 1'],
    ['a tag', 'a: 1', 'a: !!str 1'],
    ['an alias', 'a: &x 1\nb: &y 1\nc: *x', 'a: &x 1\nb: &y 1\nc: *y'],
    ['the depth of a key', 'a: {b: {}, c: 1}', 'a: {b: {c: 1}}'],
    ['a missing node', 'a: 1\nb: 2', 'a: 1'],
    ['a further node', 'a: 1', 'a: 1\nb: 2'],
    ['a further document', 'a: 1', 'a: 1\n---\na: 1'],
    ['a list for a map', 'a: {}', 'a: []'],
  ])('sees %s', (_, before, after) => {
    expect(differs(before, after)).toMatch(/more than its value/);
    expect(differs(before, before)).toBeUndefined();
  });

  it('does not see comments, quotes and white space, which no edit touches', () => {
    expect(differs('a:   x # one', '\'a\': "x"')).toBeUndefined();
  });

  it('holds a value to what it should read as', () => {
    const region = { before: 3, after: 3, afterEnd: 7, text: '1.10' };
    expect(differs('a: 1.9', 'a: "1.10"', [region])).toBeUndefined();
    expect(differs('a: 1.9', 'a: 1.10', [region])).toMatch(/more than its value/);
  });

  it('holds an added key to its name and value', () => {
    const region = { before: 6, after: 6, afterEnd: 11, text: 'x', addedKey: 'b' };
    expect(differs('{a: 1}', '{a: 1, b: x}', [{ ...region, before: 5, after: 5, afterEnd: 12 }])).toBeUndefined();
    expect(differs('{a: 1}', '{a: 1, b: y}', [{ ...region, before: 5, after: 5, afterEnd: 12 }])).toMatch(/added key/);
  });
});

describe('an edit that would do harm', () => {
  it.each([
    ['a place that is not the scalar', 'a: xyz', [placeAt(3, 4)], /more than its value/],
    ['a place whose edit breaks the file', 'a: [x]', [placeAt(5, 6)], /would not be valid/],
    ['a file that is broken already', 'a: [', [placeAt(3, 4)], /not valid YAML/],
  ])('is refused: %s', (_, text, places, reason) => {
    const plan = planEdit(
      text,
      places.map((place) => ({ place, value: 'v2' })),
    );
    expect(plan).toMatchObject({ outcome: 'refused', after: text });
    expect(plan.reason).toMatch(reason);
  });

  it('is told apart from a file that does not name the image', () => {
    const image = { registry: 'contoso.azurecr.io', repository: 'shop/web' };
    const twice = 'image: {repository: contoso.azurecr.io/shop/web, tag: 1, tag: 2}';
    expect(editImage({ path: '', text: twice }, { image }, { tag: '2.0.0' })).toMatchObject({ outcome: 'refused' });
    expect(
      editImage(
        { path: '', text: 'image: {repository: contoso.azurecr.io/shop/web, tag: 1}' },
        { image },
        { tag: 'no tag' },
      ),
    ).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/grammar/) as string,
    });
    for (const text of ['a: web', 'a: b']) {
      expect(editImage({ path: '', text }, { image }, { tag: '2.0.0' })).toEqual({ outcome: 'absent', warnings: [] });
    }
  });
});
