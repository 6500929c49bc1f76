import { describe, expect, it } from 'vitest';

import { parseResourceId } from '../../../shared/domain/azure/resource-id.ts';
import type { Fleet } from '../../../shared/fleet/model.ts';
import { decodeEvents } from '../../../shared/signals/decode.ts';
import { checkSender, checkWayIn } from '../../../shared/signals/senders.ts';
import type { Signal } from '../../../shared/signals/signal.ts';
import { changed, CLUSTER, decodeOne, REGISTRY, sample, SUBSCRIPTION } from './events.ts';
import { parsedPayload } from './payloads.ts';

const VAULT = `${SUBSCRIPTION}/resourceGroups/rg-shared/providers/Microsoft.KeyVault/vaults/kv-fleet-prod`;
const HEALTH = 'eventgrid-arn-health-availabilitystatuschanged-unavailable.json';

function entry(name: string, id: string) {
  return { name, resourceId: parseResourceId(id)! };
}

function fleet(overrides: Partial<Fleet> = {}): Fleet {
  return {
    name: 'contoso',
    revision: '',
    registries: [
      {
        ...entry('prod', REGISTRY.toUpperCase()),
        loginServer: 'crfleetprod.azurecr.io',
      },
    ],
    keyVaults: [entry('secrets', VAULT)],
    repositories: [],
    clusters: [{ ...entry('weu', CLUSTER), labels: {} }],
    images: [],
    edges: [],
    fleetFiles: {},
    ...overrides,
  };
}

function known(decoded: ReturnType<typeof decodeOne>): Signal {
  if (decoded.outcome !== 'known') {
    throw new TypeError('not known');
  }
  return decoded.signal;
}

describe('a signal counts', () => {
  it("if it is an alert on a gateway that an edge's evidence names, in any letters, once for all edges", () => {
    const gateway = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/GW`;
    const profile = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Cdn/profiles/p`.toLowerCase();
    const evidence = { appGateways: { weu: gateway.toLowerCase() }, clusterIds: {} };
    const edges = ['shop', 'admin'].map((name) => ({ name, profile, evidence })) as unknown as Fleet['edges'];
    const resource = { kind: 'edge', resourceId: { key: gateway.toLowerCase() } };
    expect(checkSender(alertOn([gateway]), fleet({ edges }))).toMatchObject({ counts: true, resource });
    expect(checkSender(alertOn([`${gateway}2`]), fleet({ edges }))).toMatchObject({ code: 'resource-not-in-fleet' });
  });

  it.each([
    ['eventgrid-acr-imagepushed.json', 'registry', 'prod'],
    ['eventgrid-aks-nodepoolrollingstarted.json', 'cluster', 'weu'],
    ['eventgrid-kv-certificatenearexpiry.json', 'key-vault', 'secrets'],
    ['eventgrid-arn-aks-scheduledevent-failed.json', 'cluster', 'weu'],
    ['eventgrid-resources-resourcewritesuccess-agentpool.json', 'cluster', 'weu'],
    [HEALTH, 'cluster', 'weu'],
    ['alert-common-metric-multidim-fired.json', 'cluster', 'weu'],
    ['alert-common-cost-budget-actual.json', 'subscription', '00000000-0000-0000-0000-000000000001'],
    ['alert-common-servicehealth-global.json', 'subscription', '00000000-0000-0000-0000-000000000001'],
    ['eventgrid-subscription-validation.json', 'subscription', '00000000-0000-0000-0000-000000000001'],
  ])('%s by the %s %s', (file, kind, name) => {
    expect(checkSender(sample(file), fleet())).toMatchObject({ counts: true, resource: { kind, name } });
  });

  it('whatever host the push names', () => {
    const signal = sample('hostile-eventgrid-acr-ssrf-host.json');
    expect(checkSender(signal, fleet())).toMatchObject({ counts: true, resource: { name: 'prod' } });
    expect(checkSender(signal, fleet({ registries: [] }))).toMatchObject({ counts: false });
  });

  it('from a resource of the fleet that speaks about its own subscription to events', () => {
    const type = 'Microsoft.EventGrid.SubscriptionDeletedEvent';
    expect(checkSender(known(decodeOne({ type, source: REGISTRY, data: {} })), fleet())).toMatchObject({
      counts: true,
    });
  });
});

describe('the way in', () => {
  it.each([
    ['alert-common-metric-fired.json', 'alert:461e8683', undefined],
    ['alert-common-metric-fired.json', 'event-grid-webhook', 'wrong-way-in'],
    ['alert-common-metric-fired.json', 'queue', 'wrong-way-in'],
    [HEALTH, 'event-grid-webhook', undefined],
    [HEALTH, 'queue', undefined],
    [HEALTH, 'alert:461e8683', 'wrong-way-in'],
  ])('of %s by %s: %s', (file, via, code) => {
    const check = checkWayIn(sample(file), via);
    expect(check === undefined || check.counts ? undefined : check.code).toBe(code);
  });
});

