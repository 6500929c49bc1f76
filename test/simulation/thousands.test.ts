import { availableParallelism } from 'node:os';

import { expect, it } from 'vitest';

import { playInWorkers } from './in-workers.ts';

const RUNS = 2_000;
const LONG_MS = 900_000;

it(
  'random fleets, plans and faults break no invariant, thousands of times',
  async () => {
    const broken: string[] = [];
    let played = 0;
    await playInWorkers({ runs: RUNS, seed: 1, jobs: availableParallelism(), described: 1 }, ({ seed, violation }) => {
      played += 1;
      if (violation !== undefined) {
        broken.push(violation.text ?? `seed ${seed}: ${violation.invariant}`);
      }
    });
    expect(broken).toEqual([]);
    expect(played).toBe(RUNS);
  },
  LONG_MS,
);
