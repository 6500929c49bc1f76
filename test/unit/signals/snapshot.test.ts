import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { takeSnapshot } from '../../../shared/signals/snapshot.ts';

const BOUNDS = { maxBytes: 1_000, maxDepth: 3 };

describe('takeSnapshot', () => {
  it('copies what JSON can hold', () => {
    fc.assert(
      // What `__proto__` becomes is the next test's matter.
      fc.property(
        fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')),
        (value) => {
          const json = JSON.parse(JSON.stringify(value)) as unknown;
          const snapshot = takeSnapshot(json, { maxBytes: 1e6, maxDepth: 100 });
          expect(snapshot.ok && JSON.parse(JSON.stringify(snapshot.value))).toEqual(json);
        },
      ),
    );
  });

  it('holds own members only: no prototype, no `__proto__`', () => {
    const hostile = JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2}}') as unknown;
    const snapshot = takeSnapshot(hostile, BOUNDS);
    const value = (snapshot as unknown as { readonly value: object }).value;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['constructor']);
    expect('toString' in value).toBe(false);
  });

  it('counts levels exactly', () => {
    expect(takeSnapshot([[{}]], BOUNDS).ok).toBe(true);
    expect(takeSnapshot([[{ a: [] }]], BOUNDS)).toMatchObject({ ok: false, code: 'too-deep' });
  });

  it('counts bytes as UTF-8, of keys too', () => {
    expect(takeSnapshot('x'.repeat(900), BOUNDS).ok).toBe(true);
    expect(takeSnapshot('ä'.repeat(900), BOUNDS)).toMatchObject({ ok: false, code: 'too-large' });
    expect(takeSnapshot({ ['k'.repeat(1_000)]: 1 }, BOUNDS)).toMatchObject({ ok: false, code: 'too-large' });
    expect(takeSnapshot(new Array(1e9), BOUNDS)).toMatchObject({ ok: false, code: 'too-large' });
  });
});
