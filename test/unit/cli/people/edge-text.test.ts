import { expect, it } from 'vitest';

import { healthOf } from '../../../../cli/people/edge-text.ts';

const ORIGIN = { name: 'origin-weu', id: 'x', region: 'weu', cluster: 'shop-weu' };

it.each([
  [{}, 'unknown'],
  [{ health: 'healthy', badVotes: [] }, 'healthy'],
  [{ health: 'bad', badVotes: ['app', 'alert:/subscriptions/s/alerts/a1'] }, 'bad: app alert:a1'],
  [
    { health: 'bad', badVotes: ['app'], hasTurned: true },
    'bad: app; that turned a plan around, a newer word takes it out',
  ],
] as const)('what is said of an origin: %j', (said, text) => {
  expect(healthOf({ ...ORIGIN, ...said } as Parameters<typeof healthOf>[0])).toBe(text);
});
