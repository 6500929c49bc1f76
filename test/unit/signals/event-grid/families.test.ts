import { describe, expect, it } from 'vitest';

import { changed, CLUSTER, decodeOne, REGISTRY, sample, SUBSCRIPTION } from '../events.ts';
import { parsedPayload } from '../payloads.ts';

/** `data` of the first event of a sample. */
function dataOf(file: string): unknown {
  const [event] = [parsedPayload(file)].flat() as [{ readonly data: unknown }];
  return event.data;
}

function expectRejected(decoded: unknown, path: string): void {
  expect(decoded).toMatchObject({ outcome: 'rejected', code: 'invalid-data' });
  expect((decoded as { readonly reason: string }).reason).toContain(`data.${path}`);
}

describe('registry events', () => {
  const type = 'Microsoft.ContainerRegistry.ImagePushed';
  const push = dataOf('eventgrid-acr-imagepushed.json');

  it('say what was pushed', () => {
    expect(sample('eventgrid-acr-imagepushed.json').data).toEqual({
      action: 'push',
      repository: 'payments/api',
      tag: 'v1.42.0',
      digest: `sha256:${'ab'.repeat(32)}`,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      size: 3023,
      timestamp: new Date('2026-09-14T03:00:00.276Z'),
      location: 'westeurope',
      requestHost: 'crfleetprod.azurecr.io',
    });
    expect(sample('cloudevents-acr-imagepushed-connectedregistry.json').data).toMatchObject({
      connectedRegistry: 'edge-store-17',
    });
  });

  it('may lack tag, size and request', () => {
    const target = { mediaType: 'm', repository: 'shop/web', digest: `sha256:${'0'.repeat(64)}`, tag: null };
    const data = { timestamp: '2026-09-14T03:00:00Z', target };
    expect(decodeOne({ type, source: REGISTRY, data: { ...data, action: 'push' } })).toMatchObject({
      signal: { data: { repository: 'shop/web' } },
    });
    const deleted = 'Microsoft.ContainerRegistry.ImageDeleted';
    expect(decodeOne({ type: deleted, data: { ...data, action: 'delete' } })).toMatchObject({
      signal: { data: { action: 'delete' } },
    });
  });

  it('of charts name a chart file, build metadata included', () => {
    const chart = dataOf('eventgrid-acr-chartpushed.json');
    expect(
      decodeOne({
        type: 'Microsoft.ContainerRegistry.ChartPushed',
        data: changed(chart, 'target.tag', 'web-1.0.0+build.7.tgz'),
      }),
    ).toMatchObject({ outcome: 'known', signal: { data: { action: 'chart_push', tag: 'web-1.0.0+build.7.tgz' } } });
  });

  it.each([
    ['target.repository', 'payments/../../_catalog'],
    ['target.repository', 'Payments'],
    ['target.repository', undefined],
    ['target.tag', 'v1;rm -rf /'],
    ['target.tag', `a${'b'.repeat(128)}`],
    ['target.digest', 'md5:zzzz'],
    ['target.digest', `sha256:${'A'.repeat(64)}`],
    ['target.size', -1],
    ['target.mediaType', ''],
    ['timestamp', 'yesterday'],
    ['action', 'delete'],
    ['target', []],
  ])('with %s %j are rejected', (path, value) => {
    expectRejected(decodeOne({ type, source: REGISTRY, data: changed(push, path, value) }), path);
  });
});

describe('cluster events', () => {
  const rolling = 'Microsoft.ContainerService.NodePoolRollingStarted';
  const versions = 'Microsoft.ContainerService.NewKubernetesVersionAvailable';
  const ended = 'Microsoft.ContainerService.ClusterSupportEnded';

  it('leave out the versions that do not exist', () => {
    expect(sample('cloudevents-aks-newkubernetesversionavailable.json').data).toEqual({
      latestSupportedKubernetesVersion: '1.34.2',
      latestStableKubernetesVersion: '1.33.6',
      lowestMinorKubernetesVersion: '1.32.10',
    });
  });

  it.each([
    [rolling, 'nodePoolName', '../x'],
    [rolling, 'nodePoolName', 'Apps'],
    [rolling, 'nodePoolName', 'a234567890123'],
    [rolling, 'nodePoolName', 'apps\n'],
    [rolling, 'nodePoolName', 7],
    [versions, 'latestStableKubernetesVersion', 'latest'],
    [ended, 'kubernetesVersion', '1.31.11; drop'],
    [ended, 'kubernetesVersion', null],
  ])('%s with %s %j are rejected', (type, field, value) => {
    expectRejected(decodeOne({ type, source: CLUSTER, data: { [field]: value } }), field);
  });
});

