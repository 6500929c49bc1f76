import { raisePages } from '../notify/audit-pages.ts';
import type { Heartbeat } from '../notify/heartbeat.ts';
import type { Paging } from '../notify/paging.ts';
import type { Log } from '../ports/log.ts';
import type { RowStore } from '../ports/row-store.ts';
import { EDGES } from '../targets/edge/index.ts';
import { endPages } from './end-pages.ts';
import type { Edges } from './edges/edges.ts';

export interface TickTools {
  readonly rows: RowStore;
  readonly paging: Paging;
  readonly heartbeat?: Heartbeat;
  readonly log: Log;
}

/**
 * Looks at every edge, so that a lost alert costs a minute; then calls the people whom the records say are to be called,
 * and ends what they were called for where that is gone: the next tick tells the pagers so.
 * The heartbeat goes out only if all of it went well.
 */
export async function tickRegions(edges: Edges, { rows, paging, heartbeat, log }: TickTools): Promise<void> {
  const { isWell } = await edges.tick();
  const isTold = await callPeople({ rows, paging, log });
  await heartbeat?.beat(isWell && isTold);
}

async function callPeople({ rows, paging, log }: Pick<TickTools, 'rows' | 'paging' | 'log'>): Promise<boolean> {
  try {
    await raisePages(rows, [EDGES], paging);
    const { failed } = await paging.deliverDue();
    await endPages(rows, paging);
    return failed === 0;
  } catch (error) {
    log.error('pages were not all delivered', { reason: error instanceof Error ? error.message : String(error) });
    return false;
  }
}
