import { describe, expect, it } from 'vitest';

import { METRICS } from '../../../../local/arm/metric-definitions.ts';
import { regionAlerts } from '../../../../local/tour/region-alerts.ts';
import { alertSource } from '../../../../shared/pipeline/edges/alert-source.ts';
import type { AlertData } from '../../../../shared/signals/alerts/alert.ts';
import { decodeEvents } from '../../../../shared/signals/decode.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourceGroups/shop/providers';
const WATCHED = {
  edge: `${GROUP}/Microsoft.Cdn/profiles/afd/originGroups/shop`,
  name: 'shop-weu',
  cluster: `${GROUP}/Microsoft.ContainerService/managedClusters/shop-weu`,
};

function alerts(): readonly AlertData[] {
  return regionAlerts(WATCHED, '1', 'Fired').map((body) => {
    const [decoded] = decodeEvents(body);
    return (decoded as { readonly signal: { readonly data: AlertData } }).signal.data;
  });
}

describe('the alerts of a lost region', () => {
  it('are those of two sources that reflex knows, as in Azure', () => {
    expect(alerts().map((data) => alertSource({ type: 'metric', data }))).toEqual([
      { sees: 'edge-health', isOutside: true },
      { sees: 'aks-nodes', isOutside: false },
    ]);
  });

  it('are about metrics and dimensions that the resource types have', () => {
    for (const { measured, dimensions, targets, odd } of alerts()) {
      const namespace = measured?.namespace ?? '';
      const metric = METRICS[namespace.toLowerCase()]?.[measured?.metric ?? ''];
      expect(targets[0]).toContain(namespace.toLowerCase());
      expect(metric?.dimensions).toEqual(expect.arrayContaining(dimensions.map(({ name }) => name)));
      expect(odd).toEqual([]);
    }
  });
});
