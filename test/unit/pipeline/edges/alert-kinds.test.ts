import { beforeEach, describe, expect, it } from 'vitest';

import { parseResourceId } from '../../../../shared/domain/azure/resource-id.ts';
import type { EvidenceSettings } from '../../../../shared/domain/traffic/evidence-settings.ts';
import { sealEnvelope } from '../../../../shared/pipeline/envelope.ts';
import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';
import { changed } from '../../signals/events.ts';
import { parsedPayload, payloadFiles } from '../../signals/payloads.ts';

const THEIRS = '00000000-0000-0000-0000-000000000001';
const OURS = '00000000-0000-4000-8000-00000000000f';
const PROVIDERS = (group: string): string => `/subscriptions/${OURS}/resourcegroups/${group}/providers`;
const CLUSTER = `${PROVIDERS('rg-fleet-prod')}/microsoft.containerservice/managedclusters/aks-weu-01`;
const GATEWAY = `${PROVIDERS('rg-edge')}/microsoft.network/applicationgateways/agw-weu-01`;
const WORKSPACE = `${PROVIDERS('rg-obs')}/microsoft.operationalinsights/workspaces/law-fleet`;
const COMPONENT = `${PROVIDERS('rg-obs')}/microsoft.insights/components/appi-fleet`;
const WEB_TEST = `${PROVIDERS('rg-obs')}/microsoft.insights/webtests/webtest-weu-appi-fleet`;
const METRICS = `${PROVIDERS('rg-obs')}/microsoft.monitor/accounts/amw-fleet`;
const PROFILE = `${PROVIDERS('rg-edge')}/microsoft.cdn/profiles/afd-fleet`;
const LOGS = [{ name: 'errors', workspace: '00000000-0000-0000-0000-0000000000cc', query: 'x' }];

let stage: EdgeStage;

/** The stage's edge, whose origin in West Europe is what the samples speak of; `evidence` is what it names besides. */
function name(evidence: Partial<EvidenceSettings> = {}, { isCluster = true } = {}): void {
  stage.reload(() => ({ evidence: { clusterIds: {}, ...evidence } }));
  const { fleet, edge } = stage.world;
  const { cluster } = edge.origins.find(({ region }) => region === 'westeurope')!;
  const clusters = isCluster ? [{ name: cluster, resourceId: parseResourceId(CLUSTER)!, labels: {} }] : [];
  Object.assign(stage.world, { fleet: { ...fleet, clusters } });
}

/** A sample in the stage's subscription and time, with changes by path. */
function alertOf(kind: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const body = Object.entries(changes).reduce(
    (all, [path, value]) => changed(all, path, value),
    parsedPayload(`alert-common-${kind}.json`),
  );
  return JSON.stringify(body)
    .replaceAll(THEIRS, OURS)
    .replaceAll(/2026-09-14T[\d:.]+Z/g, stage.world.clock.now().toISOString());
}

async function handle(body: string): Promise<void> {
  const text = sealEnvelope({ kind: 'events', via: 'alert:test', receivedAt: '', body });
  await stage.world.clock.run(stage.cell.handle(JSON.parse(text)));
}

/** `region what-it-sees bad|good` of every vote. */
async function votes(): Promise<readonly string[]> {
  const row = await stage.world.rows.get('edges', `evidence|${stage.world.edge.id}`);
  const { regions = {} } = (row?.value ?? {}) as { readonly regions?: Readonly<Record<string, Region>> };
  return Object.entries(regions).flatMap(([region, said]) =>
    said.votes.map((vote) => `${region} ${vote.sees ?? ''} ${vote.isBad ? 'bad' : 'good'}`),
  );
}

interface Region {
  readonly votes: readonly { readonly sees?: string; readonly isBad: boolean }[];
}

async function parked(): Promise<readonly string[]> {
  const names = await stage.world.blobs.list('parked/');
  const items = await Promise.all(names.map(async (one) => (await stage.world.blobs.get(one))!.bytes));
  return items.map((bytes) => (JSON.parse(new TextDecoder().decode(bytes)) as { readonly reason: string }).reason);
}

