import { describe, expect, it } from 'vitest';

import { alertSource } from '../../../../shared/pipeline/edges/alert-source.ts';
import type { AlertData, AlertType } from '../../../../shared/signals/alerts/alert.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourceGroups/rg/providers';
const AKS = `${GROUP}/Microsoft.ContainerService/managedClusters/shop-weu`;

function sourceOf(type: AlertType, data: Partial<AlertData> = {}): ReturnType<typeof alertSource> {
  return alertSource({ type, data: { targets: [], ...data } as AlertData });
}

function metric(namespace: string | undefined, name: string, target?: string): ReturnType<typeof alertSource> {
  const measured = { metric: name, ...(namespace === undefined ? {} : { namespace }) };
  return sourceOf('metric', { measured, targets: target === undefined ? [] : [target] });
}

describe('what an alert was made of', () => {
  it.each([
    ['Microsoft.Cdn/profiles', 'OriginHealthPercentage', 'edge-health', true],
    ['microsoft.cdn/PROFILES', 'Origin Health Percentage', 'edge-health', true],
    ['Microsoft.Cdn/profiles', 'OriginRequestCount', 'edge-errors', true],
    ['Microsoft.Cdn/profiles', 'OriginLatency', 'edge-latency', true],
    ['Microsoft.Cdn/profiles', 'ByteHitRatio', 'microsoft.cdn/profiles/bytehitratio', true],
    [
      'Microsoft.Network/trafficManagerProfiles',
      'ProbeAgentCurrentEndpointStateByProfileResourceId',
      'edge-health',
      true,
    ],
    ['Microsoft.Network/applicationGateways', 'UnhealthyHostCount', 'app-gateway', false],
    ['Microsoft.Network/applicationGateways', 'HealthyHostCount', 'app-gateway', false],
    ['Microsoft.ContainerService/managedClusters', 'kube_node_status_condition', 'aks-nodes', false],
    ['Microsoft.ContainerService/managedClusters', 'kube_pod_status_ready', 'aks-pods', false],
    ['constructor', 'toString', 'constructor/tostring', false],
    ['Microsoft.Cdn/profiles', '__proto__', 'microsoft.cdn/profiles/__proto__', true],
  ])('%s %s is %s', (namespace, name, sees, isOutside) => {
    expect(metric(namespace, name)).toEqual({ sees, isOutside });
  });

  it('is told by its resource where it names no namespace', () => {
    expect(metric(undefined, 'kube_pod_status_phase', AKS)).toEqual({ sees: 'aks-pods', isOutside: false });
    expect(metric(undefined, 'x')).toEqual({ sees: '/x', isOutside: false });
    expect(sourceOf('metric-dynamic')).toEqual({ sees: '/', isOutside: false });
  });

  it('is the same for two rules on one metric, and never follows from the name of a rule', () => {
    const measured = { metric: 'OriginHealthPercentage', namespace: 'Microsoft.Cdn/profiles' };
    const rules = ['slow', 'quick'].map((rule) =>
      sourceOf('metric', { measured: { ...measured, threshold: 5 }, rule }),
    );
    expect(rules[0]).toEqual(rules[1]);
  });

  it.each([
    ['log-v1', 'log-alert law-fleet', false],
    ['log-v2', 'log-alert law-fleet', false],
    ['simple-log', 'log-alert law-fleet', false],
    ['prometheus', 'prometheus law-fleet', false],
    ['availability-test', 'availability-test', true],
    ['service-health', 'service-health', true],
    ['resource-health', 'resource-health', false],
    ['smart-detector', 'smart-detector', false],
    ['budget', 'budget', false],
  ] as const)('%s is %s', (type, sees, isOutside) => {
    const targets = [`${GROUP}/Microsoft.OperationalInsights/workspaces/LAW-fleet/`];
    expect(sourceOf(type, { targets })).toEqual({ sees, isOutside });
  });

  it('is a name in bounds', () => {
    expect(metric('x', 'y'.repeat(999)).sees).toHaveLength(200);
    expect(sourceOf('log-v2', { targets: ['z'.repeat(999)] }).sees).toHaveLength(200);
    expect(sourceOf('log-v2').sees).toBe('log-alert ');
  });
});
