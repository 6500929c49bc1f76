import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

/** Files of reactions and targets that read or write something: those of .dependency-cruiser.mjs. */
const EFFECTS = {
  reactions: 'index|react|gather|candidates|gated-choice|roll-out|signature-gate|signatures|vulnerability-gate',
  targets: 'index|observe|write|follow|gates|proven|writer|blob-texts|earlier|index-file|read-past|tree-index|branch',
};
/**
 * Pure code is covered whole. Its branches stay a little below: `??` behind an index that the type checker cannot know
 * to be there has a side that no input reaches.
 */
const PURE = [
  'shared/{domain,intents,commands}/**',
  `shared/reactions/*/!(${EFFECTS.reactions}).ts`,
  `shared/targets/{*,*/*}/!(${EFFECTS.targets}).ts`,
];

const ALL = 'test/**/*.test.ts';
const THOUSANDS = 'test/simulation/thousands.test.ts';
const WAITING = 'test/e2e/**/*.test.ts';

export default defineConfig({
  test: {
    // What takes every core there is goes first and alone. Then come, by their name before the rest, those that mostly wait
    // for the local stack: the longest of them must not be what everybody waits for in the end.
    projects: [
      { extends: true, test: { name: 'thousands', include: [THOUSANDS], sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'e2e', include: [WAITING], sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: { name: 'rest', include: [ALL], exclude: [THOUSANDS, WAITING], sequence: { groupOrder: 1 } },
      },
    ],
    maxWorkers: Math.max(4, availableParallelism()),
    // Tests start the local stack dozens of times: its modules are compiled once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url)) },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts', 'functions/**/*.ts'],
      exclude: ['shared/ports/**'],
      reportOnFailure: true,
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 94,
        branches: 90,
        functions: 94,
        statements: 94,
        ...Object.fromEntries(
          PURE.map((glob) => [glob, { lines: 100, functions: 100, statements: 100, branches: 95 }]),
        ),
      },
    },
  },
});
