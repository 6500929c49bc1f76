import { describe, expect, it } from 'vitest';

import { parseFleetDocument } from '../../../shared/fleet/read/document.ts';

function findingsOf(text: string): readonly { code: string; line: number; column: number; message: string }[] {
  return parseFleetDocument('fleet.yaml', text).findings.map(({ code, line, column, message }) => ({
    code,
    line,
    column,
    message,
  }));
}

describe('fleet document', () => {
  it('reads YAML 1.2: no, on and 12-25 are text', () => {
    expect(parseFleetDocument('fleet.yaml', 'a: no\nb: on\nc: 12-25\nd: 2026-12-18\n').value).toEqual({
      a: 'no',
      b: 'on',
      c: '12-25',
      d: '2026-12-18',
    });
  });

  it.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', 'duplicate-key', 3, 1],
    ['a duplicate key in a flow map', 'x: { a: 1, a: 2 }\n', 'duplicate-key', 1, 12],
    ['a merge key', 'a: &a { b: 1 }\nc:\n  <<: *a\n', 'yaml-syntax', 3, 3],
    ['a prototype key', 'a:\n  __proto__: { b: 1 }\n', 'yaml-syntax', 2, 3],
    ['a map as a key', 'a:\n  ? { b: 1 }\n  : 2\n', 'yaml-syntax', 2, 5],
    ['a tab as indentation', 'a:\n\tb: 1\n', 'yaml-syntax', 2, 1],
    ['several documents', 'a: 1\n---\nb: 2\n', 'yaml-syntax', 2, 1],
    ['an alias without anchor', 'a: *nowhere\n', 'yaml-syntax', 1, 4],
    ['an unknown tag', 'a: !evil 1\n', 'yaml-syntax', 1, 4],
    ['an open quote', 'a: "b\n', 'yaml-syntax', 2, 1],
  ])('refuses %s at its place', (_, text, code, line, column) => {
    expect(findingsOf(text)[0]).toMatchObject({ code, line, column });
    expect(parseFleetDocument('fleet.yaml', text).value).toBeUndefined();
  });

  it('refuses an alias bomb', () => {
    const levels = 'bcdefghi'.split('').map((name, index) => {
      const before = `*${'abcdefgh'[index] ?? ''}`;
      return `${name}: &${name} [${Array.from({ length: 10 }, () => before).join(', ')}]`;
    });
    const bomb = ['a: &a [1]', ...levels].join('\n');
    expect(findingsOf(bomb)).toMatchObject([
      { code: 'yaml-syntax', message: expect.stringContaining('alias') as string },
    ]);
  });

  it('refuses nesting without end, bytes that are no text, and files beyond the limit', () => {
    expect(findingsOf('['.repeat(200_000))[0]?.code).toBe('yaml-syntax');
    expect(findingsOf(new TextDecoder().decode(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)))).toMatchObject([
      { code: 'unreadable' },
    ]);
    expect(findingsOf(`# ${'x'.repeat(1024 * 1024)}`)).toMatchObject([{ code: 'too-large' }]);
  });

  it('reads a map of very many keys without comparing each with each', () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(findingsOf(`${text}\nk7: 2\n`)).toMatchObject([{ code: 'duplicate-key', line: 50_001 }]);
  });

  it('points through anchors, at keys and at values', () => {
    const document = parseFleetDocument('fleet.yaml', 'a: &shared\n  b: 1\nc: *shared\n');
    const place = (path: readonly string[], atKey: boolean): string => {
      const { line, column } = document.remark(path, { code: 'not-valid', message: '', atKey });
      return `${line}:${column}`;
    };
    expect(place(['a', 'b'], false)).toBe('2:6');
    expect(place(['a', 'b'], true)).toBe('2:3');
    expect(place(['c', 'b'], false)).toBe('2:6');
    expect(place(['c', 'missing', 'deep'], true)).toBe('3:1');
  });
});
