import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { escapeKey, keyInterval, unescapeKey } from '../../../../shared/adapters/azure-storage/keys.ts';

/** Every UTF-16 code unit, lone surrogates and controls more often than chance would have it. */
const codeUnit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0, max: 0xff }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
  fc.constantFrom(...Buffer.from('/\\#?%|!')),
);
const key = fc.array(codeUnit, { minLength: 1, maxLength: 200 }).map((codes) => String.fromCharCode(...codes));

describe('escapeKey', () => {
  it('is undone by unescapeKey, for any text', () => {
    fc.assert(fc.property(key, (text) => unescapeKey(escapeKey(text)) === text));
  });

  it('gives well-formed keys of at most 512 characters without what the service refuses', () => {
    fc.assert(
      fc.property(key, (text) => {
        const escaped = escapeKey(text);
        expect(escaped.isWellFormed()).toBe(true);
        expect(escaped.length).toBeLessThanOrEqual(512);
        // eslint-disable-next-line no-control-regex -- control characters are what must not appear
        expect(escaped).not.toMatch(/[/\\#?%\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });

  it('leaves a resource id readable', () => {
    expect(escapeKey('/subscriptions/0/resourcegroups/r-1')).toBe('|subscriptions|0|resourcegroups|r-1');
  });
});

describe('keyInterval', () => {
  it('holds every key with the prefix', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(''), key), key, (prefix, rest) => {
        const escaped = escapeKey(prefix + rest);
        const { from, before } = keyInterval(prefix);
        expect(escaped >= from).toBe(true);
        expect(before === undefined || escaped < before).toBe(true);
        expect(from.isWellFormed() && (before ?? '').isWellFormed()).toBe(true);
      }),
    );
  });

  it('holds a key whose surrogate pair the prefix cuts in two', () => {
    const { from, before } = keyInterval('a\ud83d');
    const escaped = escapeKey('a🚀');
    expect(escaped >= from && (before === undefined || escaped < before)).toBe(true);
  });
});
