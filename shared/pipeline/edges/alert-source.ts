import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { AlertData, AlertType } from '../../signals/alerts/alert.ts';

/** What an alert was made of: rules that watch the same from the same place are one source. */
export interface AlertSource {
  /** The name of the fleet's own source that measures the same, where there is one: `edge-health`. */
  readonly sees: string;
  /** True if it is seen from outside of every region. */
  readonly isOutside: boolean;
}

/**
 * Metrics by resource type, by what they show. What is not listed is a source of its own.
 * https://learn.microsoft.com/azure/azure-monitor/reference/metrics-index
 */
const METRICS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'microsoft.cdn/profiles': {
    originhealthpercentage: 'edge-health',
    originrequestcount: 'edge-errors',
    percentage5xx: 'edge-errors',
    originlatency: 'edge-latency',
    totallatency: 'edge-latency',
  },
  'microsoft.network/trafficmanagerprofiles': {
    probeagentcurrentendpointstatebyprofileresourceid: 'edge-health',
  },
  'microsoft.network/applicationgateways': {
    healthyhostcount: 'app-gateway',
    unhealthyhostcount: 'app-gateway',
  },
  'microsoft.containerservice/managedclusters': {
    kube_node_status_condition: 'aks-nodes',
    kube_pod_status_ready: 'aks-pods',
    kube_pod_status_phase: 'aks-pods',
  },
};

/** Edges measure from their own places, in every region of the world. */
const EDGES: ReadonlySet<string> = new Set(['microsoft.cdn/profiles', 'microsoft.network/trafficmanagerprofiles']);

/** Longer names are nobody's metric. */
const MAX_NAME = 200;

/** What an alert was made of, by its kind and what it measured: never by the name of its rule. Pure. */
export function alertSource({ type, data }: { readonly type: AlertType; readonly data: AlertData }): AlertSource {
  switch (type) {
    case 'metric':
    case 'metric-dynamic':
      return metricSource(data);
    case 'log-v1':
    case 'log-v2':
    case 'simple-log':
      // What a query looks at is not told: one resource that is queried is one source.
      return { sees: bounded(`log-alert ${targetName(data)}`), isOutside: false };
    case 'prometheus':
      return { sees: bounded(`prometheus ${targetName(data)}`), isOutside: false };
    case 'availability-test':
    case 'service-health':
      return { sees: type, isOutside: true };
    default:
      return { sees: type, isOutside: false };
  }
}

function metricSource(data: AlertData): AlertSource {
  const { measured, targets } = data;
  const type = (measured?.namespace ?? parseResourceId(targets[0] ?? '')?.type ?? '').toLowerCase();
  const metric = measured?.metric.toLowerCase().replaceAll(/\s/g, '') ?? '';
  const known = Object.hasOwn(METRICS, type) ? METRICS[type] : undefined;
  const named = known !== undefined && Object.hasOwn(known, metric) ? known[metric] : undefined;
  return { sees: named ?? bounded(`${type}/${metric}`), isOutside: EDGES.has(type) };
}

function targetName({ targets: [target = ''] }: AlertData): string {
  return (target.split('/').findLast((part) => part !== '') ?? '').toLowerCase();
}

function bounded(name: string): string {
  return name.slice(0, MAX_NAME);
}