describe('a signal does not count', () => {
  it.each([
    ['hostile-eventgrid-foreign-topic.json', 'sender-not-in-fleet'],
    ['hostile-alert-foreign-subscription-target.json', 'resource-not-in-fleet'],
    ['alert-common-metric-fired.json', 'resource-not-in-fleet'],
  ])('%s: %s', (file, code) => {
    expect(checkSender(sample(file), fleet())).toMatchObject({ counts: false, code });
  });

  it('if its source is in the fleet as something else', () => {
    const data = { nodePoolName: 'apps' };
    const type = 'Microsoft.ContainerService.NodePoolRollingFailed';
    expect(checkSender(known(decodeOne({ type, source: REGISTRY, data })), fleet())).toMatchObject({
      code: 'sender-not-in-fleet',
    });
  });

  it('if its subscription holds nothing of the fleet', () => {
    const empty = fleet({ registries: [], keyVaults: [], clusters: [] });
    for (const file of [HEALTH, 'alert-common-cost-budget-actual.json', 'eventgrid-subscription-validation.json']) {
      expect(checkSender(sample(file), empty)).toMatchObject({ code: 'sender-not-in-fleet' });
    }
  });

  it('if a single resource speaks for another', () => {
    const resourceUri = `${CLUSTER}/agentPools/a`;
    const data = { resourceUri, operationName: 'Microsoft.ContainerService/managedClusters/agentPools/write' };
    const type = 'Microsoft.Resources.ResourceWriteSuccess';
    expect(checkSender(known(decodeOne({ type, source: REGISTRY, data })), fleet())).toMatchObject({
      code: 'sender-not-in-fleet',
    });
    const elsewhere = `${SUBSCRIPTION}/resourceGroups/rg-shared`;
    expect(checkSender(known(decodeOne({ type, source: elsewhere, data })), fleet())).toMatchObject({
      code: 'resource-not-in-fleet',
    });
    const rule = { ...data, resourceUri: `${SUBSCRIPTION}/resourceGroups/rg/providers/a.b/c/a rule` };
    expect(checkSender(known(decodeOne({ type, data: rule })), fleet())).toMatchObject({
      code: 'resource-not-in-fleet',
    });
  });

  it('if a Fleet that we do not know asks for an approval', () => {
    const id = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/fleets/f`;
    const properties = { gateType: 'Approval', state: 'Pending', target: { id: `${id}/updateRuns/r` } };
    const data = { resourceInfo: { id: `${id}/gates/g`, properties } };
    const type = 'Microsoft.ResourceNotifications.AKSResources.FleetGateCreated';
    expect(checkSender(known(decodeOne({ type, data })), fleet())).toMatchObject({ code: 'resource-not-in-fleet' });
  });

  it("if the nodes' resource group fits two clusters", () => {
    const twin = `${SUBSCRIPTION}/resourceGroups/a_b/providers/Microsoft.ContainerService/managedClusters/c`;
    const other = `${SUBSCRIPTION}/resourceGroups/a/providers/Microsoft.ContainerService/managedClusters/b_c`;
    const clusters = [twin, other].map((id) => ({ ...entry(id, id), labels: {} }));
    const targetResourceId = `${SUBSCRIPTION}/resourceGroups/MC_a_b_c_weu/providers/Microsoft.Compute/virtualMachines/v`;
    const properties = { targetResourceId, occurredTime: '2026-09-14T04:12:37Z', availabilityState: 'Available' };
    const data = { resourceInfo: { id: targetResourceId, properties } };
    const type = 'Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged';
    const signal = known(decodeOne({ type, data }));
    expect(checkSender(signal, fleet({ clusters }))).toMatchObject({ code: 'resource-ambiguous' });
    expect(checkSender(signal, fleet({ clusters: clusters.slice(1) }))).toMatchObject({ counts: true });
    expect(checkSender(signal, fleet())).toMatchObject({ code: 'resource-not-in-fleet' });
  });

  it.each([
    ['a cluster whose name begins like ours', `${CLUSTER}1`],
    ['nodes of another subscription', nodeIn('MC_rg-fleet-prod_aks-weu-01_weu').replace(/0001/, '0002')],
    ['a resource group that only begins like that of the nodes', nodeIn('MC_rg-fleet-prod_aks-weu-01_my_own')],
  ])('if it is an alert on %s', (_, target) => {
    expect(checkSender(alertOn([target]), fleet())).toMatchObject({ code: 'resource-not-in-fleet' });
  });

  it('if an alert hides a target that is none of ours behind the whole subscription', () => {
    const rule = `${SUBSCRIPTION}/resourceGroups/rg/providers/a.b/c/a rule`;
    expect(checkSender(alertOn([SUBSCRIPTION]), fleet())).toMatchObject({ counts: true });
    expect(checkSender(alertOn([SUBSCRIPTION, rule]), fleet())).toMatchObject({ code: 'resource-not-in-fleet' });
  });
});

function nodeIn(resourceGroup: string): string {
  return `${SUBSCRIPTION}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/v`;
}

function alertOn(targets: readonly string[]): Signal {
  const alert = changed(parsedPayload('alert-common-metric-fired.json'), 'data.essentials.alertTargetIDs', targets);
  return known(decodeEvents(alert)[0]!);
}
