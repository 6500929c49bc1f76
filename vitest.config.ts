import { defineConfig } from 'vitest/config';

const PURE = [
  'shared/domain/**',
  'shared/intents/**',
  'shared/reactions/*/decide.ts',
  'shared/targets/*/{fold,rules,next}.ts',
  'shared/reconcile/plan.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts', 'functions/**/*.ts'],
      exclude: ['shared/ports/**'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        branches: 90,
        functions: 90,
        statements: 90,
        ...Object.fromEntries(PURE.map((glob) => [glob, { 100: true }])),
      },
    },
  },
});
