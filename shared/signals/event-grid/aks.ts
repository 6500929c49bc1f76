import { z } from 'zod';

import { kubernetesVersion, nodePoolName, optional, present } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';

type Versions = 'Microsoft.ContainerService.NewKubernetesVersionAvailable';
type Support = 'Microsoft.ContainerService.ClusterSupportEnding' | 'Microsoft.ContainerService.ClusterSupportEnded';
type Rolling =
  | 'Microsoft.ContainerService.NodePoolRollingStarted'
  | 'Microsoft.ContainerService.NodePoolRollingSucceeded'
  | 'Microsoft.ContainerService.NodePoolRollingFailed';

/** What a cluster says about itself. Rolling events carry no version, cause or operation: ask ARM. */
export type AksBody =
  | SignalBodyOf<'aks', Versions, VersionsData>
  | SignalBodyOf<'aks', Support, { readonly kubernetesVersion: string }>
  | SignalBodyOf<'aks', Rolling, { readonly nodePoolName: string }>;

/** The service leaves out, or sends empty, what does not exist at the moment (a preview version). */
export interface VersionsData {
  readonly latestSupportedKubernetesVersion?: string;
  readonly latestStableKubernetesVersion?: string;
  readonly lowestMinorKubernetesVersion?: string;
  readonly latestPreviewKubernetesVersion?: string;
}

const versionOrEmpty = optional(
  z.union([z.literal('').transform(() => undefined), kubernetesVersion], { error: 'is not a Kubernetes version' }),
);
const versions = z.object({
  latestSupportedKubernetesVersion: versionOrEmpty,
  latestStableKubernetesVersion: versionOrEmpty,
  lowestMinorKubernetesVersion: versionOrEmpty,
  latestPreviewKubernetesVersion: versionOrEmpty,
});
const support = z.object({ kubernetesVersion });
const rolling = z.object({ nodePoolName });

const NEW_VERSION: Versions = 'Microsoft.ContainerService.NewKubernetesVersionAvailable';

function supportEvent(type: Support): EventEntry<AksBody> {
  return [type, (data) => bodyOf(read(support, data, 'data'), (value) => ({ family: 'aks', type, data: value }))];
}

function rollingEvent(type: Rolling): EventEntry<AksBody> {
  return [type, (data) => bodyOf(read(rolling, data, 'data'), (value) => ({ family: 'aks', type, data: value }))];
}

export const AKS_EVENTS: readonly EventEntry<AksBody>[] = [
  [
    NEW_VERSION,
    (data) =>
      bodyOf(read(versions, data, 'data'), (value) => ({ family: 'aks', type: NEW_VERSION, data: present(value) })),
  ],
  supportEvent('Microsoft.ContainerService.ClusterSupportEnding'),
  supportEvent('Microsoft.ContainerService.ClusterSupportEnded'),
  rollingEvent('Microsoft.ContainerService.NodePoolRollingStarted'),
  rollingEvent('Microsoft.ContainerService.NodePoolRollingSucceeded'),
  rollingEvent('Microsoft.ContainerService.NodePoolRollingFailed'),
];
