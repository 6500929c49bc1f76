export type Aggregation = 'Average' | 'Total' | 'Minimum' | 'Maximum' | 'Count';

/** A metric as its resource type declares it. */
export interface Metric {
  readonly localized: string;
  readonly unit: 'Percent' | 'Count' | 'MilliSeconds';
  /** What is answered if nothing is asked for. */
  readonly aggregation: Aggregation;
  readonly dimensions: readonly string[];
}

/**
 * By resource type in lower case, then by the metric's name in the REST API.
 *
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-cdn-profiles-metrics
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-containerservice-managedclusters-metrics
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-network-trafficmanagerprofiles-metrics
 */
export const METRICS: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  'microsoft.cdn/profiles': {
    OriginHealthPercentage: {
      localized: 'Origin Health Percentage',
      unit: 'Percent',
      aggregation: 'Average',
      dimensions: ['Origin', 'OriginGroup'],
    },
    OriginRequestCount: {
      localized: 'Origin Request Count',
      unit: 'Count',
      aggregation: 'Total',
      dimensions: ['HttpStatus', 'HttpStatusGroup', 'Origin', 'Endpoint'],
    },
    OriginLatency: {
      localized: 'Origin Latency',
      unit: 'MilliSeconds',
      aggregation: 'Average',
      dimensions: ['Origin', 'Endpoint'],
    },
  },
  'microsoft.containerservice/managedclusters': {
    kube_node_status_condition: {
      localized: 'Statuses for various node conditions',
      unit: 'Count',
      aggregation: 'Average',
      dimensions: ['condition', 'status', 'status2', 'node'],
    },
  },
  'microsoft.network/trafficmanagerprofiles': {
    ProbeAgentCurrentEndpointStateByProfileResourceId: {
      localized: 'Endpoint Status by Endpoint',
      unit: 'Count',
      aggregation: 'Maximum',
      dimensions: ['EndpointName'],
    },
    QpsByEndpoint: {
      localized: 'Queries by Endpoint Returned',
      unit: 'Count',
      aggregation: 'Total',
      dimensions: ['EndpointName'],
    },
  },
};
