import type { ArmResource } from './arm-state.ts';

/** What is said of a node pool; the rest is as AKS creates it. */
export interface NodePool {
  readonly count: number;
  readonly mode?: 'System' | 'User';
  readonly power?: 'Running' | 'Stopped';
  readonly provisioningState?: string;
  /** `CriticalAddonsOnly=true:NoSchedule`. */
  readonly taints?: readonly string[];
}

/**
 * A node pool to seed: `GET {cluster}/agentPools` lists it.
 * @param cluster - ARM id.
 * @see https://learn.microsoft.com/rest/api/aks/agent-pools/list
 */
export function nodePool(
  cluster: string,
  name: string,
  { count, mode = 'User', power = 'Running', provisioningState = 'Succeeded', taints }: NodePool,
): Omit<ArmResource, 'type'> {
  return {
    id: `${cluster}/agentPools/${name}`,
    properties: {
      count,
      vmSize: 'Standard_D4s_v5',
      osType: 'Linux',
      type: 'VirtualMachineScaleSets',
      mode,
      enableAutoScaling: false,
      powerState: { code: power },
      provisioningState,
      ...(taints === undefined ? {} : { nodeTaints: taints }),
    },
  };
}
