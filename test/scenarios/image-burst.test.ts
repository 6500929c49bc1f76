import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../local/time/seeded-random.ts';
import { BranchStage, textOf } from './situations/branch-stage.ts';

const SECONDS = 60;
const PUSHES = 1_000;
const IMAGES = Array.from({ length: 40 }, (_, index) => `app${index}`);
const PER_SECOND = Math.ceil(PUSHES / SECONDS);

interface Push {
  readonly image: string;
  readonly tag: string;
}

function pushAt(index: number): Push {
  return { image: IMAGES[index % IMAGES.length] ?? '', tag: `1.${5 + Math.floor(index / IMAGES.length)}.0` };
}

/** A thousand pushes in a minute; each is told of twice, some late, and in no order. */
async function burst(seed: number): Promise<{ readonly stage: BranchStage; readonly log: readonly string[] }> {
  const stage = new BranchStage(IMAGES);
  const { commit: start } = await stage.git.head('main');
  const random = new SeededRandom(seed);
  let late: object[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    const indexes = Array.from({ length: PER_SECOND }, (_, index) => second * PER_SECOND + index);
    const told = indexes
      .filter((index) => index < PUSHES)
      .map((index) => stage.push(pushAt(index).image, pushAt(index).tag));
    const all = [...told, ...told, ...late].map((event) => ({ event, at: random.next() }));
    late = all.filter(({ at }) => at > 0.8).map(({ event }) => event);
    for (const { event } of all.filter(({ at }) => at <= 0.8).toSorted((a, b) => a.at - b.at)) {
      stage.post(event);
    }
    await stage.seconds(1);
  }
  late.forEach((event) => stage.post(event));
  await stage.seconds(120);
  return { stage, log: await stage.log(start) };
}

describe('a burst of pushes', () => {
  it.each([1, 2])('is a handful of commits, with nothing lost and nothing twice (%i)', async (seed) => {
    const { stage, log } = await burst(seed);
    for (const image of IMAGES) {
      const newest = Math.max(
        ...Array.from({ length: PUSHES }, (_, index) => index).filter((index) => pushAt(index).image === image),
      );
      expect(await stage.text(`dev/${image}.yaml`)).toBe(textOf(image, pushAt(newest).tag));
    }
    expect(log.length).toBeLessThanOrEqual(10);
    expect(log.length).toBeGreaterThan(1);
  });

  it('does not keep a single push waiting longer than the shortest window', async () => {
    const stage = new BranchStage(['web']);
    const begin = stage.clock.now().getTime();
    await stage.handle(stage.push('web', '1.5.0'));
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    expect(stage.clock.now().getTime() - begin).toBeLessThanOrEqual(2_000);
  });

  it('puts what comes within the window into one commit, the newest of each image', async () => {
    const stage = new BranchStage(['web', 'api']);
    const { commit: start } = await stage.git.head('main');
    stage.post(stage.push('web', '1.5.0'));
    await stage.seconds(1);
    stage.post(stage.push('api', '1.7.0'));
    stage.post(stage.push('web', '1.6.0'));
    await stage.seconds(5);
    expect(await stage.log(start)).toEqual(['chore(images): update 2 images']);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('is not kept waiting by an image that is pushed all the time', async () => {
    const stage = new BranchStage(['web']);
    const { commit: start } = await stage.git.head('main');
    for (let minor = 5; minor < 9; minor += 1) {
      stage.post(stage.push('web', `1.${minor}.0`));
      await stage.seconds(1);
    }
    expect(await stage.log(start)).not.toEqual([]);
  });
});
