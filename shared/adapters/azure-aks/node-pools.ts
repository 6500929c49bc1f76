import {
  ContainerServiceClient,
  restorePoller,
  type AgentPool,
  type ContainerServiceClientOptionalParams,
} from '@azure/arm-containerservice';

import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { NodePool, NodePoolChange, NodePools } from '../../ports/node-pools.ts';
import type { Operation } from '../../ports/operation.ts';
import { allowLoopback } from '../arm-access.ts';
import { sendOutcome, toReflexError } from '../arm-failures.ts';
import { namesAddress } from '../arm-poller.ts';

const CLUSTER =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.containerservice\/managedclusters\/([^/]+)(?:\/agentpools\/([^/]+))?$/i;
/** https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools */
const ADDONS_ONLY = 'CriticalAddonsOnly=';
/** States in which the nodes that a pool has go on serving; `count` may be ahead of them in any other. */
const STEADY = ['Succeeded', 'Updating'];
/** https://learn.microsoft.com/azure/aks/reference-provisioning-states: terminal states of a pool. */
const TERMINAL = ['Succeeded', 'Failed', 'Canceled'];

/** What the service alone sets, and the versions. */
const UNWRITTEN: ReadonlySet<string> = new Set<keyof AgentPool>([
  'eTag',
  'nodeImageVersion',
  'orchestratorVersion',
  'powerState',
  'status',
  'virtualMachineNodesStatus',
]);

type Credential = ConstructorParameters<typeof ContainerServiceClient>[0];

/**
 * Node pools of Azure Kubernetes Service, by PUT of single pools under their eTag.
 *
 * A pool is written as it was read just before, without what only the service sets: since api version 2026-04-01 a
 * `nodeImageVersion` that is sent back rolls the pool back to it, and versions are somebody else's to change.
 */
export class AksNodePools implements NodePools {
  readonly #credential: Credential;
  readonly #options: ContainerServiceClientOptionalParams;

  constructor(credential: Credential, options: ContainerServiceClientOptionalParams = {}) {
    this.#credential = credential;
    // The SDK would sleep as long as Retry-After says, without a cap, and send a PUT again: waits are the caller's.
    this.#options = { ...options, retryOptions: { maxRetries: 0 } };
  }

  async read(cluster: string): Promise<readonly NodePool[]> {
    const at = locate(cluster, 'cluster');
    try {
      const found: NodePool[] = [];
      for await (const pool of this.#client(at).agentPools.list(at.resourceGroup, at.cluster)) {
        found.push(toPool(pool));
      }
      return found;
    } catch (error) {
      throw toReflexError('read node pools', error);
    }
  }

  async begin(pool: string, change: NodePoolChange): Promise<Operation> {
    const at = locate(pool, 'pool');
    const { agentPools } = this.#client(at);
    const where = [at.resourceGroup, at.cluster, at.pool] as const;
    const found = await agentPools.get(...where).catch((error: unknown) => {
      throw toReflexError('read node pool', error);
    });
    const { eTag, enableAutoScaling } = found;
    if (enableAutoScaling !== true) {
      throw new UpstreamError('write node pool', 400, { cause: new Error('the pool has no autoscaler') });
    }
    try {
      const condition = eTag === undefined ? {} : { ifMatch: eTag };
      const poller = agentPools.createOrUpdate(...where, { ...writable(found), ...change }, condition);
      await poller.submitted();
      return stateOf(poller, await poller.serialize());
    } catch (error) {
      return sendOutcome('write node pool', error);
    }
  }

  async poll(pool: string, state: string): Promise<Operation> {
    const poller = restored(this.#client(locate(pool, 'pool')), state);
    if (poller === undefined) {
      return { status: 'unknown', detail: 'the state names no operation' };
    }
    try {
      await poller.poll();
      return stateOf(poller, await poller.serialize());
    } catch (error) {
      const outcome = sendOutcome('poll node pool', error);
      if (outcome.status === 'failed') {
        return outcome;
      }
      const reason = toReflexError('poll node pool', error);
      if (reason instanceof NotFoundError) {
        return { status: 'unknown', detail: 'the operation is no longer known' };
      }
      throw reason;
    }
  }

  #client({ subscription }: { readonly subscription: string }): ContainerServiceClient {
    const client = new ContainerServiceClient(this.#credential, subscription, this.#options);
    const { endpoint } = this.#options;
    return endpoint === undefined ? client : allowLoopback(client, { url: endpoint, credential: this.#credential });
  }
}

/** @returns undefined for a text that is not of a poller of ours: whatever is asked, nothing will ever answer it. */
function restored(client: ContainerServiceClient, state: string) {
  if (!namesAddress(state)) {
    return undefined;
  }
  try {
    return restorePoller(client, state, client.agentPools.createOrUpdate);
  } catch {
    return undefined;
  }
}

interface Poller {
  readonly operationState: { readonly status: string; readonly error?: Error } | undefined;
}

function stateOf({ operationState }: Poller, state: string): Operation {
  switch (operationState?.status) {
    case 'succeeded':
      return { status: 'succeeded' };
    case 'failed':
    case 'canceled':
      return { status: 'failed', detail: operationState.error?.message ?? operationState.status };
    default:
      return { status: 'running', state };
  }
}

/** What a write may say of a pool: all that was read, without what the service alone sets and without versions. */
function writable(pool: AgentPool): AgentPool {
  const told = Object.entries(pool).filter(([name]) => !UNWRITTEN.has(name));
  return Object.fromEntries(told);
}

function toPool(pool: AgentPool): NodePool {
  const { id, count, enableAutoScaling, minCount, maxCount, provisioningState = '', powerState, nodeTaints } = pool;
  if (typeof id !== 'string' || typeof count !== 'number') {
    throw new UpstreamError('read node pools: a pool without id or count', 502);
  }
  const isRunning = powerState?.code === 'Running' && STEADY.includes(provisioningState);
  const isKept = nodeTaints?.some((taint) => taint.startsWith(ADDONS_ONLY)) === true;
  const subnets = [pool.vnetSubnetID, pool.podSubnetID].filter((subnet) => typeof subnet === 'string');
  const hasAutoscaler = enableAutoScaling === true && typeof minCount === 'number' && typeof maxCount === 'number';
  return {
    id: id.toLowerCase(),
    count,
    ...(hasAutoscaler ? { autoscaler: { min: minCount, max: maxCount } } : {}),
    isServing: isRunning && !isKept,
    ...(subnets.length === 0 ? {} : { subnets: subnets.map((subnet) => subnet.toLowerCase()) }),
    isTerminal: TERMINAL.includes(provisioningState),
  };
}

/** @throws NotFoundError for an id of anything else. */
function locate(id: string, kind: 'cluster' | 'pool') {
  const [, subscription, resourceGroup, cluster, pool = ''] = CLUSTER.exec(id) ?? [];
  const isKind = (pool === '') === (kind === 'cluster');
  if (subscription === undefined || resourceGroup === undefined || cluster === undefined || !isKind) {
    throw new NotFoundError(`${id} is no AKS ${kind}`);
  }
  return { subscription, resourceGroup, cluster, pool };
}
