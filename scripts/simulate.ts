import { availableParallelism } from 'node:os';

import { Command, Option } from 'commander';

import { FEATURES, type Feature } from '../test/simulation/draw-case.ts';
import { playInWorkers } from '../test/simulation/in-workers.ts';
import type { Ran } from '../test/simulation/worker.ts';
import { toCount, toOneOrMore } from './to-count.ts';

/** What has been played so far. */
interface Sum {
  runs: number;
  writes: number;
  readonly ends: Map<string, number>;
  readonly violations: Map<string, number[]>;
}

/**
 * `npm run simulate -- --runs N --seed S [--jobs J]`: random fleets, plans and faults, with the invariants checked after
 * every step. Prints the sum every second and each violation with the shortest case that was found. Ends with 1 if there
 * was one.
 */
async function main(): Promise<void> {
  const {
    runs,
    seed,
    jobs,
    with: features,
    describe: described,
  } = new Command('npm run simulate --')
    .description(
      'Random fleets, plans and faults, with the invariants checked after every step. 1: one was violated; 2: wrong use.',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .option('--runs <count>', 'how many', toOneOrMore, 2_000)
    .option('--seed <number>', 'of the first; each run has the next', toCount, 1)
    .option('--jobs <count>', 'at a time', toOneOrMore, availableParallelism())
    .option('--describe <count>', 'violations to print with their shortest case', toCount, 1)
    .addOption(
      new Option('--with <features...>', 'what every run draws beside the rest (default: by its seed)').choices(
        FEATURES,
      ),
    )
    .parse()
    .opts<{ runs: number; seed: number; jobs: number; describe: number; with?: Feature[] }>();
  const begin = performance.now();
  const sum: Sum = { runs: 0, writes: 0, ends: new Map(), violations: new Map() };
  const progress = setInterval(() => console.log(lineOf(sum, begin)), 1_000);
  await playInWorkers({ runs, seed, jobs, described, ...(features === undefined ? {} : { features }) }, (ran) =>
    add(sum, ran),
  );
  clearInterval(progress);
  if (sum.runs < runs) {
    throw new Error(`${sum.runs} of ${runs} runs were played`);
  }
  sum.violations.forEach((seeds, invariant) => console.log(`${invariant}: seeds ${seeds.slice(0, 20).join(' ')}`));
  console.log(lineOf(sum, begin));
  process.exitCode = sum.violations.size === 0 ? 0 : 1;
}

function add(sum: Sum, { seed, writes, ends, violation }: Ran): void {
  sum.runs += 1;
  sum.writes += writes;
  for (const [end, count] of Object.entries(ends)) {
    sum.ends.set(end, (sum.ends.get(end) ?? 0) + count);
  }
  if (violation !== undefined) {
    sum.violations.set(violation.invariant, [...(sum.violations.get(violation.invariant) ?? []), seed]);
    console.log(violation.text ?? `seed ${seed}: ${violation.invariant}`);
  }
}

function lineOf({ runs, writes, ends, violations }: Sum, begin: number): string {
  const broken = [...violations.values()].reduce((all, seeds) => all + seeds.length, 0);
  const byEnd = [...ends].map(([end, count]) => `${end} ${count}`).join(', ');
  const took = ((performance.now() - begin) / 1_000).toFixed(0);
  return `${runs} runs, ${broken} violations, ${writes} writes, plans: ${byEnd === '' ? 'none' : byEnd} (${took} s)`;
}

await main();
