import { parseResourceId, type ResourceId } from '../domain/azure/resource-id.ts';
import type { Fleet } from '../fleet/model.ts';
import type { AlertData } from './alerts/alert.ts';
import { subjectsOn } from './alerts/subjects.ts';
import type { Signal } from './signal.ts';
import { whatToAdd } from './what-to-add.ts';

/** What a signal is about, by the fleet's own entry. */
export interface FleetResource {
  readonly kind: 'registry' | 'cluster' | 'key-vault' | 'edge' | 'subscription';
  /** Name in the fleet file; of a subscription its id. */
  readonly name: string;
  readonly resourceId: ResourceId;
}

export type SenderCheck =
  | { readonly counts: true; readonly resource: FleetResource }
  | { readonly counts: false; readonly code: SenderRefusal; readonly reason: string };

export type SenderRefusal =
  /** It came by a way in that does not authenticate senders of its kind. */
  | 'wrong-way-in'
  /** The source is no resource of the fleet and no subscription with one. */
  | 'sender-not-in-fleet'
  /** A subscription of the fleet speaks of a resource that is not. */
  | 'resource-not-in-fleet'
  /** The nodes' resource group fits more than one cluster of the fleet. */
  | 'resource-ambiguous';

/** How an alert came whose sender has shown a token of an application that may send alerts; followed by that one's id. */
export const FROM_ALERT_SENDER = 'alert:';

/**
 * Whether a signal came by the way in of its kind. Pure. Traffic moves on an alert's word, and the key of the Event Grid
 * webhook, which stands in a URL, is no proof of who sends alerts; nor may who sends alerts speak for a registry.
 * @param via - how it came, as intake wrote it down.
 */
export function checkWayIn({ family, sourceId }: Signal, via: string): SenderCheck | undefined {
  return (family === 'alert') === via.startsWith(FROM_ALERT_SENDER)
    ? undefined
    : { counts: false, code: 'wrong-way-in', reason: `${family} of ${sourceId.key} by ${via}` };
}

/**
 * Whether a signal counts: who sent it and what it names must be in the fleet. ARM ids are compared without case;
 * hosts, subjects and names in the data never decide.
 */
export function checkSender(signal: Signal, fleet: Fleet): SenderCheck {
  switch (signal.family) {
    case 'registry':
      return among(signal.sourceId, registriesOf(fleet));
    case 'aks':
      return among(signal.sourceId, clustersOf(fleet));
    case 'key-vault':
      return among(signal.sourceId, keyVaultsOf(fleet));
    case 'event-grid':
      return checkScope(signal.sourceId, fleet);
    case 'scheduled-events':
      return checkNamed(signal, [signal.data.clusterId], fleet);
    case 'fleet-gates':
      return checkNamed(signal, [signal.data.gateId], fleet);
    case 'health-resources':
      return checkNamed(signal, [signal.data.targetResourceId], fleet);
    case 'resources':
      return checkNamed(signal, parsed([signal.data.resourceUri]), fleet);
    case 'alert':
      return checkAlert(signal.sourceId, signal.data, fleet);
  }
}

/** A source that is one resource: exactly an entry of the fleet, of the kind that may send this family. */
function among(source: ResourceId, resources: readonly FleetResource[]): SenderCheck {
  const resource = resources.find(({ resourceId }) => resourceId.key === source.key);
  return resource === undefined ? refuse('sender-not-in-fleet', source) : { counts: true, resource };
}

/** A subscription or resource group with something of the fleet in it, or a resource of the fleet itself. */
function checkScope(source: ResourceId, fleet: Fleet): SenderCheck {
  if (source.type !== undefined) {
    return among(source, resourcesOf(fleet));
  }
  return resourcesOf(fleet).some(({ resourceId }) => isWithin(resourceId, source))
    ? { counts: true, resource: { kind: 'subscription', name: source.subscription, resourceId: source } }
    : refuse('sender-not-in-fleet', source);
}

/** A scope speaks of a resource: both must be the fleet's, and the resource must lie in the scope. */
function checkNamed({ sourceId }: Signal, named: readonly ResourceId[], fleet: Fleet): SenderCheck {
  if (sourceId.type !== undefined) {
    return refuse('sender-not-in-fleet', sourceId);
  }
  const scope = checkScope(sourceId, fleet);
  return scope.counts
    ? findNamed(
        named.filter((id) => isWithin(id, sourceId)),
        sourceId,
        fleet,
      )
    : scope;
}

/**
 * An alert without targets, or on a whole subscription (budgets, service health), is about the subscription. Of the
 * others one target must be the fleet's, or something that an edge names for alerts.
 */
