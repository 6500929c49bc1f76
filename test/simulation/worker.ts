import { parentPort, workerData } from 'node:worker_threads';

import { drawCase, featuresOf, type Feature } from './draw-case.ts';
import { play } from './player.ts';
import { describe } from './report.ts';
import { shrink } from './shrink.ts';

/** What a worker is to do: seeds `first`, `first + step`, and so on up to `last`. */
export interface Share {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** What is drawn beside the rest; by each seed itself if absent. */
  readonly features?: readonly Feature[];
  /** Violations that are shrunk and described; the others are counted. */
  readonly described: number;
}

/** One run's result. */
export interface Ran {
  readonly seed: number;
  readonly writes: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly violation?: { readonly invariant: string; readonly text?: string };
}

async function work({ first, last, step, features, described }: Share): Promise<void> {
  const told = new Map<string, number>();
  for (let seed = first; seed <= last; seed += step) {
    const given = drawCase(seed, features ?? featuresOf(seed));
    const outcome = await play(given);
    const { writes, ends, violation } = outcome;
    if (violation === undefined) {
      parentPort?.postMessage({ seed, writes, ends } satisfies Ran);
      continue;
    }
    const count = told.get(violation.invariant) ?? 0;
    told.set(violation.invariant, count + 1);
    const text = count < described ? describe(await shrink(given, outcome), given.events.length) : undefined;
    const found = { invariant: violation.invariant, ...(text === undefined ? {} : { text }) };
    parentPort?.postMessage({ seed, writes, ends, violation: found } satisfies Ran);
  }
}

await work(workerData as Share);
