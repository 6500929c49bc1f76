import { describe, expect, it } from 'vitest';

import { EdgeCommand } from '../../../shared/commands/edge-command.ts';

const EDGE = { edge: 'shop' };

describe('an edge’s command', () => {
  it.each<[object, object]>([
    [
      { command: 'failover', origin: 'weu' },
      { reason: '', override: [], dryRun: false },
    ],
    [
      { command: 'failover', origin: 'weu', steps: [500, 0], through: 'gate' },
      { steps: [500, 0], through: 'gate' },
    ],
    [{ command: 'failback', origin: 'weu', steps: [1000] }, { steps: [1000] }],
    [{ command: 'set-shares', shares: { weu: 0.5, neu: 0 } }, { shares: { weu: 0.5, neu: 0 } }],
    [{ command: 'set-weights', weights: { weu: 0, neu: 1000 } }, { weights: { weu: 0, neu: 1000 } }],
    [{ command: 'shift-weight', origin: 'weu', percent: 12.5 }, { percent: 12.5 }],
    [{ command: 'drill', origin: 'weu' }, { durationSeconds: 600 }],
    [{ command: 'pin', origin: 'weu', state: 'out', until: '2026-12-01T00:00:00Z' }, { state: 'out' }],
    [
      { command: 'unpin', origin: 'weu', reason: 'r', override: ['a'], dryRun: true },
      { dryRun: true, override: ['a'] },
    ],
    [{ command: 'hold' }, { dryRun: false }],
    [{ command: 'unhold' }, { reason: '' }],
  ])('%j is one', (asked, expected) => {
    expect(EdgeCommand.parse({ ...EDGE, ...asked })).toMatchObject({ ...EDGE, ...asked, ...expected });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['one that there is not', { ...EDGE, command: 'explode' }],
    ['one about no edge', { command: 'unpin', origin: 'weu' }],
    ['one about no origin', { ...EDGE, command: 'failover', origin: '' }],
    ['one with a word that nobody knows', { ...EDGE, command: 'failover', origin: 'weu', force: true }],
    ['a weight above 1000', { ...EDGE, command: 'set-weights', weights: { weu: 1001 } }],
    ['a weight that is no whole number', { ...EDGE, command: 'failover', origin: 'weu', steps: [10.5] }],
    ['a weight below 0', { ...EDGE, command: 'set-weights', weights: { weu: -1 } }],
    ['a part below 0', { ...EDGE, command: 'set-shares', shares: { weu: -1, neu: 1 } }],
    ['a part without end', { ...EDGE, command: 'set-shares', shares: { weu: Infinity, neu: 1 } }],
    ['a part of nothing else', { ...EDGE, command: 'set-shares', shares: { weu: 30 } }],
    ['more than all of it', { ...EDGE, command: 'shift-weight', origin: 'weu', percent: 101 }],
    ['a drill of a second', { ...EDGE, command: 'drill', origin: 'weu', durationSeconds: 1 }],
    ['a drill without end', { ...EDGE, command: 'drill', origin: 'weu', durationSeconds: 86_401 }],
    ['a pin until some day', { ...EDGE, command: 'pin', origin: 'weu', state: 'in', until: 'Monday' }],
    ['another gate', { ...EDGE, command: 'failover', origin: 'weu', through: 'dns' }],
  ])('%s is none', (_, asked) => {
    expect(EdgeCommand.safeParse(asked).success).toBe(false);
  });
});
