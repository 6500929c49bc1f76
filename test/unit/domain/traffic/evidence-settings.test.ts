import { describe, expect, it } from 'vitest';

import { settingOf } from '../../../../shared/domain/traffic/evidence-settings.ts';

describe('a setting by origin', () => {
  it.each([
    [{ weu: '/id' }, 'weu', '/id'],
    [{ weu: '/id' }, 'neu', undefined],
    [{ weu: '/id' }, 'constructor', undefined],
    [{}, 'toString', undefined],
    [undefined, 'weu', undefined],
  ] as const)('%j of %s is %s', (byOrigin, origin, expected) => {
    expect(settingOf(byOrigin, origin)).toBe(expected);
  });
});
