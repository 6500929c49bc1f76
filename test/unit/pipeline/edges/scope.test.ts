import { describe, expect, it } from 'vitest';

import { parseResourceId } from '../../../../shared/domain/azure/resource-id.ts';
import type { Fleet, FleetEdge } from '../../../../shared/fleet/model.ts';
import { reportsOf, type Alert } from '../../../../shared/pipeline/edges/scope.ts';
import type { AlertData } from '../../../../shared/signals/alerts/alert.ts';
import { policyOf } from '../../../../cli/simulate/policy.ts';
import { Scenario } from '../../../../cli/simulate/scenario.ts';

const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-00000000000f';
const GROUP = `${SUBSCRIPTION}/resourcegroups/rg`;
const PROFILE = `${GROUP}/providers/microsoft.cdn/profiles/p1`;
const CLUSTER = `${GROUP}/providers/microsoft.containerservice/managedclusters/shop-weu`;
const POLICY = policyOf(Scenario.parse({ id: 1, origins: [{ region: 'x' }] }));

function edgeOf(name: string, priority: number): FleetEdge {
  const id = `${PROFILE}/origingroups/${name}`;
  const origin = (region: string, cluster: string): FleetEdge['origins'][number] => ({
    name: `origin-${cluster}`,
    id: `${id}/origins/origin-${cluster}`,
    region,
    cluster: `shop-${cluster}`,
  });
  return {
    name,
    id,
    service: 'front-door',
    profile: PROFILE,
    priority,
    origins: [origin('westeurope', 'weu'), origin('northeurope', 'neu')],
    policy: POLICY,
  };
}

const [first, second] = [edgeOf('shop', 1), edgeOf('admin', 2)];
const FLEET = {
  edges: [second, first],
  clusters: [{ name: 'shop-weu', resourceId: parseResourceId(CLUSTER)! }],
} as unknown as Fleet;

function alert(data: Partial<AlertData>, type: Alert['type'] = 'metric'): Alert {
  return {
    source: `${SUBSCRIPTION}/providers/Microsoft.AlertsManagement/alerts/A1`,
    type,
    data: {
      monitorCondition: 'Fired',
      monitoringService: 'Platform',
      targets: [],
      firedAt: new Date('2026-01-05T08:00:00Z'),
      isVersionKnown: true,
      state: 'bad',
      regions: [],
      dimensions: [],
      incident: 'TRACK-1',
      properties: {},
      odd: [],
      ...data,
    },
  };
}

/** Which edges an alert is about, and which regions it speaks of there. */
function scopeOf(data: Partial<AlertData>, type?: Alert['type']): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    reportsOf(alert(data, type), FLEET).map(({ edge, report }) => [
      edge.name,
      report.kind === 'alert' ? report.regions : ['no alert'],
    ]),
  );
}

describe('what an alert is about', () => {
  const named = { dimensions: [{ name: 'Origin', value: 'origin-neu' }] };
  it.each<[string, Partial<AlertData>, object]>([
    ['one origin', { targets: [`${first.id}/origins/origin-weu`] }, { shop: ['origin-weu'] }],
    ['an origin in capitals', { targets: [`${first.id}/origins/origin-weu`.toUpperCase()] }, { shop: ['origin-weu'] }],
    ['an origin with a slash behind', { targets: [`${first.id}/origins/origin-weu/`] }, { shop: ['origin-weu'] }],
    ['an origin, whatever its dimensions say', { targets: [first.origins[0]!.id], ...named }, { shop: ['origin-weu'] }],
    ['an origin whose name begins alike', { targets: [`${first.id}/origins/origin-weu2`] }, {}],
    ['the cluster behind', { targets: [CLUSTER] }, { shop: ['origin-weu'], admin: ['origin-weu'] }],
    [
      'a node pool of it',
      { targets: [`${CLUSTER}/agentpools/system`] },
      { shop: ['origin-weu'], admin: ['origin-weu'] },
    ],
    ['another cluster', { targets: [CLUSTER.replace('weu', 'other')] }, {}],
    ['the profile, by dimension', { targets: [PROFILE], ...named }, { shop: ['origin-neu'], admin: ['origin-neu'] }],
    ['the origin group, by dimension', { targets: [first.id], ...named }, { shop: ['origin-neu'] }],
    ['the origin group, of no region', { targets: [first.id] }, { shop: [] }],
    [
      'a dimension that names nothing',
      { targets: [first.id], dimensions: [{ name: 'ClientCountry', value: 'weu' }] },
      { shop: [] },
    ],
    [
      'a dimension in other letters',
      { targets: [first.id], dimensions: [{ name: 'endpoint_name', value: 'x' }] },
      { shop: ['x'] },
    ],
    ['a custom property', { targets: [first.id], properties: { region: 'westeurope' } }, { shop: ['westeurope'] }],
    ['a region twice', { targets: [first.id], regions: ['x'], properties: { region: 'x' } }, { shop: ['x'] }],
    [
      'the subscription and a region',
      { targets: [SUBSCRIPTION], regions: ['westeurope'] },
      { shop: ['westeurope'], admin: ['westeurope'] },
    ],
    [
      'the resource group and a region',
      { targets: [GROUP], regions: ['westeurope'] },
      { shop: ['westeurope'], admin: ['westeurope'] },
    ],
    ['the subscription without a region', { targets: [SUBSCRIPTION] }, {}],
    ['a service without regions', { targets: [SUBSCRIPTION], regions: ['westeurope'], isGlobal: true }, {}],
    ['another subscription', { targets: [SUBSCRIPTION.replace('000f', '000e')], regions: ['westeurope'] }, {}],
    ['nothing', { targets: [] }, {}],
  ])('%s', (_, data, expected) => {
    expect(scopeOf(data)).toEqual(expected);
  });

  it("comes in the order of the edges' priority", () => {
    expect(Object.keys(scopeOf({ targets: [CLUSTER] }))).toEqual(['shop', 'admin']);
  });
});

describe('what an alert says', () => {
  const [{ report } = { report: undefined }] = reportsOf(
    alert({ targets: [first.id], severity: 'Sev2', causedByUser: true }),
    FLEET,
  );

  it('is taken over with its severity and who caused it', () => {
    expect(report).toMatchObject({ kind: 'alert', state: 'bad', severity: 2, isByUser: true });
    expect(report).not.toHaveProperty('resolvedAt');
  });

  it('has ended when it fired, where it does not say when', () => {
    const [over] = reportsOf(alert({ targets: [first.id], state: 'over' }), FLEET);
    expect(over?.report).toMatchObject({ resolvedAt: Date.parse('2026-01-05T08:00:00Z') });
  });

  it.each([
    ['metric', `${SUBSCRIPTION}/providers/microsoft.alertsmanagement/alerts/a1`],
    ['resource-health', `resource-health:${first.id}`],
    ['service-health', 'service-health:track-1'],
  ] as const)('%s: its two words have one id', (type, id) => {
    const [one] = reportsOf(alert({ targets: [first.id] }, type), FLEET);
    expect(one?.report).toMatchObject({ id });
  });
});
