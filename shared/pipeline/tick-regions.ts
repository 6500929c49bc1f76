import type { Fleet } from '../fleet/model.ts';
import { raisePages, type NamedEdge } from '../notify/audit-pages.ts';
import type { Heartbeat } from '../notify/heartbeat.ts';
import type { Notices } from '../notify/notices.ts';
import type { Paging } from '../notify/paging.ts';
import type { Log } from '../ports/log.ts';
import type { RowStore } from '../ports/row-store.ts';
import { KILL_SWITCH } from '../reconcile/guards/kill-switch.ts';
import { EDGES } from '../targets/edge/index.ts';
import type { Clusters } from './clusters/clusters.ts';
import type { Edges } from './edges/edges.ts';
import { endPages } from './end-pages.ts';
import { branchTarget } from './images/targets.ts';

export interface TickTools {
  readonly rows: RowStore;
  readonly paging: Paging;
  /** Partitions whose audit chains say whom to call and what to tell. */
  readonly chains: () => Promise<readonly string[]>;
  /** By whose names pages tell what they are about. */
  readonly names?: () => Promise<readonly NamedEdge[]>;
  readonly notices?: Notices;
  readonly heartbeat?: Heartbeat;
  readonly log: Log;
}

/**
 * Looks at every edge, so that a lost alert costs a minute, and at the clusters that are to carry more; then calls the people whom the records say are to be called,
 * and ends what they were called for where that is gone: the next tick tells the pagers so. The heartbeat goes out only if
 * all of it went well; notices come last, and nothing waits for them.
 */
export async function tickRegions(
  { edges, clusters }: { readonly edges: Pick<Edges, 'tick'>; readonly clusters: Pick<Clusters, 'follow'> },
  { chains, names, notices, heartbeat, ...tools }: TickTools,
): Promise<void> {
  const { isWell } = await edges.tick();
  const { isWell: isGrown } = await clusters.follow();
  // Of the edges people are called even while the fleet cannot be read.
  const partitions = await chains().catch(() => [EDGES]);
  const named = (await names?.().catch(() => [])) ?? [];
  const isTold = await callPeople({ partitions, named }, tools);
  await heartbeat?.beat(isWell && isGrown && isTold);
  await notices?.send(partitions).catch((error: unknown) => {
    tools.log.warn('notices were not all sent', { reason: wordsOf(error) });
  });
}

/** The chains of what a fleet names, and of the switches. Pure. */
export function chainsOf({ repositories }: Fleet): readonly string[] {
  return [...new Set([EDGES, ...repositories.map((one) => branchTarget(one).key), KILL_SWITCH.partition])];
}

async function callPeople(
  { partitions, named }: { readonly partitions: readonly string[]; readonly named: readonly NamedEdge[] },
  { rows, paging, log }: Pick<TickTools, 'rows' | 'paging' | 'log'>,
): Promise<boolean> {
  try {
    await raisePages(rows, partitions, paging, named);
    const { failed } = await paging.deliverDue();
    await endPages(rows, paging);
    return failed === 0;
  } catch (error) {
    log.error('pages were not all delivered', { reason: wordsOf(error) });
    return false;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
