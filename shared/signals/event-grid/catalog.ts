import type { SignalBody } from '../signal.ts';
import type { SignalFamily } from '../signal-body.ts';
import { AKS_EVENTS } from './aks.ts';
import type { DataDecoder } from './data-decoder.ts';
import { FLEET_GATES } from './fleet-gates.ts';
import { HEALTH_RESOURCES } from './health-resources.ts';
import { KEY_VAULT_EVENTS } from './key-vault.ts';
import { REGISTRY_EVENTS } from './registry.ts';
import { RESOURCE_CHANGES } from './resources.ts';
import { SCHEDULED_EVENTS } from './scheduled-events.ts';
import { SUBSCRIPTION_EVENTS } from './subscriptions.ts';

const DECODERS: ReadonlyMap<string, DataDecoder<SignalBody>> = new Map(
  [
    ...REGISTRY_EVENTS,
    ...AKS_EVENTS,
    ...SCHEDULED_EVENTS,
    ...FLEET_GATES,
    ...HEALTH_RESOURCES,
    ...KEY_VAULT_EVENTS,
    ...RESOURCE_CHANGES,
    ...SUBSCRIPTION_EVENTS,
  ].map(([type, decode]) => [type.toLowerCase(), decode]),
);

const NAMESPACES: readonly (readonly [prefix: string, family: SignalFamily])[] = [
  ['microsoft.containerregistry.', 'registry'],
  ['microsoft.containerservice.', 'aks'],
  ['microsoft.resourcenotifications.containerserviceeventresources.', 'scheduled-events'],
  ['microsoft.resourcenotifications.aksresources.', 'fleet-gates'],
  ['microsoft.resourcenotifications.healthresources.', 'health-resources'],
  ['microsoft.keyvault.', 'key-vault'],
  ['microsoft.resources.', 'resources'],
  ['microsoft.eventgrid.', 'event-grid'],
];

/** The decoder of an event type, compared without case. */
export function decoderOf(type: string): DataDecoder<SignalBody> | undefined {
  return DECODERS.get(type.toLowerCase());
}

/** The family that an event type belongs to by its namespace, whether or not the type itself is known. */
export function familyOf(type: string): SignalFamily | undefined {
  const folded = type.toLowerCase();
  return NAMESPACES.find(([prefix]) => folded.startsWith(prefix))?.[1];
}
