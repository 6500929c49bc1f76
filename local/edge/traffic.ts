import type { Clock } from '../../shared/ports/clock.ts';
import type { Handler } from '../http/serve.ts';

export interface TrafficOptions {
  /** What answers the clients of each edge; requests go to one after the other. */
  readonly edges: readonly Handler[];
  /** Requests of all edges together. */
  readonly perSecond: number;
  readonly clock: Clock;
}

const TICK_MS = 100;

/** Clients that ask steadily and do not care about the answers. @returns stops them. */
export function startTraffic({ edges, perSecond, clock }: TrafficOptions): () => Promise<void> {
  const stop = new AbortController();
  const from = clock.now().getTime();
  let sent = 0;
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const due = Math.floor(((clock.now().getTime() - from) / 1000) * perSecond);
      for (; sent < due; sent += 1) {
        await edges[sent % edges.length]?.(new Request('https://clients.example/'));
      }
      await clock.sleep(TICK_MS, stop.signal).catch(() => undefined);
    }
  };
  const running = edges.length === 0 ? Promise.resolve() : run();
  return async () => {
    stop.abort();
    await running;
  };
}
