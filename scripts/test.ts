import { startVitest } from 'vitest/node';

/**
 * Runs every test once with coverage and ends with `N passed, N failed`: true numbers, after the coverage table, so
 * that the last line is the answer. A file that cannot be loaded and a missed coverage threshold count as failures.
 */
async function main(): Promise<void> {
  const filters = process.argv.slice(2);
  const vitest = await startVitest(filters, {
    run: true,
    watch: false,
    coverage: { enabled: filters.length === 0 },
  });
  await vitest.close();
  let passed = 0;
  let failed = vitest.state.getUnhandledErrors().length;
  let skipped = 0;
  for (const file of vitest.state.getTestModules()) {
    if (file.state() === 'failed' && [...file.children.allTests('failed')].length === 0) {
      failed += 1;
    }
    for (const test of file.children.allTests()) {
      const { state } = test.result();
      passed += Number(state === 'passed');
      failed += Number(state === 'failed');
      skipped += Number(state === 'skipped' || state === 'pending');
    }
  }
  if (process.exitCode !== undefined && process.exitCode !== 0 && failed === 0) {
    console.log('coverage is below its thresholds, or the run ended early: counted as one failure');
    failed += 1;
  }
  if (skipped > 0) {
    console.log(`${skipped} tests did not run: counted as failures`);
    failed += skipped;
  }
  console.log(`${passed} passed, ${failed} failed`);
  // Handles that a failed test left open must not keep the run from ending.
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

await main();
