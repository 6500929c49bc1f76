import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../shared/intents/intent.ts';
import { wantedAgain } from '../../../shared/intents/wanted-again.ts';

const AT = '2026-01-01T00:00:00.000Z';
const TURNED = { by: { person: 'bob' }, cause: 'cancelled:p', reason: 'errors', at: AT };
const LEAVING: Intent = {
  ...{ schema: 1, subject: 'weu', by: { reaction: 'region-failover' }, cause: 'region-bad', kind: 'out' },
  ...{ value: {}, mode: 'propose', reason: 'bad', signals: ['s'], asOf: 'x', openedAt: 'x', state: 'leaving' },
  approvals: { needed: 2, withinMs: 1 },
};

describe('what is wanted again', () => {
  it('is another’s wish, for the same subject, that may act', () => {
    expect(wantedAgain([LEAVING], TURNED)).toEqual([
      {
        ...{ schema: 1, subject: 'weu', by: { person: 'bob' }, cause: 'cancelled:p:out', kind: 'out', value: {} },
        ...{ mode: 'enforce', reason: 'errors', signals: [], asOf: AT, openedAt: AT, state: 'open' },
      },
    ]);
  });

  it.each([
    [
      { enabled: false, urgency: 'planned', via: [50], back: [50, 80], overrides: ['x'], overridesBack: ['y'] },
      { enabled: false, urgency: 'emergency' },
    ],
    [
      { enabled: false, urgency: 'drill', untilMs: 1 },
      { enabled: false, urgency: 'emergency' },
    ],
    [{ weights: { weu: 5 } }, { weights: { weu: 5 } }],
    [{ pinned: 'out' }, { pinned: 'out' }],
  ])('of %j is %j', (value, again) => {
    expect(wantedAgain([{ ...LEAVING, value }], TURNED)).toMatchObject([{ value: again }]);
  });

  it('is one wish of each kind for each subject', () => {
    const all = [
      LEAVING,
      { ...LEAVING, cause: 'command' },
      { ...LEAVING, kind: 'pin' },
      { ...LEAVING, subject: 'neu' },
    ];
    const told = wantedAgain(all, TURNED).map(({ subject, kind }) => `${subject} ${kind}`);
    expect(told).toEqual(['weu out', 'weu pin', 'neu out']);
  });
});
