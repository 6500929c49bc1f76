import type { ArmResource } from './arm-state.ts';

/** What is said of a node pool; the rest is as AKS creates it. */
export interface NodePool {
  readonly count: number;
  /** Limits of its autoscaler; it has none if absent. */
  readonly autoscaler?: { readonly min: number; readonly max: number };
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
  { count, autoscaler, mode = 'User', power = 'Running', provisioningState = 'Succeeded', taints }: NodePool,
): Omit<ArmResource, 'type'> {
  return {
    id: `${cluster}/agentPools/${name}`,
    properties: {
      count,
      vmSize: 'Standard_D4s_v5',
      osType: 'Linux',
      type: 'VirtualMachineScaleSets',
      mode,
      enableAutoScaling: autoscaler !== undefined,
      minCount: autoscaler?.min ?? null,
      maxCount: autoscaler?.max ?? null,
      orchestratorVersion: '1.34',
      nodeImageVersion: 'AKSUbuntu-2204gen2containerd-202610.15.0',
      powerState: { code: power },
      provisioningState,
      ...(taints === undefined ? {} : { nodeTaints: taints }),
    },
  };
}
