import { Worker } from 'node:worker_threads';

import type { Ran, Share } from './worker.ts';

/** What is to be played, by how many threads. */
export interface Batch extends Pick<Share, 'features' | 'described'> {
  readonly runs: number;
  readonly seed: number;
  readonly jobs: number;
}

/** Plays seeds in threads of their own; `told` hears of each run as it ends, in no order. */
export async function playInWorkers({ runs, seed, jobs, ...rest }: Batch, told: (ran: Ran) => void): Promise<void> {
  const shares = Array.from({ length: Math.min(jobs, runs) }, (_, index): Share => ({
    ...rest,
    first: seed + index,
    last: seed + runs - 1,
    step: jobs,
  }));
  await Promise.all(shares.map((share) => playShare(share, told)));
}

function playShare(share: Share, told: (ran: Ran) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.on('message', told);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
