import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import { formatFinding, type Finding } from '../../../shared/fleet/findings.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { CLUSTERS, edgeText, FRONT_DOOR, GROUP } from './edge-text.ts';
import { build } from './fleet-text.ts';

const GATEWAY = `${GROUP}/Microsoft.Network/applicationGateways`;
const WORKSPACE = '00000000-0000-4000-8000-0000000000B1';
const QUERY = { name: 'errors', workspace: WORKSPACE, query: 'AppRequests | take 1' };
const URL_OF = 'https://shop.contoso.com/healthz';

function evidenceOf(evidence: object): FleetEdge['evidence'] {
  const { fleet, findings } = build(edgeText({ evidence }));
  expect(findings.map(formatFinding)).toEqual([]);
  return fleet?.edges[0]?.evidence;
}

const clusterId = (name: string): string => `${GROUP}/Microsoft.ContainerService/managedClusters/${name}`.toLowerCase();
const clusterIds = { 'origin-NEU': clusterId('shop-neu'), 'origin-West-Europe': clusterId('shop-weu') };

describe('evidence', () => {
  it('is asked of nobody where the file says nothing', () => {
    expect(build(edgeText()).fleet?.edges[0]).not.toHaveProperty('evidence');
    expect(evidenceOf({})).toEqual({ clusterIds });
  });

  it('has these settings where the file says that there is some', () => {
    expect(evidenceOf({ clusters: {}, resourceHealth: true, synthetic: { url: URL_OF } })).toEqual({
      clusterIds,
      clusters: { minReadyNodes: 0.6, minReadyPods: 0.8 },
      resourceHealth: true,
      synthetic: { url: URL_OF, origins: {}, timeoutMs: 5000 },
    });
  });

  it('hears of the services that the file names, and of what a cluster stands on where it names none', () => {
    expect(evidenceOf({ serviceHealth: { services: ['Azure Front Door'] } })).toMatchObject({
      serviceHealth: { services: ['azure front door'] },
    });
    expect(evidenceOf({ serviceHealth: {} })).toMatchObject({
      serviceHealth: { services: expect.arrayContaining(['azure kubernetes service (aks)']) as unknown },
    });
  });

  it('has whatever the file says, by the names of the origins', () => {
    const evidence = {
      appGateways: { 'ORIGIN-neu': `${GATEWAY}/Neu` },
      clusters: { minReadyNodes: '50%', minReadyPods: '0%' },
      logs: [
        { ...QUERY, every: '2m' },
        { ...QUERY, name: 'latency' },
      ],
      resourceHealth: false,
      synthetic: { origins: { 'origin-west-europe': 'http://127.0.0.1:8080' }, timeout: '9s' },
    };
    const workspace = WORKSPACE.toLowerCase();
    expect(evidenceOf(evidence)).toEqual({
      clusterIds,
      appGateways: { 'origin-NEU': `${GATEWAY}/neu`.toLowerCase() },
      clusters: { minReadyNodes: 0.5, minReadyPods: 0 },
      logs: [
        { ...QUERY, workspace, everyMs: 120_000 },
        { ...QUERY, workspace, name: 'latency' },
      ],
      synthetic: { origins: { 'origin-West-Europe': 'http://127.0.0.1:8080' }, timeoutMs: 9000 },
    });
  });

  it('is valid as docs/fleet.md shows it', () => {
    const page = readFileSync(new URL('../../../docs/fleet.md', import.meta.url), 'utf8');
    const [, shown = ''] = /^```yaml\n(evidence:[^]*?)^```$/m.exec(page) ?? [];
    const origins = { 'origin-weu': 'shop-weu', 'origin-neu': 'shop-neu' };
    const { evidence } = parse(shown) as { evidence: object };
    expect(build(edgeText({ origins, evidence })).findings).toEqual([]);
    const all = ['appGateways', 'clusters', 'logs', 'resourceHealth', 'serviceHealth', 'synthetic', 'alertResources'];
    expect(Object.keys(evidence)).toEqual(all);
  });
});

