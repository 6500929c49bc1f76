import { describe, expect, it } from 'vitest';

import { compareTargets } from '../../../shared/fleet/change.ts';
import { edgeText, TRAFFIC_MANAGER } from './edge-text.ts';
import { build } from './fleet-text.ts';

function changed(before: object, after: object): number {
  const [old, now] = [before, after].map((edge) => build(edgeText(edge)).fleet);
  return compareTargets(old!, now!).changed;
}

describe('targets that a reload touches', () => {
  const origins = { a: 'shop-weu', b: 'shop-neu' };

  it.each([
    ['an origin that stands for another cluster', { origins: { a: 'shop-weu', b: 'shop-weu' } }, 1],
    ['an origin that is gone', { origins: { a: 'shop-weu' } }, 1],
    ['an edge that is elsewhere, with its origins', { trafficManager: TRAFFIC_MANAGER }, 3],
    ['no new origin', { origins: { ...origins, c: 'shop-weu' } }, 0],
    ['no setting', { signals: { quorum: 1 } }, 0],
  ])('are %s', (_, edge, count) => {
    expect(changed({ origins }, { origins, ...edge })).toBe(count);
  });
});
