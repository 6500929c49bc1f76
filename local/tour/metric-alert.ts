/** What a metric alert says; times are now. */
export interface MetricAlert {
  /** ARM id of what is watched. */
  readonly target: string;
  /** Of this firing: its resolution has the same. */
  readonly id: string;
  readonly rule: string;
  readonly state: 'Fired' | 'Resolved';
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** A metric alert of Azure Monitor in the common schema. */
export function metricAlert({ target, id, rule, state, dimensions = {} }: MetricAlert): object {
  const at = new Date().toISOString();
  const [, subscription = ''] = target.split('/').filter((part) => part !== '');
  const metric = { metricName: 'OriginHealthPercentage', operator: 'LessThan', threshold: '50', metricValue: 3 };
  const named = Object.entries(dimensions).map(([name, value]) => ({ name, value }));
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
        condition: { windowSize: 'PT1M', allOf: [{ ...metric, timeAggregation: 'Average', dimensions: named }] },
      },
    },
  };
}