describe('scheduled events', () => {
  const type = 'Microsoft.ResourceNotifications.ContainerServiceEventResources.ScheduledEventEmitted';
  const data = dataOf('eventgrid-arn-aks-scheduledevent-failed.json');
  const properties = 'resourceInfo.properties';

  it('name their cluster and leave unset times out', () => {
    const signal = sample('eventgrid-arn-aks-scheduledevent-failed.json');
    expect(signal.data).toMatchObject({
      clusterId: { key: CLUSTER.toLowerCase() },
      eventSource: 'AutoUpgrader',
      eventStatus: 'Failed',
      message: 'Upgrade failed: PodDrainFailure on aks-npuser01-12345678-vmss000003',
      scheduledTime: new Date('2026-09-16T22:17:12.103Z'),
      resourceEventTime: new Date('2026-09-14T22:17:12.103Z'),
    });
    expect(signal.data).not.toHaveProperty('startTime');
  });

  it('are read in every spelling', () => {
    expect(sample('eventgrid-arn-aks-scheduledevent-cancelled-spelling.json').data).toMatchObject({
      eventStatus: 'Canceled',
    });
    expect(sample('cloudevents-arn-aks-scheduledevent-scheduled.json').data).toMatchObject({
      eventSource: 'AutoUpgrader',
    });
  });

  it('give the end of support as text or as an object', () => {
    const asText = sample('eventgrid-arn-aks-eol-details-as-json-string.json').data;
    const wire = dataOf('eventgrid-arn-aks-eol-details-as-json-string.json');
    const details = { kubernetesVersion: '1.30.14', eolDate: '2026-07-01T00:00:00Z', daysUntilEOL: -75 };
    expect(asText).toMatchObject({ endOfLife: { daysUntilEOL: -75, eolDate: new Date('2026-07-01T00:00:00Z') } });
    const asObject = decodeOne({ type, data: changed(wire, `${properties}.eventDetails`, details) });
    expect(asObject).toMatchObject({ signal: { data: { endOfLife: { kubernetesVersion: '1.30.14' } } } });
  });

  it.each(['', '{"half', '{"other":1}', null, undefined])('take details %j as they are', (details) => {
    const decoded = decodeOne({ type, data: changed(data, `${properties}.eventDetails`, details) });
    expect(decoded).toMatchObject({ outcome: 'known' });
    expect(decoded).not.toHaveProperty('signal.data.endOfLife');
  });

  it.each([
    [`${properties}.eventStatus`, 'Postponed'],
    [`${properties}.eventSource`, 'Gremlin'],
  ])('with %s %j are unknown', (path, value) => {
    expect(decodeOne({ type, data: changed(data, path, value) })).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    ['resourceInfo.id', `${SUBSCRIPTION}/resourceGroups/x`],
    ['resourceInfo.id', `${CLUSTER}/../../x/scheduledEvents/1`],
    [`${properties}.eventDetails`, { evil: true }],
    [`${properties}.scheduledTime`, 'soon'],
    [`${properties}.eventId`, ''],
  ])('with %s %j are rejected', (path, value) => {
    expectRejected(decodeOne({ type, data: changed(data, path, value) }), path);
  });
});