beforeEach(() => {
  const origins = ['westeurope', 'northeurope'].map((region) => ({ region, weight: 500, capacity: 300 }));
  stage = new EdgeStage({ origins });
  stage.world.arm.change(stage.world.originId('westeurope'), { hostName: 'weu.apps.example.com', httpsPort: 443 });
});

const WATCHED = {
  appGateways: { westeurope: GATEWAY },
  alertResources: { [WORKSPACE]: 'westeurope', [COMPONENT]: 'westeurope' },
};
const REGION = { 'data.customProperties': { region: 'West Europe' } };

/** The samples that say how an origin is, with what the team that wrote the rule has to add; the vote; what to name. */
const SPEAKING: readonly (readonly [string, Readonly<Record<string, unknown>>, string, string])[] = [
  ['availability-test-fired', {}, 'availability-test bad', `name ${COMPONENT} in \`evidence.alertResources\``],
  ['log-v1-appinsights', {}, 'log-alert appi-fleet bad', `name ${COMPONENT} in \`evidence.alertResources\``],
  ['log-v1-loganalytics', {}, 'log-alert law-fleet bad', `name ${WORKSPACE} in \`evidence.alertResources\``],
  ['log-v2-fired', {}, 'log-alert law-fleet bad', `name ${WORKSPACE} in \`evidence.alertResources\``],
  ['log-v2-resolved', {}, 'log-alert law-fleet good', `name ${WORKSPACE} in \`evidence.alertResources\``],
  ['simple-log', {}, 'log-alert law-fleet bad', `name ${WORKSPACE} in \`evidence.alertResources\``],
  ['smartdetector', {}, 'smart-detector bad', `name ${COMPONENT} in \`evidence.alertResources\``],
  ['metric-fired', {}, 'edge-health bad', `name ${PROFILE} in an edge`],
  ['metric-resolved', {}, 'edge-health good', `name ${PROFILE} in an edge`],
  ['metric-dynamic-fired', REGION, 'edge-latency bad', `name ${PROFILE} in an edge`],
  ['metric-multicriteria-fired', {}, 'app-gateway bad', `name ${GATEWAY} in \`evidence.appGateways\``],
  ['metric-multidim-fired', {}, 'aks-nodes bad', `name ${CLUSTER} under \`clusters\``],
  ['prometheus-fired', {}, 'prometheus aks-weu-01 bad', `name ${CLUSTER} under \`clusters\``],
  ['prometheus-resolved', {}, 'prometheus aks-weu-01 good', `name ${CLUSTER} under \`clusters\``],
  ['resourcehealth-aks-available', {}, 'resource-health good', `name ${CLUSTER} under \`clusters\``],
  ['resourcehealth-aks-unavailable', {}, 'resource-health bad', `name ${CLUSTER} under \`clusters\``],
];

/** About whole subscriptions. */
const SCOPED: readonly (readonly [string, readonly string[]])[] = [
  ['servicehealth-incident-active', ['westeurope service-health bad']],
  ['servicehealth-incident-resolved-still-fired', ['westeurope service-health good']],
  ['servicehealth-global', []],
  ['cost-budget-actual', []],
  ['cost-budget-forecasted', []],
  ['cost-budget-resourcegroup-eur', []],
];

/** Somebody did something to a cluster: no word about its health. */
const SILENT = ['activitylog-administrative', 'activitylog-policy', 'activitylog-security'];

it('is every kind of sample that is tried here', () => {
  const kinds = payloadFiles.flatMap((file) => /^alert-common-(.*)\.json$/.exec(file)?.[1] ?? []);
  expect([...SPEAKING.map(([kind]) => kind), ...SCOPED.map(([kind]) => kind), ...SILENT].toSorted()).toEqual(
    kinds.toSorted(),
  );
});

