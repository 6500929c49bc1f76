import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import type { Endpoints } from '../local/endpoints.ts';
import { pushImage } from '../local/registry/client.ts';
import { withStack } from './local-stack.ts';
import { median, percentile } from './statistics.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 20;

interface Pace {
  readonly pushes: number;
  /** Seconds between a commit and the next push: more than three commits a minute make the batch window grow. */
  readonly pause: number;
}

/** Pushes images by a plain OCI client, one after another, and measures until the branch has moved. */
export async function benchPush(pace: Pace): Promise<void> {
  console.log(
    `push to commit, ${pace.pushes} pushes ${pace.pause} s apart, local stack, real queue polling, batch window`,
  );
  for (const latency of [0, 150]) {
    const times = await withStack(
      { options: ['--github-latency', String(latency)] },
      async (endpoints) => await measure(endpoints, pace),
    );
    const figures = [median(times), percentile(times, 0.99), Math.max(...times)].map(
      (ms) => `${(ms / 1000).toFixed(2)} s`,
    );
    console.log(
      `${String(latency).padStart(4)} ms per Git host call: p50 ${figures[0]}, p99 ${figures[1]}, max ${figures[2]}`,
    );
  }
}

async function measure({ github, registries }: Endpoints, { pushes, pause }: Pace): Promise<number[]> {
  const [registry] = Object.values(registries);
  const [repository] = Object.values(github.repositories);
  if (registry === undefined || repository === undefined) {
    throw new Error('the example fleet has no registry or repository');
  }
  const { url, username, password } = registry;
  const times: number[] = [];
  for (let number = 1; number <= pushes; number += 1) {
    const before = await headOf(repository.path, repository.branch);
    const began = performance.now();
    await pushImage({ url, username, password, fetch, repository: 'shop/web', tag: `1.9.${number}` });
    const end = Date.now() + PATIENCE_MS;
    while ((await headOf(repository.path, repository.branch)) === before) {
      if (Date.now() > end) {
        throw new Error(`no commit ${PATIENCE_MS} ms after push ${number}`);
      }
      await delay(POLL_MS);
    }
    times.push(performance.now() - began);
    await delay(pause * 1_000);
  }
  return times;
}

async function headOf(path: string, branch: string): Promise<string> {
  const child = spawn('git', ['-C', path, 'rev-parse', `refs/heads/${branch}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
  }
  return text.trim();
}