describe('findings', () => {
  const url = (text: string): object => ({ evidence: { synthetic: { url: text } } });

  it.each`
    edge                                                                          | code                   | severity     | path                                 | message
    ${{ evidence: { appGateways: { 'origin-nue': `${GATEWAY}/a` } } }}            | ${'unknown-reference'} | ${'error'}   | ${'evidence.appGateways.origin-nue'} | ${'`origin-nue` is no origin of this edge, did you mean `origin-NEU`?'}
    ${{ evidence: { appGateways: { 'origin-neu': FRONT_DOOR.resourceId } } }}     | ${'not-valid'}         | ${'error'}   | ${'evidence.appGateways.origin-neu'} | ${'expected an ARM id of Microsoft.Network/applicationGateways'}
    ${{ evidence: { synthetic: { origins: { weu: URL_OF } } } }}                  | ${'unknown-reference'} | ${'error'}   | ${'evidence.synthetic.origins.weu'}  | ${'`weu` is no origin'}
    ${{ evidence: { synthetic: {} } }}                                            | ${'no-effect'}         | ${'warning'} | ${'evidence.synthetic'}              | ${'nothing is probed'}
    ${{ evidence: { synthetic: { url: URL_OF, timeout: '10s' } } }}               | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.timeout'}      | ${'expected seconds from 1s to 9s'}
    ${url('http://shop.contoso.com')}                                             | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.url'}          | ${'expected a URL with https'}
    ${url('http://localhost.contoso.com')}                                        | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.url'}          | ${'expected a URL with https'}
    ${url('http://127.0.0.1:80@contoso.com')}                                     | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.url'}          | ${'without user'}
    ${url('https://:secret@contoso.com/')}                                        | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.url'}          | ${'without user'}
    ${url('https://contoso.com:99999/')}                                          | ${'not-valid'}         | ${'error'}   | ${'evidence.synthetic.url'}          | ${'expected a URL'}
    ${{ evidence: { logs: [QUERY, QUERY] } }}                                     | ${'conflict'}          | ${'error'}   | ${'evidence.logs[1].name'}           | ${'`errors` is there twice'}
    ${{ evidence: { logs: [{ ...QUERY, every: '5m' }] } }}                        | ${'no-effect'}         | ${'warning'} | ${'evidence.logs[0].every'}          | ${'every 5m is not shorter than voteTtl 5m'}
    ${{ evidence: { logs: [{ ...QUERY, workspace: 'shop' }] } }}                  | ${'not-valid'}         | ${'error'}   | ${'evidence.logs[0].workspace'}      | ${'expected the id of a Log Analytics workspace'}
    ${{ evidence: { logs: [{ ...QUERY, query: '' }] } }}                          | ${'not-valid'}         | ${'error'}   | ${'evidence.logs[0].query'}          | ${'expected a KQL query'}
    ${{ evidence: { clusters: { minReadyNode: '5%' } } }}                         | ${'unknown-key'}       | ${'error'}   | ${'evidence.clusters.minReadyNode'}  | ${'did you mean `minReadyNodes`?'}
    ${{ evidence: { clusters: {} }, signals: { voteTtl: '3m' } }}                 | ${'no-effect'}         | ${'warning'} | ${'signals.voteTtl'}                 | ${'voteTtl 3m is not longer than planned.metricLag 3m'}
    ${{ evidence: { resourceHealth: true }, signals: { sources: ['a', 'b'] } }}   | ${'no-effect'}         | ${'warning'} | ${'evidence.resourceHealth'}         | ${'signals.sources does not name `resource-health`'}
    ${{ evidence: { clusters: {} }, signals: { sources: ['aks-nodes', 'b'] } }}   | ${'no-effect'}         | ${'warning'} | ${'evidence.clusters'}               | ${'does not name `aks-pods`'}
    ${{ evidence: { logs: [QUERY] }, signals: { sources: ['a', 'logs:error'] } }} | ${'no-effect'}         | ${'warning'} | ${'evidence.logs[0]'}                | ${'does not name `logs:errors`'}
  `('say $code of $edge', ({ edge, code, severity, path, message }: Row) => {
    const found = build(edgeText(edge)).findings.filter((finding) => finding.code !== 'last-good');
    expect(found).toEqual([
      expect.objectContaining({
        ...{ code, severity, path: `edges.shop.${path}` },
        message: expect.stringContaining(message) as string,
      }),
    ]);
  });

  it('accept what only just counts', () => {
    const sources = ['app-gateway', 'aks-nodes', 'aks-pods', 'logs:errors', 'resource-health', 'synthetic'];
    const edge = {
      evidence: {
        appGateways: { 'origin-neu': `${GATEWAY}/a` },
        ...{ clusters: {}, resourceHealth: true, logs: [{ ...QUERY, every: '180s' }], synthetic: { url: URL_OF } },
      },
      signals: { sources, voteTtl: '181s' },
    };
    expect(build(edgeText(edge)).findings).toEqual([]);
  });
});

interface Row {
  readonly edge: object;
  readonly code: Finding['code'];
  readonly severity: Finding['severity'];
  readonly path: string;
  readonly message: string;
}

describe('ceiling', () => {
  it('leaves out a gateway that is outside of it, and the settings of an origin that it takes away', () => {
    const { resourceId } = CLUSTERS['shop-weu'] as { readonly resourceId: string };
    const targets = { resources: [FRONT_DOOR.resourceId, resourceId, `${GATEWAY}/mine`] };
    const evidence = {
      appGateways: { 'origin-neu': `${GATEWAY}/mine`, 'origin-west-europe': `${GATEWAY}/mine2` },
      synthetic: { origins: { 'origin-neu': URL_OF, 'origin-west-europe': URL_OF } },
    };
    const { fleet, findings } = build(edgeText({ evidence }), [], parseCeiling({ targets }));
    expect(fleet?.edges[0]?.evidence).toEqual({
      clusterIds: { 'origin-West-Europe': clusterId('shop-weu') },
      synthetic: { origins: { 'origin-West-Europe': URL_OF }, timeoutMs: 5000 },
    });
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'outside-ceiling',
        path: 'edges.shop.evidence.appGateways.origin-west-europe',
        message: "the Application Gateway of `origin-west-europe` is outside this deployment's ceiling and is left out",
      }),
    );
    expect(findings.filter(({ path }) => path.includes('evidence'))).toHaveLength(1);
  });
});