describe('Fleet gates', () => {
  const fleet = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/fleets/f`;
  const target = {
    id: `${fleet}/updateRuns/run-1`,
    updateRunProperties: { name: 'run-1', stage: 'dev', timing: 'Before' },
  };
  const properties = { displayName: 'Ask sales', gateType: 'Approval', state: 'Pending', target };
  const data = {
    resourceInfo: { id: `${fleet}/gates/g`, name: 'g', type: 'Microsoft.ContainerService/fleets/gates', properties },
    operationalInfo: { resourceEventTime: '2025-09-23T02:50:21.2604165+00:00' },
    apiVersion: '2026-06-01',
  };

  it.each(['AKSResources', 'AksResources'])('are known by %s', (spelling) => {
    expect(decodeOne({ type: `Microsoft.ResourceNotifications.${spelling}.FleetGateCreated`, data })).toMatchObject({
      signal: {
        family: 'fleet-gates',
        type: 'Microsoft.ResourceNotifications.AKSResources.FleetGateCreated',
        data: { state: 'Pending', stage: 'dev', gateId: { name: 'g' }, updateRunId: { name: 'run-1' } },
      },
    });
  });

  it.each([
    ['resourceInfo.id', CLUSTER],
    ['resourceInfo.properties.target.id', '../x'],
    ['resourceInfo.properties.state', null],
  ])('with %s %j are rejected', (path, value) => {
    const type = 'Microsoft.ResourceNotifications.AKSResources.FleetGateUpdated';
    expectRejected(decodeOne({ type, data: changed(data, path, value) }), path);
  });
});

describe('health events', () => {
  it('name the machine and what happened to it', () => {
    expect(sample('eventgrid-arn-health-availabilitystatuschanged-unavailable.json').data).toMatchObject({
      targetResourceId: { resourceGroup: 'mc_rg-fleet-prod_aks-weu-01_westeurope' },
      availabilityState: 'Unavailable',
    });
    expect(sample('eventgrid-arn-health-resourceannotated.json').data).toMatchObject({ context: 'Platform Initiated' });
  });

  it.each(['targetResourceId', 'occurredTime', 'availabilityState'])('without %s are rejected', (field) => {
    const type = 'Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged';
    const data = dataOf('eventgrid-arn-health-availabilitystatuschanged-unavailable.json');
    const path = `resourceInfo.properties.${field}`;
    expectRejected(decodeOne({ type, data: changed(data, path, undefined) }), path);
  });
});

describe('Key Vault events', () => {
  const type = 'Microsoft.KeyVault.CertificateNearExpiry';
  const expected = {
    vaultName: 'kv-fleet-prod',
    objectName: 'wildcard-apps',
    version: '2f014e1c698b4896869b6b66c9143d28',
    notBefore: new Date(1757808000_000),
    expires: new Date(1791849600_000),
  };

  it('mean the same in the spelling of deliveries, of the documentation and of the SDK', () => {
    const { vaultName, objectName, version } = expected;
    expect(sample('eventgrid-kv-certificatenearexpiry.json').data).toEqual(expected);
    expect(sample('eventgrid-kv-certificatenearexpiry-docstyle-strings.json').data).toEqual(expected);
    const sdk = { vaultName, objectName, version, nbf: 1757808000, exp: 1791849600 };
    expect(decodeOne({ type, data: sdk })).toMatchObject({ signal: { data: expected } });
  });

  it('may come without dates, and name their object by the subject', () => {
    expect(sample('eventgrid-kv-certificateexpired-null-exp.json').data).not.toHaveProperty('expires');
    expect(decodeOne({ type, subject: 'tls', data: { VaultName: 'shop-kv' } })).toMatchObject({
      signal: { data: { vaultName: 'shop-kv', objectName: 'tls' } },
    });
    expect(decodeOne({ type, subject: 'a/b', data: { VaultName: 'shop-kv', Version: '' } })).toMatchObject({
      signal: { data: { vaultName: 'shop-kv' } },
    });
    const policy = 'Microsoft.KeyVault.VaultAccessPolicyChanged';
    expect(decodeOne({ type: policy, data: { VaultName: 'shop-kv' } })).toHaveProperty('signal.data', {
      vaultName: 'shop-kv',
    });
  });

  it.each([
    ['VaultName', '../x'],
    ['ObjectName', 'a/b'],
    ['Version', 'latest'],
    ['EXP', 'never'],
    ['EXP', 1e300],
    ['NBF', -1],
  ])('with %s %j are rejected', (field, value) => {
    const data = changed(dataOf('eventgrid-kv-certificatenearexpiry.json'), field, value);
    expectRejected(decodeOne({ type, data }), field.toLowerCase());
  });
});

describe('resource changes', () => {
  const type = 'Microsoft.Resources.ResourceWriteSuccess';
  const data = dataOf('eventgrid-resources-resourcewritesuccess-agentpool.json');

  it('say who asked, so that our own writes can be told', () => {
    expect(sample('eventgrid-resources-resourcewritesuccess-agentpool.json').data).toMatchObject({
      resourceUri: `${CLUSTER}/agentPools/npuser01`,
      callerAppId: 'aaaaaaaa-0000-4000-8000-000000000055',
    });
  });

  it('may concern names with blanks', () => {
    const rule = `${SUBSCRIPTION}/resourceGroups/rg/providers/microsoft.insights/metricAlerts/CPU of weu`;
    expect(decodeOne({ type, data: changed(data, 'resourceUri', rule) }).outcome).toBe('known');
  });

  it.each([`${CLUSTER}/../x`, `${CLUSTER}?api-version=1`, `${CLUSTER}/%2e%2e`, 'https://evil.example', ''])(
    'of %j are rejected',
    (uri) => {
      expectRejected(decodeOne({ type, data: changed(data, 'resourceUri', uri) }), 'resourceUri');
    },
  );
});

describe("Event Grid's own events", () => {
  const type = 'Microsoft.EventGrid.SubscriptionValidationEvent';

  it('carry the code and never the address', () => {
    expect(sample('eventgrid-subscription-validation.json').data).toEqual({
      validationCode: '512d38b6-0000-4000-8000-000000000000',
    });
    expect(decodeOne({ type, data: { validationCode: 'c' } }).outcome).toBe('known');
    expect(decodeOne({ type: 'Microsoft.EventGrid.SubscriptionDeletedEvent', data: {} }).outcome).toBe('known');
  });

  it.each([
    'http://a.eventgrid.azure.net/x',
    'https://eventgrid.azure.net.evil.example/',
    'https://evil@x.eventgrid.azure.net/',
  ])('with the address %s are rejected', (validationUrl) => {
    expectRejected(decodeOne({ type, data: { validationCode: 'c', validationUrl } }), 'validationUrl');
  });
});