function checkAlert(subscription: ResourceId, data: AlertData, fleet: Fleet): SenderCheck {
  const named = parsed(data.targets);
  const scope = checkScope(subscription, fleet);
  if (named.length === data.targets.length && named.every(({ key }) => key === subscription.key)) {
    return scope;
  }
  // What alerts are on often lies in a subscription of its own, without anything else of the fleet.
  const isHeard = scope.counts || alertResourcesOf(fleet).some((resource) => isWithin(resource, subscription));
  const check = isHeard ? checkSubject(named, subscription, { data, fleet }) : scope;
  const add = named[0] === undefined ? undefined : whatToAdd(named[0]);
  return check.counts || add === undefined ? check : { ...check, reason: `${check.reason}: ${add}` };
}

function checkSubject(
  named: readonly ResourceId[],
  subscription: ResourceId,
  { data, fleet }: { readonly data: AlertData; readonly fleet: Fleet },
): SenderCheck {
  const found = findNamed(named, subscription, fleet);
  const edge = found.counts ? undefined : fleet.edges.find((one) => subjectsOn(one, data).length > 0);
  return edge === undefined
    ? found
    : { counts: true, resource: { kind: 'edge', name: edge.name, resourceId: named[0] ?? subscription } };
}

function findNamed(named: readonly ResourceId[], source: ResourceId, fleet: Fleet): SenderCheck {
  for (const id of named) {
    const [resource, ...more] = ownersOf(id, fleet);
    if (more.length > 0) {
      return refuse('resource-ambiguous', id);
    }
    if (resource !== undefined) {
      return { counts: true, resource };
    }
  }
  return refuse('resource-not-in-fleet', named[0] ?? source);
}

/** The fleet's resource that `id` is, lies below, or is a node of. */
function ownersOf(id: ResourceId, fleet: Fleet): readonly FleetResource[] {
  const direct = resourcesOf(fleet).filter(({ resourceId }) => isWithin(id, resourceId));
  return direct.length > 0 ? direct : clustersOf(fleet).filter(({ resourceId }) => isNodeGroup(id, resourceId));
}

/**
 * Whether `id` lies in the resource group that AKS makes for a cluster's nodes by default:
 * `MC_<group>_<cluster>_<region>`. https://learn.microsoft.com/azure/aks/faq
 */
function isNodeGroup({ subscription, resourceGroup = '' }: ResourceId, cluster: ResourceId): boolean {
  const stem = `mc_${cluster.resourceGroup ?? ''}_${cluster.name?.toLowerCase() ?? ''}_`;
  return (
    subscription === cluster.subscription &&
    resourceGroup.startsWith(stem) &&
    /^[a-z0-9]+$/.test(resourceGroup.slice(stem.length))
  );
}

function isWithin({ key }: ResourceId, scope: ResourceId): boolean {
  return key === scope.key || key.startsWith(`${scope.key}/`);
}

function parsed(ids: readonly string[]): readonly ResourceId[] {
  return ids.flatMap((id) => parseResourceId(id) ?? []);
}

function refuse(code: Exclude<SenderRefusal, 'wrong-way-in'>, { key }: ResourceId): SenderCheck {
  const reasons: Record<Exclude<SenderRefusal, 'wrong-way-in'>, string> = {
    'sender-not-in-fleet': 'is neither in the fleet nor a scope with a resource of the fleet',
    'resource-not-in-fleet': 'is not in the fleet',
    'resource-ambiguous': 'fits more than one cluster of the fleet',
  };
  return { counts: false, code, reason: `${key} ${reasons[code]}` };
}

function registriesOf({ registries }: Fleet): readonly FleetResource[] {
  return registries.map(({ name, resourceId }) => ({ kind: 'registry', name, resourceId }));
}

function clustersOf({ clusters }: Fleet): readonly FleetResource[] {
  return clusters.map(({ name, resourceId }) => ({ kind: 'cluster', name, resourceId }));
}

function keyVaultsOf({ keyVaults }: Fleet): readonly FleetResource[] {
  return keyVaults.map(({ name, resourceId }) => ({ kind: 'key-vault', name, resourceId }));
}

function resourcesOf(fleet: Fleet): readonly FleetResource[] {
  return [...registriesOf(fleet), ...clustersOf(fleet), ...keyVaultsOf(fleet), ...edgesOf(fleet)];
}

/** What edges name for alerts on it; it sends nothing else. */
function alertResourcesOf({ edges }: Fleet): readonly ResourceId[] {
  return edges.flatMap(({ evidence }) => parsed(Object.keys(evidence?.alertResources ?? {})));
}

/** Profiles, which several edges may share, and the gateways that speak of their regions. */
function edgesOf({ edges }: Fleet): readonly FleetResource[] {
  const names = new Map(
    edges.flatMap(({ name, profile, evidence }) =>
      [profile, ...Object.values(evidence?.appGateways ?? {})].map((id) => [id.toLowerCase(), name] as const),
    ),
  );
  return [...names].flatMap(([id, name]) => {
    const resourceId = parseResourceId(id);
    return resourceId === undefined ? [] : [{ kind: 'edge' as const, name, resourceId }];
  });
}
