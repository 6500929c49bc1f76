import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digestOf, sha256 } from '../../../shared/domain/digest.ts';
import { canonicalJson, isSameJson, jsonOf, type Json } from '../../../shared/domain/json.ts';

function shuffled(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(shuffled as (one: unknown) => Json);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, shuffled(one)]),
    );
  }
  return value;
}

describe('canonicalJson', () => {
  it('does not depend on the order in which keys were set, and means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(canonicalJson(shuffled(json))).toBe(canonicalJson(json));
        expect(JSON.parse(canonicalJson(json))).toEqual(json);
      }),
    );
  });

  it('sorts keys by UTF-16 code units and prints numbers as ECMAScript does', () => {
    expect(canonicalJson({ b: 1e21, a: [0.1, true, null], A: '\u20ac' })).toBe(
      '{"A":"€","a":[0.1,true,null],"b":1e+21}',
    );
  });

  it.each([NaN, Infinity])('refuses %d', (number) => {
    expect(() => canonicalJson({ number })).toThrow(RangeError);
  });
});

describe('digests', () => {
  it('are SHA-256 in hex', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(digestOf({ b: 1, a: 2 })).toBe(digestOf({ a: 2, b: 1 }));
  });
});

const { object } = fc.letrec<{ object: object; value: unknown }>((tie) => ({
  object: fc.dictionary(fc.string(), fc.option(tie('value'), { nil: undefined }), { noNullPrototype: true }),
  value: fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(tie('value')), tie('object')),
}));

describe('isSameJson', () => {
  const small = fc.dictionary(
    fc.constantFrom('a', 'b', 'constructor'),
    fc.constantFrom<unknown>(undefined, null, 0, -0, '0', [], [0], {}, { a: 1 }, { a: undefined }),
    { noNullPrototype: true },
  );

  it('says what canonical JSON says', () => {
    fc.assert(
      fc.property(fc.oneof(object, small), fc.oneof(object, small), (a, b) => {
        expect(isSameJson(a, b)).toBe(canonicalJson(jsonOf(a)) === canonicalJson(jsonOf(b)));
        expect(isSameJson(a, shuffled(jsonOf(a)))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells a row that is not there from one that is', () => {
    expect(isSameJson(undefined, {})).toBe(false);
  });
});

describe('jsonOf', () => {
  it('leaves out what JSON cannot hold, at every depth', () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(jsonOf(value)).toStrictEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('copies nothing that is whole', () => {
    const part = { of: ['a', { whole: true }] };
    expect(jsonOf(part)).toBe(part);
    expect((jsonOf({ part, gone: undefined }) as { readonly part: unknown }).part).toBe(part);
  });
});
