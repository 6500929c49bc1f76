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

const GATEWAY = `${GROUP}/providers/microsoft.network/applicationgateways/gw`;
const gateways = (appGateways: Readonly<Record<string, string>>): Pick<FleetEdge, 'evidence'> => {
  return { evidence: { appGateways, clusterIds: {} } };
};
const first: FleetEdge = { ...edgeOf('shop', 1), ...gateways({ 'origin-neu': `${GATEWAY}-neu` }) };
const second: FleetEdge = { ...edgeOf('admin', 2), ...gateways({ 'origin-weu': GATEWAY, 'origin-neu': GATEWAY }) };
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
  const backend = { dimensions: [{ name: 'BackendServer', value: '10.0.0.4' }] };
  const endpoint = { name: 'Endpoint', value: 'shop.azurefd.net' };
  const groups = (...names: readonly string[]): AlertData['dimensions'] => [
    ...names.map((value) => ({ name: 'OriginGroup', value })),
    { name: 'Origin', value: 'x' },
  ];
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
    [
      'a custom property in other letters, whatever else it says',
      { targets: [first.id], ...named, properties: { Region: ' westeurope ' } },
      { shop: ['westeurope'] },
    ],
    [
      'a custom property that says nothing',
      { targets: [first.id], ...named, properties: { region: ' ' } },
      { shop: ['origin-neu'] },
    ],
    [
      'the host of an origin, and what users call',
      { targets: [PROFILE], dimensions: [{ name: 'Origin', value: 'a.contoso.com:443' }, endpoint] },
      { shop: ['a.contoso.com:443'], admin: ['a.contoso.com:443'] },
    ],
    ['one origin group of the profile', { targets: [PROFILE], dimensions: groups('SHOP') }, { shop: ['x'] }],
    ['two of them', { targets: [PROFILE], dimensions: groups('shop', 'Admin') }, { shop: ['x'], admin: ['x'] }],
    ['others of them', { targets: [PROFILE], dimensions: groups('other') }, {}],
    [
      'a column of a log query',
      { targets: [first.id], dimensions: [{ name: 'originName_s', value: 'origin-neu' }] },
      { shop: ['origin-neu'] },
    ],
    ['a gateway', { targets: [`${GATEWAY}-neu`.toUpperCase()] }, { shop: ['origin-neu'] }],
    ['a gateway, whatever its dimensions say', { targets: [`${GATEWAY}-neu`], ...backend }, { shop: ['origin-neu'] }],
    ['a gateway of two regions, by its backend', { targets: [GATEWAY], ...backend }, { admin: ['10.0.0.4'] }],
    ['a gateway of two regions, of neither', { targets: [GATEWAY] }, { admin: [] }],
    ["somebody else's gateway", { targets: [`${GATEWAY}-eus`] }, {}],
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

  it('of service health are the regions that it names, whatever a rule for all of them says', () => {
    const said = { targets: [SUBSCRIPTION], regions: ['northeurope'], properties: { region: 'westeurope' } };
    expect(scopeOf(said, 'service-health')).toEqual({ shop: ['northeurope'], admin: ['northeurope'] });
  });

  it('of a Traffic Manager profile are its endpoints', () => {
    const id = `${GROUP}/providers/microsoft.network/trafficmanagerprofiles/tm`;
    const tm: FleetEdge = { ...first, id, profile: id, service: 'traffic-manager' };
    const said = { targets: [id], dimensions: [{ name: 'EndpointName', value: 'origin-weu' }] };
    const [one] = reportsOf(alert(said), { ...FLEET, edges: [tm] });
    expect(one?.report).toMatchObject({ regions: ['origin-weu'] });
    const [other] = reportsOf(alert({ targets: [id], dimensions: [endpoint] }), { ...FLEET, edges: [tm] });
    expect(other?.report).toMatchObject({ regions: ['shop.azurefd.net'] });
  });

  it("comes in the order of the edges' priority", () => {
    expect(Object.keys(scopeOf({ targets: [CLUSTER] }))).toEqual(['shop', 'admin']);
  });
});

