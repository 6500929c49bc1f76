import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { explainImage } from '../../../../cli/explain-image.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';

interface Case {
  readonly id: string;
  readonly note: string;
  readonly tags: readonly unknown[];
  readonly expect: string | null;
  readonly expectDigest?: string | null;
}

const file = join(import.meta.dirname, '../../../cases/image-policies-more.json');
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] };

const SHUFFLES = 1_000;

/** The case itself and its tags in a thousand other orders, one line each. */
function* ordersOf(one: Case): Generator<Uint8Array> {
  const random = new SeededRandom(one.tags.length);
  yield Buffer.from(`${JSON.stringify(one)}\n`);
  for (let shuffle = 0; shuffle < (one.tags.length < 2 ? 0 : SHUFFLES); shuffle += 1) {
    const keyed = one.tags.map((tag) => ({ tag, at: random.next() })).toSorted((a, b) => a.at - b.at);
    yield Buffer.from(`${JSON.stringify({ ...one, tags: keyed.map(({ tag }) => tag) })}\n`);
  }
}

/** All answers of a case's orders, each once. */
async function answersOf(one: Case): Promise<readonly string[]> {
  const answers = new Set<string>();
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    yield* ordersOf(one);
    await Promise.resolve();
  })();
  await explainImage(
    { jsonl: true },
    {
      input,
      print: (text) => {
        text
          .trimEnd()
          .split('\n')
          .forEach((line) => answers.add(line));
        return Promise.resolve();
      },
      complain: () => undefined,
    },
  );
  return [...answers];
}

describe('own cases', () => {
  it.each(cases)('$id: $note, in every order', async (one) => {
    const answers = await answersOf(one);
    expect(answers).toHaveLength(1);
    const { outcome, tag, digest } = JSON.parse(answers[0] ?? '{}') as Record<string, string | undefined>;
    const answer = outcome === 'invalid-policy' ? 'error' : outcome === 'unchanged' ? outcome : (tag ?? null);
    expect(answer).toBe(one.expect);
    if (one.expectDigest !== undefined) {
      expect(digest ?? null).toBe(one.expectDigest);
    }
  });
});
