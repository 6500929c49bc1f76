import * as z from 'zod';

import { ReflexError } from '../../errors.ts';
import type { ArmReader } from '../arm-reader.ts';

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
      }),
    }),
  ),
  nextLink: z.string().nullish(),
});

/**
 * Nodes of a cluster that can serve: those of pools that run and whose last operation succeeded, without pools that are
 * kept for the cluster's own add-ons.
 *
 * @param cluster - ARM id.
 * @returns undefined if that is not known, whatever the reason: a region that is down must not stop us from reading
 *   the others.
 */
export async function readServingNodes(arm: ArmReader, cluster: string): Promise<number | undefined> {
  try {
    const found = await arm.list('read node pools', {
      resource: cluster,
      path: '/agentPools',
      query: { 'api-version': API_VERSION },
      shape: pools,
    });
    const serving = found.filter(
      ({ properties: { provisioningState, powerState, nodeTaints } }) =>
        provisioningState === 'Succeeded' &&
        powerState.code === 'Running' &&
        nodeTaints?.some((taint) => taint.startsWith('CriticalAddonsOnly=')) !== true,
    );
    // Every cluster has a pool: an empty list is a wrong answer and no capacity of 0.
    return found.length === 0 ? undefined : serving.reduce((sum, { properties }) => sum + properties.count, 0);
  } catch (error) {
    if (error instanceof ReflexError) {
      return undefined;
    }
    throw error;
  }
}
