import fc from 'fast-check';
import { expect, it } from 'vitest';

import { PromotionStage, STAGES, textOf } from './promotion-stage.ts';

const SOAK_MINUTES = 15;
const TAGS = ['1.1.0', '1.2.0', '1.3.0', '1.4.0'];
const [DEV, PROD] = STAGES;

type Act =
  | { readonly kind: 'push' | 'write' | 'move'; readonly tag: string }
  | {
      readonly kind: 'say';
      readonly cluster: 'shop-dev' | 'shop-prod';
      readonly state: 'success' | 'failure' | 'pending';
    }
  | { readonly kind: 'restart' | 'nothing' };

const tag = fc.constantFrom(...TAGS);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('push' as const), tag }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      cluster: fc.constantFrom('shop-dev' as const, 'shop-dev' as const, 'shop-prod' as const),
      state: fc.constantFrom('success' as const, 'success' as const, 'failure' as const, 'pending' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('write' as const, 'move' as const), tag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'nothing' as const) }) },
);

/** What an onlooker knows who sees the files and the statuses alone. */
class Onlooker {
  /** Since when dev has held its tag with a success, in minutes; undefined before. */
  #passedAt: number | undefined;
  #dev = '1.0.0';
  #prod = '1.0.0';
  readonly #through = new Set(['1.0.0']);

  said(minute: number): void {
    this.#passedAt ??= minute;
  }

  /** @returns what came to prod without having got through dev. */
  saw({ dev, prod }: { readonly dev: string; readonly prod: string }, minute: number): string | undefined {
    // What has soaked until now may go on in the very commit that replaces it.
    if (this.#passedAt !== undefined && minute - this.#passedAt >= SOAK_MINUTES) {
      this.#through.add(this.#dev);
    }
    if (dev !== this.#dev) {
      this.#dev = dev;
      this.#passedAt = undefined;
    }
    const isNew = prod !== this.#prod;
    this.#prod = prod;
    return isNew && !this.#through.has(prod) ? prod : undefined;
  }
}

async function play(acts: readonly (readonly [Act, number])[], newer: 'restart' | 'wait'): Promise<string[]> {
  const stage = new PromotionStage([
    { ...DEV, soakMs: SOAK_MINUTES * 60_000, ...(newer === 'wait' ? { newer } : {}) },
    PROD,
  ]);
  const onlooker = new Onlooker();
  const wrong: string[] = [];
  let minute = 0;
  const look = async (): Promise<void> => {
    const found = onlooker.saw({ dev: await stage.tag('dev'), prod: await stage.tag('prod') }, minute);
    wrong.push(...(found === undefined ? [] : [`${found} at minute ${minute}`]));
  };
  for (const [one, minutes] of acts) {
    switch (one.kind) {
      case 'push':
        await stage.push(one.tag);
        break;
      case 'write':
        await stage.commit('dev/web.yaml', textOf(one.tag));
        break;
      case 'move':
        stage.store(one.tag, 'another build');
        break;
      case 'say':
        await stage.says(one.cluster, one.state);
        if (one.cluster === 'shop-dev' && one.state === 'success') {
          await look();
          // It is heard at the next tick.
          onlooker.said(minute + 1);
        }
        break;
      case 'restart':
        stage.restart();
        break;
      case 'nothing':
    }
    for (let left = minutes; left > 0; left -= 1) {
      await look();
      minute += 1;
      await stage.minutes(1);
      await look();
    }
  }
  return wrong;
}

it('no version reaches a stage before it has passed and soaked in the one before', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(act, fc.integer({ min: 1, max: 20 })), { minLength: 3, maxLength: 10 }),
      fc.constantFrom('restart' as const, 'wait' as const),
      async (acts, newer) => {
        expect(await play(acts, newer)).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});