describe('about what the fleet names', () => {
  it.each(SPEAKING)('%s is a vote about its origin', async (kind, changes, vote) => {
    name(WATCHED);
    const body = alertOf(kind, changes).replaceAll(PROFILE, stage.world.edge.profile).replace('"og-apps"', '"og"');
    await handle(body);
    expect(await votes()).toEqual([`westeurope ${vote}`]);
    expect(stage.writes).toEqual(vote.endsWith('bad') ? ['westeurope Disabled'] : []);
  });

  it.each(SCOPED)('%s says %j', async (kind, said) => {
    name();
    await handle(alertOf(kind));
    expect([await votes(), await parked()]).toEqual([said, []]);
  });

  it.each(SILENT)('%s is heard, and no vote', async (kind) => {
    name();
    await handle(alertOf(kind));
    expect([await votes(), await parked()]).toEqual([[], []]);
  });
});

describe('about what the fleet does not name', () => {
  it.each([...SPEAKING, ...SILENT.map((kind) => [kind, {}, '', `name ${CLUSTER} under \`clusters\``] as const)])(
    '%s is parked, whatever region it names, and the reason says what to add',
    async (kind, _changes, _vote, add) => {
      name({}, { isCluster: false });
      await handle(alertOf(kind, REGION));
      expect(await parked()).toEqual([expect.stringContaining(`is not in the fleet: ${add}`)]);
      expect([await votes(), stage.writes]).toEqual([[], []]);
    },
  );

  it.each(SCOPED)('%s is parked', async (kind) => {
    name();
    await handle(alertOf(kind).replaceAll(OURS, THEIRS));
    expect(await parked()).toEqual([
      expect.stringContaining('is neither in the fleet nor a scope with a resource of the fleet'),
    ]);
    expect(await votes()).toEqual([]);
  });
});

describe('about what watches all origins', () => {
  const all = (id: string): Partial<EvidenceSettings> => ({ alertResources: { [id]: 'all' } });
  const onMetrics = { 'data.essentials.alertTargetIDs': [METRICS] };
  it.each([
    ['availability-test-fired', COMPONENT],
    ['log-v1-appinsights', COMPONENT],
    ['log-v1-loganalytics', WORKSPACE],
    ['log-v2-fired', WORKSPACE],
    ['simple-log', WORKSPACE],
    ['smartdetector', COMPONENT],
    ['prometheus-fired', METRICS],
  ])('%s means the origin of its property `region`', async (kind, id) => {
    name(all(id), { isCluster: false });
    await handle(alertOf(kind, { ...(id === METRICS ? onMetrics : {}), ...REGION }));
    expect(stage.writes).toEqual(['westeurope Disabled']);
  });

  it('means nothing where the alert does not say which', async () => {
    name(all(COMPONENT));
    await handle(alertOf('smartdetector'));
    expect([await votes(), await parked(), stage.writes]).toEqual([[], [], []]);
  });

  it.each([
    ['log-v2-fired', WORKSPACE, {}],
    ['prometheus-fired', METRICS, onMetrics],
  ])('%s means the origin of the cluster that it names', async (kind, id, changes) => {
    name(all(id));
    await handle(alertOf(kind, changes));
    expect(stage.writes).toEqual(['westeurope Disabled']);
  });

  it.each(['log-v1-loganalytics', 'log-v2-fired'])(
    '%s is on a workspace that the evidence asks, by its id',
    async (kind) => {
      name({ logs: LOGS });
      await handle(alertOf(kind, REGION));
      expect(stage.writes).toEqual(['westeurope Disabled']);
    },
  );
});

it('is about a web test before the component that it is of', async () => {
  name({ alertResources: { [COMPONENT]: 'all', [WEB_TEST]: 'westeurope' } });
  await handle(alertOf('availability-test-fired', { 'data.customProperties': { region: 'northeurope' } }));
  expect(stage.writes).toEqual(['westeurope Disabled']);
});

it('may be on a subscription of its own that holds nothing else of the fleet', async () => {
  const elsewhere = COMPONENT.replace(OURS, THEIRS);
  const body = (): string => alertOf('smartdetector').replaceAll(OURS, THEIRS);
  name();
  await handle(body());
  expect(await parked()).toEqual([expect.stringContaining(`name ${elsewhere} in \`evidence.alertResources\``)]);
  name({ alertResources: { [elsewhere]: 'westeurope' } });
  await handle(body());
  expect(stage.writes).toEqual(['westeurope Disabled']);
});
