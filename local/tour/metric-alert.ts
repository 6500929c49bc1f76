/** What the rules of the local stack compare, by the names and dimensions that Azure's resource types have. */
const RULES = {
  'origin-health': {
    metricName: 'OriginHealthPercentage',
    metricNamespace: 'Microsoft.Cdn/profiles',
    operator: 'LessThan',
    threshold: '50',
    timeAggregation: 'Average',
    metricValue: 3,
    dimensions: {},
  },
  // https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-network-trafficmanagerprofiles-metrics
  'endpoint-status': {
    metricName: 'ProbeAgentCurrentEndpointStateByProfileResourceId',
    metricNamespace: 'Microsoft.Network/trafficManagerProfiles',
    operator: 'LessThan',
    threshold: '1',
    timeAggregation: 'Maximum',
    metricValue: 0,
    dimensions: {},
  },
  // https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-containerservice-managedclusters-metrics
  'node-not-ready': {
    metricName: 'kube_node_status_condition',
    metricNamespace: 'Microsoft.ContainerService/managedClusters',
    operator: 'GreaterThan',
    threshold: '0',
    timeAggregation: 'Total',
    metricValue: 1,
    dimensions: { condition: 'Ready', status: 'false', status2: 'NotReady', node: 'aks-system-12345678-vmss000000' },
  },
} as const;

/** What a metric alert says; times are now. */
export interface MetricAlert {
  /** ARM id of what is watched: a profile of Front Door or Traffic Manager, or a cluster. */
  readonly target: string;
  /** Of this firing: its resolution has the same. */
  readonly id: string;
  readonly rule: keyof typeof RULES;
  readonly state: 'Fired' | 'Resolved';
  /** Beside those of the rule. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** A metric alert of Azure Monitor in the common schema. */
export function metricAlert({ target, id, rule, state, dimensions = {} }: MetricAlert): object {
  const at = new Date().toISOString();
  const [, subscription = ''] = target.split('/').filter((part) => part !== '');
  const { dimensions: own, ...metric } = RULES[rule];
  const named = Object.entries({ ...own, ...dimensions }).map(([name, value]) => ({ name, value }));
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: `/subscriptions/${subscription}/providers/Microsoft.AlertsManagement/alerts/${id}`,
        alertRule: rule,
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: state,
        monitoringService: 'Platform',
        alertTargetIDs: [target.toLowerCase()],
        originAlertId: id,
        firedDateTime: at,
        ...(state === 'Fired' ? {} : { resolvedDateTime: at }),
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: {
        conditionType: 'SingleResourceMultipleMetricCriteria',
        condition: { windowSize: 'PT1M', allOf: [{ ...metric, dimensions: named }] },
      },
    },
  };
}
