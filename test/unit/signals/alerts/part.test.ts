import { describe, expect, it } from 'vitest';

import { at, items, members, numberOf, stringOf, textOf, type Part } from '../../../../shared/signals/alerts/part.ts';

function part(value: unknown): Part {
  return { value, path: 'data', odd: new Set() };
}

describe('a part of an alert', () => {
  it('has own members only', () => {
    const inherited = part(Object.create({ state: 'bad' }));
    expect(at(inherited, 'state').value).toBeUndefined();
    expect(at(part({}), 'constructor', 'name')).toMatchObject({ value: undefined, path: 'data.constructor.name' });
    expect(members(inherited)).toEqual([]);
    expect([...inherited.odd]).toEqual([]);
  });

  it.each([undefined, null])('that is %s is missing, which is not odd', (value) => {
    const missing = part(value);
    expect([at(missing, 'a', 'b').value, stringOf(missing), textOf(missing), numberOf(missing)]).toEqual(
      Array(4).fill(undefined),
    );
    expect([...members(missing), ...items(missing)]).toEqual([]);
    expect([...missing.odd]).toEqual([]);
  });

  it.each([
    ['an array asked for a member', [], (asked: Part) => at(asked, '0').value],
    ['an object asked for entries', { length: 1, 0: 'a' }, (asked: Part) => items(asked)[0]],
    ['text asked for members', 'text', (asked: Part) => members(asked)[0]],
    ['a number asked for text', 5, textOf],
    ['a truth asked for a number', true, numberOf],
  ] as const)('that is odd is named: %s', (_, value, ask) => {
    const asked = part(value);
    expect(ask(asked)).toBeUndefined();
    expect([...asked.odd]).toEqual(['data']);
  });

  it('that is empty text says nothing, though it is text', () => {
    expect([stringOf(part('')), textOf(part('')), numberOf(part(''))]).toEqual(['', undefined, undefined]);
  });
});
