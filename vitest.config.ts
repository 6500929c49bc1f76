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

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