describe('what an alert on something that watches all origins is about', () => {
  const WORKSPACE = `${GROUP}/providers/microsoft.operationalinsights/workspaces/law`;
  const cluster = (name: string, group = 'rg'): Fleet['clusters'][number] => ({
    name,
    resourceId: parseResourceId(CLUSTER.replace('/rg/', `/${group}/`).replace('shop-weu', `aks-${name.slice(5)}`))!,
    labels: {},
  });
  const clusters = [cluster('shop-weu'), cluster('shop-neu')];
  const edge: FleetEdge = { ...first, evidence: { alertResources: { [WORKSPACE]: 'all' }, clusterIds: {} } };
  const other: FleetEdge = { ...second, evidence: { clusterIds: {} } };
  const scope = (data: Partial<AlertData>, fleet: Partial<Fleet> = {}): unknown =>
    reportsOf(alert({ targets: [WORKSPACE], ...data }, 'log-v2'), {
      ...FLEET,
      clusters,
      edges: [edge, other],
      ...fleet,
    }).map((one) => [one.edge.name, one.report.kind === 'alert' ? one.report.regions : []]);
  const dimension = (name: string, value: string): Partial<AlertData> => ({ dimensions: [{ name, value }] });

  it.each<[string, Partial<AlertData>, readonly string[]]>([
    ['an origin', dimension('Origin', 'origin-neu'), ['origin-neu']],
    ['a region', { regions: ['westeurope'] }, ['westeurope']],
    ['a property, whatever else', { ...dimension('cluster', 'shop-weu'), properties: { region: 'x' } }, ['x']],
    ['a region before a cluster', { ...dimension('cluster', 'shop-weu'), regions: ['x'] }, ['x']],
    ['a cluster by its name in the fleet', dimension('cluster', 'shop-weu'), ['origin-weu']],
    ['a cluster by its name in Azure', dimension('ClusterName_s', ' AKS-neu'), ['origin-neu']],
    ['a cluster by its id', dimension('_ResourceId', clusters[1]!.resourceId.key.toUpperCase()), ['origin-neu']],
    ['a cluster that is not behind it', dimension('cluster', 'aks-eus'), []],
    ['a dimension that names nothing', dimension('Computer', 'shop-weu'), []],
    ['nothing', {}, []],
  ])('%s', (_, data, expected) => {
    expect(scope(data)).toEqual([['shop', expected]]);
  });

  it('is nobody where two clusters have the name', () => {
    const alike = [clusters[0]!, { ...cluster('shop-weu', 'b'), name: 'shop-neu' }];
    expect(scope(dimension('cluster', 'aks-weu'), { clusters: alike })).toEqual([['shop', []]]);
  });

  it('is the origin that it stands for, whatever the alert says', () => {
    const one: FleetEdge = { ...edge, evidence: { alertResources: { [WORKSPACE]: 'origin-weu' }, clusterIds: {} } };
    const said = { ...dimension('Origin', 'origin-neu'), properties: { region: 'northeurope' } };
    expect(scope(said, { edges: [one] })).toEqual([['shop', ['origin-weu']]]);
  });

  it('is the cluster, where that is a target as well', () => {
    const targets = [WORKSPACE, clusters[0]!.resourceId.key];
    expect(scope({ targets }, { edges: [edge] })).toEqual([['shop', ['origin-weu']]]);
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

  it('is what its rule measured, and the name of that rule, in bounds', () => {
    const measured = { metric: 'OriginHealthPercentage', namespace: 'Microsoft.Cdn/profiles' };
    const [one] = reportsOf(alert({ targets: [first.id], measured, rule: 'r'.repeat(999) }), FLEET);
    expect(one?.report).toMatchObject({ sees: 'edge-health', isOutside: true, rule: 'r'.repeat(260) });
  });

  it('has an id in bounds, however many resources it is about', () => {
    const targets = [first.id, ...Array.from({ length: 49 }, (_, n) => `${CLUSTER}/${'x'.repeat(1_900)}${n}`)];
    const ids = [targets, targets.toReversed()].map((order) => {
      const [one] = reportsOf(alert({ targets: order }, 'resource-health'), FLEET);
      return one?.report.kind === 'alert' ? one.report.id : '';
    });
    expect(ids.map((id) => id.length)).toEqual([300, 300]);
    expect(new Set(ids).size).toBe(2);
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
