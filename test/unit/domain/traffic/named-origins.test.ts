import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  hostLabels,
  isHostLike,
  originsCalled,
  type CalledOrigin,
} from '../../../../shared/domain/traffic/named-origins.ts';

const SHARED = ['shop.contoso.com', 'shop.contoso.com:443'];
const ORIGINS: readonly CalledOrigin[] = [
  { name: 'Weu-A', region: 'westeurope', hosts: hostLabels('A.contoso.com', [80, 443]), hostHeaders: SHARED },
  { name: 'weu-b', region: 'westeurope', hosts: hostLabels('b.contoso.com', [8443]), hostHeaders: SHARED },
  { name: 'neu', region: 'northeurope', hosts: ['c.contoso.com', 'shared.contoso.com'], hostHeaders: SHARED },
  { name: 'eus', region: 'eastus', hosts: ['d.contoso.com', 'shared.contoso.com'] },
  { name: 'mars', region: '' },
];

function called(text: string): readonly string[] | 'ambiguous' {
  const found = originsCalled(ORIGINS, text);
  return found === 'ambiguous' ? found : found.map(({ name }) => name);
}

describe('an origin', () => {
  it.each<[string, readonly string[] | 'ambiguous']>([
    ['weu-a', ['Weu-A']],
    [' NEU ', ['neu']],
    ['westeurope', ['Weu-A', 'weu-b']],
    ['West Europe', ['Weu-A', 'weu-b']],
    ['a.contoso.com', ['Weu-A']],
    ['A.CONTOSO.COM:443', ['Weu-A']],
    ['a.contoso.com:80', ['Weu-A']],
    ['a.contoso.com:8443', []],
    ['b.contoso.com:8443', ['weu-b']],
    ['c.contoso.com:443', []],
    ['shared.contoso.com', 'ambiguous'],
    ['shop.contoso.com', 'ambiguous'],
    ['contoso.com', []],
    ['evil-a.contoso.com', []],
    ['', []],
  ])('is called %j', (text, expected) => {
    expect(called(text)).toEqual(expected);
  });

  it('is called by the host of its requests where nobody has that host of its own', () => {
    const [a, , c] = ORIGINS;
    const own = { ...c!, hosts: ['shop.contoso.com'], hostHeaders: [] };
    expect(originsCalled([a!, own], 'shop.contoso.com')).toEqual([own]);
    expect(originsCalled([a!], 'shop.contoso.com')).toEqual([a]);
  });

  it('is never guessed: what is found is called exactly that, and one region has the host', () => {
    const anyHost = fc.constantFrom('a.x', 'b.x', 'a.x:443', 'c');
    const any = fc.record({
      name: fc.constantFrom('o1', 'o2', 'c'),
      region: fc.constantFrom('westeurope', 'northeurope'),
      hosts: fc.array(anyHost),
      hostHeaders: fc.array(anyHost),
    });
    fc.assert(
      fc.property(fc.array(any), anyHost, (origins, text) => {
        const found = originsCalled(origins, text);
        const wearing = origins.filter((one) => [one.name, ...one.hosts, ...one.hostHeaders].includes(text));
        if (found === 'ambiguous') {
          expect(new Set(wearing.map(({ region }) => region)).size).toBe(2);
        } else {
          expect(wearing).toEqual(expect.arrayContaining([...found]));
          const isNamed = found.some(({ name }) => name === text);
          expect(isNamed || new Set(found.map(({ region }) => region)).size <= 1).toBe(true);
          expect(found.length === 0).toBe(wearing.length === 0);
        }
      }),
    );
  });
});

describe('the labels of a host', () => {
  it('are itself and itself with each port, once, in lower case, without the dot of the root', () => {
    expect(hostLabels(' A.Contoso.com. ', [443, 80, 443])).toEqual([
      'a.contoso.com',
      'a.contoso.com:443',
      'a.contoso.com:80',
    ]);
    expect(hostLabels('  ', [443])).toEqual([]);
  });
});

it.each([
  ['a.contoso.com', true],
  ['host:443', true],
  ['westeurope', false],
  ['West Europe', false],
  ['origin-weu', false],
])('%j may be a host: %j', (text, expected) => {
  expect(isHostLike(text)).toBe(expected);
});
