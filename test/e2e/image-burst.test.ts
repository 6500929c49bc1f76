import { describe, expect, it } from 'vitest';

import { isWhole, playBurst } from './image-burst.ts';

/** `npm run bench -- burst` plays the whole thousand. */
const SMALL = { pushes: 100, seconds: 6, images: 10, seed: 1 };

describe('a burst of pushes told of three times each, on the served stack', () => {
  it('is a handful of commits with nothing lost and nothing twice, though the app is killed in the middle', async () => {
    const outcome = await playBurst({ ...SMALL, kill: true });
    expect([isWhole(outcome), outcome]).toEqual([true, expect.anything()]);
    expect(outcome.commits).toBeLessThanOrEqual(10);
    expect(outcome.commits).toBeGreaterThan(0);
    expect(outcome.contentAMinute).toBeGreaterThanOrEqual(outcome.commits);
    expect(outcome.contentAMinute).toBeLessThanOrEqual(80);
  }, 600_000);
});
