import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { build } from 'esbuild';

import { buildApp } from '../scripts/build.ts';
import { median } from './statistics.ts';

const ROUNDS = 15;
const ROOT = resolve(import.meta.dirname, '..');

/**
 * Start time, spawn to every function registered: the bundled app, an empty HTTP function bundled the same way, and
 * the sources unbundled; taken in turn in one run, so that the machine's mood hits all three alike.
 */
export async function benchStartup(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'reflex-startup-'));
  try {
    await buildApp(join(scratch, 'app'));
    await buildEmpty(join(scratch, 'empty'));
    const cases = [
      { name: 'empty HTTP function, bundled', directory: join(scratch, 'empty'), pattern: 'functions/*.js' },
      { name: 'aks-reflex, bundled', directory: join(scratch, 'app'), pattern: 'functions/*.js' },
      { name: 'aks-reflex, sources', directory: ROOT, pattern: 'functions/**/*.ts' },
    ];
    const times = cases.map((): number[] => []);
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const [index, one] of cases.entries()) {
        const ms = start(one.directory, one.pattern);
        if (round >= 0) {
          times[index]?.push(ms);
        }
      }
    }
    const base = median(times[0] ?? []);
    console.log(`start, spawn to all functions registered, median of ${ROUNDS} (Node ${process.version})`);
    for (const [index, { name }] of cases.entries()) {
      const ms = median(times[index] ?? []);
      console.log(`${name.padEnd(32)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / base).toFixed(2).padStart(6)} x empty`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function start(directory: string, pattern: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'bench/register.mjs'), directory, pattern], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  if (status !== 0) {
    throw new Error(`loading ${directory} failed: ${stderr}`);
  }
  return performance.now() - began;
}

async function buildEmpty(outdir: string): Promise<void> {
  const contents =
    "import { app } from '@azure/functions'; app.http('empty', { handler: async () => ({ status: 204 }) });";
  await mkdir(outdir, { recursive: true });
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    outfile: join(outdir, 'functions/empty.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['@azure/functions-core'],
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await writeFile(join(outdir, 'package.json'), '{"type":"module"}\n');
}
