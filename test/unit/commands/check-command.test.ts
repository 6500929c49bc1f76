import { describe, expect, it } from 'vitest';

import { findFault } from '../../../shared/commands/check-command.ts';
import { EdgeCommand } from '../../../shared/commands/edge-command.ts';
import { edgeOf } from '../targets/edge/observed.ts';

const NOW = new Date('2026-01-05T08:00:00Z');
const SHOP = {
  ...edgeOf([]).edge,
  name: 'shop',
  origins: ['neu', 'weu'].map((name) => ({ id: name, name: `origin-${name}`, region: `${name}rope`, cluster: name })),
};

function faultOf(asked: object): ReturnType<typeof findFault> {
  return findFault(EdgeCommand.parse({ edge: 'shop', ...asked }), SHOP, NOW);
}

describe('a command that somebody has typed', () => {
  it.each<[object]>([
    [{ command: 'failover', origin: 'origin-weu' }],
    [{ command: 'failover', origin: 'WEUROPE' }],
    [{ command: 'set-shares', shares: { 'origin-weu': 1, neurope: 2 } }],
    [{ command: 'set-weights', weights: { 'origin-weu': 1, 'origin-neu': 2 } }],
    [{ command: 'hold' }],
    [{ command: 'unhold' }],
    [{ command: 'hold', until: '2026-01-05T08:00:01Z' }],
    [{ command: 'failover', origin: 'origin-weu', override: ['freeze', 'atleast-2', 'safety-rule:atleast-3'] }],
  ])('has no fault in %j', (asked) => {
    expect(faultOf(asked)).toBeUndefined();
  });

  it.each<[object, string]>([
    [{ command: 'failover', origin: 'origin-wue' }, '"origin-wue"'],
    [{ command: 'set-shares', shares: { 'origin-weu': 1, seu: 2 } }, '"seu"'],
    [{ command: 'set-weights', weights: { 'origin-weu': 1, constructor: 2 } }, '"constructor"'],
  ])('names what the edge does not have, and what it has: %j', (asked, name) => {
    const fault = faultOf(asked);
    expect(fault?.isMissing).toBe(true);
    expect(fault?.detail).toContain(name);
    expect(fault?.detail).toContain('origin-neu (region neurope), origin-weu (region weurope)');
  });

  it.each<[object, string]>([
    [{ command: 'failover', origin: 'origin-weu', override: ['freeze', 'frieze'] }, '"frieze" is no rule'],
    [
      { command: 'failover', origin: 'origin-weu', override: ['freeze', 'last-enabled'] },
      'nothing overrides last-enabled',
    ],
    [{ command: 'failover', origin: 'origin-weu', override: ['atleast-'] }, '"atleast-" is no rule'],
    [{ command: 'hold', until: '2026-01-05T08:00:00Z' }, 'is over'],
    [{ command: 'pin', origin: 'origin-weu', state: 'out', until: '2020-01-01T00:00:00Z' }, 'is over'],
  ])('says what is wrong with %j', (asked, words) => {
    expect(faultOf(asked)).toEqual({ isMissing: false, detail: expect.stringContaining(words) as string });
  });
});
