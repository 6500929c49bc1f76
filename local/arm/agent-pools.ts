import { sha256 } from '../../shared/domain/digest.ts';
import { canonicalJson, type JsonObject } from '../../shared/domain/json.ts';
import type { ArmResource, ArmState } from './arm-state.ts';

/** What AKS refuses: its errors are not wrapped in `error` as ARM's others are. */
export interface PoolRefusal {
  readonly code: string;
  readonly message: string;
}

/** True for `.../managedClusters/{cluster}/agentPools/{pool}`. */
export function isAgentPool(id: string): boolean {
  return /\/microsoft\.containerservice\/managedclusters\/[^/]+\/agentpools\/[^/]+$/i.test(id);
}

/** True for the collection of a cluster's pools: it has one at least, or there is no such cluster. */
export function isPoolList(collection: string): boolean {
  return isAgentPool(`${collection}/x`);
}

/** The `eTag` that AKS shows with a pool: another one for each change of it. */
export function poolETag({ properties }: ArmResource): string {
  return sha256(canonicalJson(properties)).slice(0, 32);
}

/**
 * What the service does not take of a pool's new values.
 * @see https://learn.microsoft.com/azure/aks/cluster-autoscaler
 */
export function poolRefusal(properties: JsonObject, set: JsonObject): PoolRefusal | undefined {
  const { enableAutoScaling, minCount, maxCount, mode, nodeImageVersion } = { ...properties, ...set };
  if (set['nodeImageVersion'] !== undefined && nodeImageVersion !== null) {
    return { code: 'BadRequest', message: 'Setting nodeImageVersion triggers an agentPool rollback.' };
  }
  if (enableAutoScaling !== true) {
    return typeof set['minCount'] === 'number'
      ? { code: 'InvalidParameter', message: 'minCount is set, and enableAutoScaling is not.' }
      : undefined;
  }
  const [least, most] = [minCount, maxCount].map((limit) => (Number.isInteger(limit) ? Number(limit) : Number.NaN));
  const floor = mode === 'System' ? 1 : 0;
  return least !== undefined && most !== undefined && least >= floor && least <= most && most <= 1000
    ? undefined
    : {
        code: 'InvalidParameter',
        message: `The value of parameter agentPoolProfile.minCount is invalid. It must be from ${floor} to maxCount:${String(most)}.`,
      };
}

/** The pool with what follows from a write: nodes up to its new least number are ordered, and come later. */
export function withOrder(pool: ArmResource, dueAt: number): ArmResource {
  const { enableAutoScaling, count, minCount } = pool.properties;
  const { nodesDueAt, ...rest } = pool;
  return enableAutoScaling === true && Number(count) < Number(minCount)
    ? { ...rest, nodesDueAt: nodesDueAt ?? dueAt }
    : rest;
}

/** The pool with the nodes that have come by now. */
export function withNodes(pool: ArmResource, now: number): ArmResource {
  const { nodesDueAt, ...rest } = pool;
  const { count, minCount } = pool.properties;
  return nodesDueAt === undefined || nodesDueAt > now
    ? pool
    : { ...rest, properties: { ...pool.properties, count: Math.max(Number(count), Number(minCount)) } };
}

/** Nodes of a cluster that are there; undefined without pools. */
export function readyNodes(state: ArmState, cluster: string): number | undefined {
  const pools = state.list(`${cluster}/agentPools`).map(({ properties }) => properties);
  const running = pools.filter(({ powerState }) => (powerState as { readonly code?: unknown }).code === 'Running');
  return pools.length === 0 ? undefined : running.reduce((sum, { count }) => sum + Number(count), 0);
}

/** The pool as GET shows it. */
export function shownPool(pool: ArmResource): JsonObject {
  const { id, type, properties } = pool;
  return { id, name: id.split('/').at(-1) ?? '', type, properties: { ...properties, eTag: poolETag(pool) } };
}

/** https://learn.microsoft.com/azure/aks/reference-provisioning-states: any other state is an operation's. */
const TERMINAL = ['Succeeded', 'Failed', 'Canceled'];

/** What keeps a pool from being written: another operation of it, or that it is not what the writer has seen. */
export function poolHeld(pool: ArmResource, { headers }: Request): Response | undefined {
  if (!isAgentPool(pool.id)) {
    return undefined;
  }
  const match = headers.get('if-match');
  if (match !== null && match !== poolETag(pool)) {
    const message = 'The request conflicts with the current eTag of the resource.';
    return Response.json({ code: 'EtagMismatch', details: null, message, subcode: '' }, { status: 412 });
  }
  const { provisioningState: state } = pool.properties;
  if (typeof state !== 'string' || TERMINAL.includes(state)) {
    return undefined;
  }
  const message = `Operation is not allowed: Another operation (${pool.id.split('/').at(-1) ?? ''} - ${state}) is in progress, please wait for it to finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details`;
  return Response.json({ code: 'OperationNotAllowed', details: null, message, subcode: '' }, { status: 409 });
}
