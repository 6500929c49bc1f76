import * as z from 'zod';

import type { ArmReader } from '../arm-reader.ts';
import { known } from './known.ts';
import type { Span } from './metrics.ts';
import { readNodes } from './node-conditions.ts';

/** https://learn.microsoft.com/rest/api/aks/agent-pools/list */
const API_VERSION = '2025-05-01';

const pools = z.object({
  value: z.array(
    z.object({
      properties: z.object({
        count: z.int().min(0),
        provisioningState: z.string(),
        powerState: z.object({ code: z.string() }),
        nodeTaints: z.array(z.string()).nullish(),
        enableAutoScaling: z.boolean().nullish(),
      }),
    }),
  ),
  nextLink: z.string().nullish(),
});

type Pool = z.infer<typeof pools>['value'][number]['properties'];

/** A pool that is `Updating` (a write of its limits does that) serves with the nodes that it has. */
const SERVING = ['Succeeded', 'Updating'];

/**
 * Nodes of a cluster that can serve: those of pools that run and whose last operation succeeded or changes only what is
 * said of the pool, without pools that are kept for the cluster's own add-ons.
 *
 * Where an autoscaler orders nodes, a pool's count is ahead of those that are there: it counts as far as the cluster's
 * metric knows of nodes that are ready, and whole where that tells nothing.
 *
 * @param cluster - ARM id. @param span - minutes of which metrics can be told in full.
 * @returns undefined if that is not known, whatever the reason: a region that is down must not stop us from reading
 *   the others.
 */
export async function readServingNodes(arm: ArmReader, cluster: string, span: Span): Promise<number | undefined> {
  const found = await known(
    arm.list('read node pools', {
      resource: cluster,
      path: '/agentPools',
      query: { 'api-version': API_VERSION },
      shape: pools,
    }),
  );
  // Every cluster has a pool: an empty list is a wrong answer and no capacity of 0.
  if (found === undefined || found.length === 0) {
    return undefined;
  }
  const running = found.map(({ properties }) => properties).filter(({ powerState }) => powerState.code === 'Running');
  const serving = running.filter(isServing);
  const counted = nodesOf(serving);
  if (!serving.some(({ enableAutoScaling }) => enableAutoScaling === true)) {
    return counted;
  }
  const told = await known(readNodes(arm, cluster, span));
  const others = nodesOf(running.filter((pool) => !isServing(pool)));
  return told === undefined ? counted : Math.min(counted, Math.max(0, told.ready - others));
}

function isServing({ provisioningState, nodeTaints }: Pool): boolean {
  const isKept = nodeTaints?.some((taint) => taint.startsWith('CriticalAddonsOnly=')) === true;
  return SERVING.includes(provisioningState) && !isKept;
}

function nodesOf(some: readonly Pool[]): number {
  return some.reduce((sum, { count }) => sum + count, 0);
}
