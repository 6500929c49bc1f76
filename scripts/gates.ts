import { spawn } from 'node:child_process';

/** The static gates: each is one command that a person can run alone. The longest begins first. */
const GATES = ['lint', 'typecheck', 'format:check', 'boundaries', 'unused'] as const;
/** How many run at a time: lint takes as long as all others together. */
const LANES = 2;

/**
 * Runs all gates, even after one has failed, and prints what failed.
 * Ends with 1 if any did, so that one run shows everything that is to be mended.
 */
async function main(): Promise<void> {
  const failed: string[] = [];
  const queue: string[] = [...GATES];
  const lanes = Array.from({ length: LANES }, async () => {
    for (let gate = queue.shift(); gate !== undefined; gate = queue.shift()) {
      const started = Date.now();
      const { code, output } = await run(gate);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${gate} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      if (code !== 0) {
        console.log(output);
        failed.push(gate);
      }
    }
  });
  await Promise.all(lanes);
  if (failed.length > 0) {
    console.log(`gates failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
}

function run(gate: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', gate], { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

await main();
