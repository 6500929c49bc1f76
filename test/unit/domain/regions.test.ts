import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isGlobalRegion, parseRegion } from '../../../shared/domain/azure/regions.ts';

describe('parseRegion', () => {
  it.each([
    ['West Europe', 'westeurope'],
    ['westeurope', 'westeurope'],
    [' WEST  EUROPE ', 'westeurope'],
    ['West-Europe', 'westeurope'],
    ['South-East Asia', 'southeastasia'],
    ['East US 2 EUAP', 'eastus2euap'],
    ['US Gov Virginia', 'usgovvirginia'],
    ['Atlantis North 7', 'atlantisnorth7'],
  ])('reads %j as %s', (written, region) => {
    expect(parseRegion(written)).toBe(region);
  });

  it.each(['', ' ', 'Global', ' global ', '2 West', 'west/europe2', 'Non-Regional', '../x', 'Zürich', 'a'.repeat(65)])(
    'finds no region in %j',
    (written) => {
      expect(parseRegion(written)).toBeUndefined();
    },
  );

  it('gives lower-case letters and digits or nothing, and its own result again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), (written) => {
        const region = parseRegion(written);
        expect(region ?? 'none').toMatch(/^[a-z][a-z0-9]*$/);
        expect(region === undefined ? undefined : parseRegion(region)).toBe(region);
      }),
    );
  });
});

describe('isGlobalRegion', () => {
  it.each([
    ['Global', true],
    [' global', true],
    ['Globalia', false],
    ['', false],
  ])('of %j is %s', (written, expected) => {
    expect(isGlobalRegion(written)).toBe(expected);
  });
});
