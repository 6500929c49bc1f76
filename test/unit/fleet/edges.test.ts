import { describe, expect, it } from 'vitest';

import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import { formatFinding, type Finding } from '../../../shared/fleet/findings.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { cluster, CLUSTERS, edgeText, FRONT_DOOR, GROUP, SUBSCRIPTION, TRAFFIC_MANAGER } from './edge-text.ts';
import { build, CONTOSO, replaced } from './fleet-text.ts';

const PROFILE = `${SUBSCRIPTION}/resourcegroups/shop/providers/microsoft.cdn/profiles/shop`;
const DATA_TIER = {
  workspace: '00000000-0000-4000-8000-0000000000b1',
  query: 'print lagSeconds = 5, promotion = "done"',
};
const TRAFFIC = `${SUBSCRIPTION}/resourcegroups/shop/providers/microsoft.network/trafficmanagerprofiles/shop`;

function edgeOf(text: string): FleetEdge | undefined {
  const { fleet, findings } = build(text);
  expect(findings.map(formatFinding)).toEqual([]);
  return fleet?.edges[0];
}

describe('an edge', () => {
  it('has the origins of the clusters that it selects, by name, with lower-case ids', () => {
    expect(edgeOf(edgeText({ priority: 2 }))).toMatchObject({
      name: 'shop',
      id: `${PROFILE}/origingroups/apps`,
      service: 'front-door',
      profile: PROFILE,
      priority: 2,
      origins: [
        {
          name: 'origin-NEU',
          id: `${PROFILE}/origingroups/apps/origins/origin-neu`,
          region: 'northeurope',
          cluster: 'shop-neu',
        },
        {
          name: 'origin-West-Europe',
          id: `${PROFILE}/origingroups/apps/origins/origin-west-europe`,
          region: 'westeurope',
          cluster: 'shop-weu',
        },
      ],
    });
  });

  it('may spell its origins out, two of one cluster too', () => {
    const origins = { blue: 'shop-weu', green: 'shop-weu', '{cluster}': 'shop-neu' };
    expect(edgeOf(edgeText({ origins }))?.origins.map(({ name, cluster: of }) => [name, of])).toEqual([
      ['blue', 'shop-weu'],
      ['green', 'shop-weu'],
      ['shop-neu', 'shop-neu'],
    ]);
  });

  it.each`
    origins                                                                  | ids
    ${{ weu: 'shop-weu', 'azure:neu': 'shop-neu' }}                          | ${['azureendpoints/neu', 'azureendpoints/weu']}
    ${{ 'external:WEU.shop': 'shop-weu', 'nested:neu_1': 'shop-neu' }}       | ${['externalendpoints/weu.shop', 'nestedendpoints/neu_1']}
    ${{ name: 'external:{cluster}', select: { environment: 'production' } }} | ${['externalendpoints/shop-neu', 'externalendpoints/shop-weu']}
    ${{ name: 'shop-weu', select: 'shop-neu' }}                              | ${['azureendpoints/name', 'azureendpoints/select']}
  `('has the endpoints $ids of a Traffic Manager profile', ({ origins, ids }: { origins: object; ids: string[] }) => {
    const text = edgeText({ trafficManager: TRAFFIC_MANAGER, origins });
    const edge = edgeOf(text);
    expect(edge).toMatchObject({ id: TRAFFIC, profile: TRAFFIC, service: 'traffic-manager' });
    expect(edge?.origins.map(({ id }) => id).sort()).toEqual(ids.map((id) => `${TRAFFIC}/${id}`));
  });

  it('has these settings where the file says nothing', () => {
    expect(edgeOf(edgeText())?.policy).toEqual({
      evidence: {
        quorum: 2,
        needsOutside: true,
        voteTtlMs: 300_000,
        settleMs: 0,
        holdMs: 0,
        recoverHoldMs: 600_000,
        maxAlertAgeMs: 3_600_000,
        alertTtlMs: 86_400_000,
        maxSkewMs: 120_000,
        isRelative: false,
        minRequests: 0,
      },
      safety: { minEnabled: 1, maxDrainFraction: 0.5, headroom: 0.2, allowStandby: false, allowPartial: false },
      bake: { bakeMs: 600_000, propagationMs: 1_200_000, metricLagMs: 180_000 },
      data: { dataFirst: false },
      mode: { drain: 'observe', restore: 'observe' },
      approvals: { drain: 0, restore: 1, runbook: 1, override: 2, withinMs: 3_600_000 },
      blockedDates: [],
      isUndone: true,
    });
  });

  it('has whatever the file says', () => {
    const edge = {
      trafficManager: TRAFFIC_MANAGER,
      rules: {
        minServing: 1,
        maxDrained: '67%',
        headroom: '0%',
        allowStandby: true,
        allowPartial: true,
        redistribute: 'capacity',
        weightTotal: 100,
        undo: false,
      },
      signals: {
        sources: ['synthetic', 'afd-probe', 'Shop errors (5xx)'],
        quorum: 3,
        external: true,
        voteTtl: '2m',
        settle: '1m',
        hold: '90s',
        recoverHold: '1h',
        maxAlertAge: '15m',
        maxSkew: '30s',
        severityAtMost: 1,
        relative: true,
        minRequests: 1000,
        errorRateMax: '0.5%',
        latencyFactor: 2.5,
        latencyAction: 'halve',
        cooldown: { for: '5m', scope: 'region', bypassErrorRate: '90%' },
        damping: { perFlap: 500, halfLife: '10m', suppress: 3000, reuse: 1000, maxSuppress: '2h' },
      },
      planned: {
        bake: '5m',
        propagation: '2m',
        metricLag: '0s',
        blockedDates: ['12-25', '2026-12-30..2027-01-01'],
        windows: ['Tue 09:00-16:00'],
      },
      data: { first: true, rpo: '30s', evidence: DATA_TIER },
      mode: { drain: 'enforce', restore: 'propose' },
      approvals: { drain: 1, restore: 2, runbook: 0, override: 3, within: '30m' },
    };
    expect(edgeOf(edgeText(edge))?.policy).toEqual({
      evidence: {
        sources: ['Shop errors (5xx)', 'afd-probe', 'synthetic'],
        quorum: 3,
        needsOutside: true,
        voteTtlMs: 120_000,
        settleMs: 60_000,
        holdMs: 90_000,
        recoverHoldMs: 3_600_000,
        maxAlertAgeMs: 900_000,
        alertTtlMs: 86_400_000,
        maxSkewMs: 30_000,
        severityAtMost: 1,
        isRelative: true,
        minRequests: 1000,
        errorRateMax: 0.005,
        latencyFactor: 2.5,
        latencyAction: 'halve',
        cooldown: { ms: 300_000, scope: 'region', bypassErrorRate: 0.9 },
        damping: { perFlap: 500, halfLifeMs: 600_000, suppress: 3000, reuse: 1000, maxSuppressMs: 7_200_000 },
      },
      safety: { minEnabled: 1, maxDrainFraction: 0.67, headroom: 0, allowStandby: true, allowPartial: true },
      bake: { bakeMs: 300_000, propagationMs: 120_000, metricLagMs: 0 },
      data: { dataFirst: true, rpoMs: 30_000 },
      mode: { drain: 'enforce', restore: 'propose' },
      approvals: { drain: 1, restore: 2, runbook: 0, override: 3, withinMs: 1_800_000 },
      redistribute: 'capacity',
      weightTotal: 100,
      blockedDates: ['12-25', '2026-12-30', '2026-12-31', '2027-01-01'],
      windows: { open: ['Tue 09:00-16:00'], timeZone: 'UTC' },
      isUndone: false,
    });
  });

  it('waits one minute for what Traffic Manager publishes, and takes the mode of the fleet', () => {
    const text = edgeText({ trafficManager: TRAFFIC_MANAGER }, { defaults: { mode: 'propose' } });
    expect(edgeOf(text)?.policy).toMatchObject({
      bake: { propagationMs: 60_000 },
      mode: { drain: 'propose', restore: 'propose' },
    });
  });

  it('damps as routers do where it only says that it does', () => {
    expect(edgeOf(edgeText({ signals: { damping: {}, cooldown: { for: '1m' } } }))?.policy.evidence).toMatchObject({
      damping: { perFlap: 1000, halfLifeMs: 900_000, suppress: 2000, reuse: 750, maxSuppressMs: 3_600_000 },
      cooldown: { ms: 60_000, scope: 'group' },
    });
  });

  it('is left out of the fleet while it has no origins', () => {
    const { fleet, findings } = build(edgeText({ origins: { name: 'a-{region}', select: { app: 'none' } } }));
    expect(fleet?.edges).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(['selects-nothing']);
  });
});

const errors = (sources: string[], quorum: number): object => ({ signals: { sources, quorum } });

describe('findings', () => {
  it.each`
    edge                                                                                      | code                   | severity     | path                                  | message
    ${{ origins: { name: 'origin-{ring}', select: { environment: 'production' } } }}          | ${'unknown-reference'} | ${'error'}   | ${'origins.name'}                     | ${'cluster shop-neu has no label `ring` for `origin-{ring}`'}
    ${{ origins: { 'o-{rgion}': 'shop-weu' } }}                                               | ${'unknown-reference'} | ${'error'}   | ${'origins.o-{rgion}'}                | ${'did you mean `region`?'}
    ${{ origins: { name: 'origin', select: { environment: 'production' } } }}                 | ${'conflict'}          | ${'error'}   | ${'origins.name'}                     | ${'clusters shop-neu and shop-weu would both be origin `origin`'}
    ${{ origins: { Weu: 'shop-weu', weu: 'shop-neu' } }}                                      | ${'conflict'}          | ${'error'}   | ${'origins.weu'}                      | ${'clusters shop-weu and shop-neu would both be origin `weu`'}
    ${{ origins: { a: 'shop-we' } }}                                                          | ${'unknown-reference'} | ${'error'}   | ${'origins.a'}                        | ${'`shop-we` is not in clusters, did you mean `shop-weu`?'}
    ${{ origins: { a: 'shop-lab', b: 'shop-weu' } }}                                          | ${'missing'}           | ${'error'}   | ${'origins.a'}                        | ${'cluster shop-lab has no label `region`, which origin `a` needs'}
    ${{ origins: { 'external:a': 'shop-weu' } }}                                              | ${'not-valid'}         | ${'error'}   | ${'origins.external:a'}               | ${'`external:a`: only endpoints of Traffic Manager have a type'}
    ${{ origins: { 'a.b': 'shop-weu' } }}                                                     | ${'not-valid'}         | ${'error'}   | ${'origins.a.b'}                      | ${'`a.b` is no name of a Front Door origin, expected letters, digits and hyphens'}
    ${{ origins: { 'o-{region': 'shop-weu' } }}                                               | ${'not-valid'}         | ${'error'}   | ${'origins.o-{region'}                | ${'expected an origin name'}
    ${{ origins: { name: 'o-{region}' } }}                                                    | ${'missing'}           | ${'error'}   | ${'origins'}                          | ${'`select` is missing, expected a map'}
    ${{ origins: { weu: 'Shop' } }}                                                           | ${'not-valid'}         | ${'error'}   | ${'origins.weu'}                      | ${'expected a name: lower-case letters'}
    ${{ origins: {} }}                                                                        | ${'no-effect'}         | ${'warning'} | ${'origins'}                          | ${'names no origin: the edge is left out'}
    ${{ origins: { 'other:a': 'shop-weu' } }}                                                 | ${'not-valid'}         | ${'error'}   | ${'origins.other:a'}                  | ${'expected an origin name'}
    ${errors(['a', 'b'], 3)}                                                                  | ${'not-valid'}         | ${'error'}   | ${'signals.quorum'}                   | ${'a quorum of 3 can never be reached with 2 sources'}
    ${{ signals: { sources: ['a'] } }}                                                        | ${'not-valid'}         | ${'error'}   | ${'signals.quorum'}                   | ${'a quorum of 2 can never be reached with 1 source'}
    ${errors(['a', 'A'], 1)}                                                                  | ${'conflict'}          | ${'error'}   | ${'signals.sources[1]'}               | ${'source `A` is there twice'}
    ${{ signals: { external: true, quorum: 0 } }}                                             | ${'not-valid'}         | ${'error'}   | ${'signals.quorum'}                   | ${'expected a whole number from 1 to 10, got 0'}
    ${errors(['aks-nodes', 'AKS-pods'], 2)}                                                   | ${'no-effect'}         | ${'warning'} | ${'signals.external'}                 | ${'none of `signals.sources` sees a region from outside'}
    ${{ signals: { hold: '5m' } }}                                                            | ${'no-effect'}         | ${'warning'} | ${'signals.hold'}                     | ${'hold 5m is not shorter than voteTtl 5m'}
    ${{ signals: { voteTtl: '30s', settle: '30s' } }}                                         | ${'no-effect'}         | ${'warning'} | ${'signals.settle'}                   | ${'settle 30s is not shorter than voteTtl 30s'}
    ${{ signals: { voteTtl: '0s' } }}                                                         | ${'not-valid'}         | ${'error'}   | ${'signals.voteTtl'}                  | ${'expected a duration such as'}
    ${{ signals: { errorRateMax: '5%', cooldown: { for: '1m', bypassErrorRate: '4.99%' } } }} | ${'not-valid'}         | ${'error'}   | ${'signals.cooldown.bypassErrorRate'} | ${'bypassErrorRate 4.99% is below errorRateMax 5%'}
    ${{ signals: { cooldown: {} } }}                                                          | ${'missing'}           | ${'error'}   | ${'signals.cooldown'}                 | ${'`for` is missing, expected a duration'}
    ${{ signals: { latencyAction: 'halve' } }}                                                | ${'missing'}           | ${'error'}   | ${'signals.latencyAction'}            | ${'`latencyFactor` is missing'}
    ${{ signals: { latencyMaxMs: 0 } }}                                                       | ${'not-valid'}         | ${'error'}   | ${'signals.latencyMaxMs'}             | ${'from 1 to 600000'}
    ${{ signals: { latencyFactor: 1 } }}                                                      | ${'not-valid'}         | ${'error'}   | ${'signals.latencyFactor'}            | ${'expected a number above 1, 100 at most, got 1'}
    ${{ signals: { damping: { reuse: 2000 } } }}                                              | ${'not-valid'}         | ${'error'}   | ${'signals.damping.reuse'}            | ${'reuse 2000 is not below suppress 2000'}
    ${{ signals: { damping: { maxSuppress: '15m' } } }}                                       | ${'not-valid'}         | ${'error'}   | ${'signals.damping.maxSuppress'}      | ${'maxSuppress 15m keeps the penalty at 1500 (reuse 750, doubled for each halfLife 15m), so suppress 2000'}
    ${{ rules: { weightTotal: 1 } }}                                                          | ${'not-valid'}         | ${'error'}   | ${'rules.weightTotal'}                | ${'expected from 2 to 2000 for 2 origins, each of weight 1 to 1000, got 1'}
    ${{ rules: { weightTotal: 2001 } }}                                                       | ${'not-valid'}         | ${'error'}   | ${'rules.weightTotal'}                | ${'got 2001'}
    ${{ rules: { minServing: 2 } }}                                                           | ${'no-effect'}         | ${'warning'} | ${'rules.minServing'}                 | ${'minServing 2 of 2 origins: none of them may ever be drained'}
    ${{ rules: { maxDrained: '49%' } }}                                                       | ${'no-effect'}         | ${'warning'} | ${'rules.maxDrained'}                 | ${'maxDrained 49% of 2 origins: none of them may ever be drained'}
    ${{ rules: { redistribute: 'capactiy' } }}                                                | ${'not-valid'}         | ${'error'}   | ${'rules.redistribute'}               | ${'expected capacity, got "capactiy", did you mean `capacity`?'}
    ${{ planned: { blockedDates: ['2026-01-01..2027-01-02'] } }}                              | ${'not-valid'}         | ${'error'}   | ${'planned.blockedDates[0]'}          | ${'of 366 days at most'}
    ${{ planned: { bake: 10 } }}                                                              | ${'wrong-type'}        | ${'error'}   | ${'planned.bake'}                     | ${'expected a duration such as 30s, 10m, 2h or 7d (at most 366 days), or 0s for none'}
    ${{ approvals: { override: 0 } }}                                                         | ${'not-valid'}         | ${'error'}   | ${'approvals.override'}               | ${'expected a whole number from 1 to 10, got 0'}
    ${{ planed: {} }}                                                                         | ${'unknown-key'}       | ${'error'}   | ${'planed'}                           | ${'did you mean `planned`?'}
  `('say $code of $edge', ({ edge, code, severity, path, message }: Row) => {
    const found = build(edgeText(edge)).findings.filter((finding) => finding.code !== 'last-good');
    expect(found).toContainEqual(
      expect.objectContaining({
        code,
        severity,
        path: `edges.shop.${path}`,
        message: expect.stringContaining(message) as string,
      }),
    );
    const paths = found.filter((finding) => finding.severity === 'error').map((finding) => finding.path);
    expect([...new Set(paths)]).toEqual(severity === 'error' ? [`edges.shop.${path}`] : []);
  });

  it('say of Traffic Manager that nobody measures its latency', () => {
    const signals = { latencyMaxMs: 800 };
    const { findings } = build(edgeText({ trafficManager: TRAFFIC_MANAGER, signals }));
    expect(findings).toEqual([
      expect.objectContaining({ code: 'no-effect', severity: 'warning', path: 'edges.shop.signals.latencyMaxMs' }),
    ]);
    expect(build(edgeText({ signals })).findings).toEqual([]);
  });

  it('accept the limits themselves', () => {
    const edges = [
      { rules: { weightTotal: 2 } },
      { rules: { weightTotal: 2000 } },
      { signals: { hold: '4m', errorRateMax: '5%', cooldown: { for: '1m', bypassErrorRate: '5%' } } },
      { signals: { damping: { reuse: 1999, suppress: 2000 } } },
      { planned: { blockedDates: ['2026-01-01..2027-01-01', '02-29'] } },
      { signals: { sources: ['a'], quorum: 1, external: true } },
      { signals: { sources: ['Alerts'], quorum: 3, alertTtl: '1s' } },
    ];
    expect(edges.flatMap((edge) => build(edgeText(edge)).findings)).toEqual([]);
  });

  it('tell two edges that are one, whatever the case', () => {
    const resourceId = FRONT_DOOR.resourceId.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions');
    const twin = { frontDoor: { originGroup: 'apps', resourceId: `${resourceId}/` }, origins: { a: 'shop-weu' } };
    const text = replaced(edgeText(), 'edges:\n', `edges:\n  zwei: ${JSON.stringify(twin)}\n`)
      .replaceAll('RESOURCEGROUPS', 'resourceGroups')
      .replaceAll('PROVIDERS', 'providers');
    expect(build(text).findings).toContainEqual(
      expect.objectContaining({ code: 'conflict', path: 'edges.zwei', message: 'is the same edge as `shop`' }),
    );
  });

  describe('with a twin', () => {
    const withTwin = (twin: object): string => edgeText({ frontDoor: { ...FRONT_DOOR, twin } });
    const profile = FRONT_DOOR.resourceId.toLowerCase();

    it('name its group and its routes by ARM ids in lower case', () => {
      const { fleet, findings } = build(withTwin({ originGroup: 'Apps-B', routes: ['Shop/Main', 'shop/api'] }));
      expect(findings).toEqual([]);
      expect(fleet?.edges[0]?.twin).toEqual({
        originGroup: `${profile}/origingroups/apps-b`,
        routes: [`${profile}/afdendpoints/shop/routes/main`, `${profile}/afdendpoints/shop/routes/api`],
      });
      expect(build(edgeText()).fleet?.edges[0]).not.toHaveProperty('twin');
    });

    it.each([
      [{ originGroup: 'apps', routes: ['shop/main'] }, 'edges.shop.frontDoor.twin', /`shop`'s already/],
      [
        { originGroup: 'apps-b', routes: ['shop/main', 'SHOP/main'] },
        'edges.shop.frontDoor.twin.routes',
        /there twice/,
      ],
      [{ originGroup: 'apps-b', routes: [] }, 'edges.shop.frontDoor.twin.routes', /at least one route/],
      [{ originGroup: 'apps-b', routes: ['main'] }, 'edges.shop.frontDoor.twin.routes', /a route as ENDPOINT\/ROUTE/],
      [{ originGroup: 'a b', routes: ['shop/main'] }, 'edges.shop.frontDoor.twin.originGroup', /origin group name/],
      [{ originGroup: 'apps-b' }, 'edges.shop.frontDoor.twin', /routes that refer/],
    ])('tell what is wrong with %j', (twin, path, message) => {
      const told = build(withTwin(twin)).findings.map((one) => [one.path, one.message] as const);
      expect(told).toContainEqual([expect.stringContaining(path), expect.stringMatching(message)]);
    });

    it('tell a group or a route that another edge has', () => {
      const twin = { originGroup: 'apps-b', routes: ['shop/main'] };
      const other = { ...FRONT_DOOR, originGroup: 'img', twin: { originGroup: 'img-b', routes: ['shop/main'] } };
      const more = { zwei: { frontDoor: other, origins: { a: 'shop-weu' } } };
      const text = replaced(withTwin(twin), 'edges:\n', `edges:\n  zwei: ${JSON.stringify(more.zwei)}\n`);
      expect(build(text).findings).toContainEqual(expect.objectContaining({ code: 'conflict' }));
    });

    it('are left out where the ceiling does not let the twin be written', () => {
      const twin = { originGroup: 'apps-b', routes: ['shop/main'] };
      const allowed = ['origingroups/apps', 'origingroups/apps-b', 'afdendpoints/shop'].map(
        (one) => `${profile}/${one}`,
      );
      const bounded = (resources: readonly string[]): unknown => {
        const targets = { resources: [...resources, `${GROUP}/Microsoft.ContainerService`] };
        return build(withTwin(twin), [], parseCeiling({ targets })).fleet?.edges.length;
      };
      expect(bounded(allowed)).toBe(1);
      expect(bounded(allowed.slice(0, 2))).toBe(0);
      expect(bounded([allowed[0]!, allowed[2]!])).toBe(0);
    });
  });

  it('leave the edges of the example as they are', () => {
    expect(build(CONTOSO).fleet?.edges[0]?.origins.map(({ name, region }) => [name, region])).toEqual([
      ['origin-neu', 'neu'],
      ['origin-weu', 'weu'],
    ]);
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
  const reported = (ceiling: object, edge: object = {}): readonly string[] =>
    build(edgeText(edge), [], parseCeiling(ceiling)).findings.map(
      ({ code, severity, path, message }) => `${severity} ${code} ${path}: ${message}`,
    );

  it('takes an origin away with its cluster, and an edge with its last origin', () => {
    const { resourceId } = CLUSTERS['shop-weu'] as { readonly resourceId: string };
    const targets = { resources: [FRONT_DOOR.resourceId, resourceId] };
    const { fleet } = build(edgeText(), [], parseCeiling({ targets }));
    expect(fleet?.edges[0]?.origins.map(({ cluster: of }) => of)).toEqual(['shop-weu']);
    expect(reported({ targets })).toContain(
      'error outside-ceiling edges.shop.origins.name: origin `origin-NEU` is left out with its cluster `shop-neu`, ' +
        "which is outside this deployment's ceiling",
    );
    const bare = parseCeiling({ targets: { resources: [FRONT_DOOR.resourceId] } });
    expect(build(edgeText(), [], bare).fleet?.edges).toEqual([]);
  });

  it('may name a single origin group', () => {
    const clusters = `${GROUP}/Microsoft.ContainerService`;
    const names = (group: string): unknown =>
      build(
        edgeText(),
        [],
        parseCeiling({ targets: { resources: [clusters, `${FRONT_DOOR.resourceId}/originGroups/${group}`] } }),
      ).fleet?.edges.map(({ name }) => name);
    expect(names('apps')).toEqual(['shop']);
    expect(names('app')).toEqual([]);
  });

  it.each`
    ceiling                                        | edge                                 | finding
    ${{ rules: { minServing: 2 } }}                | ${{}}                                | ${'rules.minServing: minServing 1 is looser'}
    ${{ rules: { maxDrained: '40%' } }}            | ${{}}                                | ${'rules.maxDrained: maxDrained 50% is looser'}
    ${{ rules: { headroom: '21%' } }}              | ${{}}                                | ${'rules.headroom: headroom 20% is looser'}
    ${{ rules: { allowStandby: false } }}          | ${{ rules: { allowStandby: true } }} | ${'rules.allowStandby: allowStandby true is looser'}
    ${{ rules: { allowPartial: false } }}          | ${{ rules: { allowPartial: true } }} | ${'rules.allowPartial: allowPartial true is looser'}
    ${{ rules: { undo: true } }}                   | ${{ rules: { undo: false } }}        | ${'rules.undo: undo false is looser'}
    ${{ signals: { quorum: 3 } }}                  | ${{}}                                | ${'signals.quorum: quorum 2 is looser'}
    ${{ signals: { external: true } }}             | ${{ signals: { external: false } }}  | ${'signals.external: external false is looser'}
    ${{ signals: { recoverHold: '1h' } }}          | ${{}}                                | ${'signals.recoverHold: recoverHold 10m is looser'}
    ${{ approvals: { drain: 1 } }}                 | ${{}}                                | ${'approvals.drain: drain 0 is looser'}
    ${{ approvals: { restore: 2 } }}               | ${{}}                                | ${'approvals.restore: restore 1 is looser'}
    ${{ approvals: { runbook: 2 } }}               | ${{}}                                | ${'approvals.runbook: runbook 1 is looser'}
    ${{ approvals: { override: 3 } }}              | ${{}}                                | ${'approvals.override: override 2 is looser'}
    ${{ modes: { 'region-failover': 'observe' } }} | ${{ mode: { drain: 'enforce' } }}    | ${'mode.drain: mode enforce is above'}
  `('$ceiling clamps $finding', ({ ceiling, edge, finding }: { ceiling: object; edge: object; finding: string }) => {
    expect(reported(ceiling, edge)).toEqual([expect.stringContaining(`warning above-ceiling edges.shop.${finding}`)]);
  });

  it.each([
    { rules: { minServing: 1, maxDrained: '50%', headroom: '20%', allowStandby: true, allowPartial: true } },
    { rules: { undo: false }, signals: { quorum: 1, external: false, recoverHold: '600s' } },
    { approvals: { drain: 0, restore: 0, runbook: 0, override: 0 } },
  ])('%j leaves what is tighter alone', (ceiling) => {
    expect(reported(ceiling, { rules: { undo: true }, signals: { external: true } })).toEqual([]);
  });
});

describe('the region of an origin', () => {
  it.each`
    label            | region
    ${'weu'}         | ${'weu'}
    ${'westeurope'}  | ${'westeurope'}
    ${'West_Europe'} | ${'westeurope'}
    ${'EastUS2'}     | ${'eastus2'}
    ${'Zone-7'}      | ${'zone-7'}
    ${'global'}      | ${'global'}
  `('is $region for $label', ({ label, region }: { label: string; region: string }) => {
    const clusters = { one: cluster('one', { region: label }), two: cluster('two', { region: 'northeurope' }) };
    const { fleet, findings } = build(edgeText({ origins: { a: 'one', b: 'two' } }, { clusters }));
    expect(fleet?.edges[0]?.origins[0]?.region).toBe(region);
    expect(findings.map(({ severity, code, path }) => [severity, code, path])).toEqual(
      /^(west|east)/.test(region) ? [] : [['note', 'no-effect', 'clusters.one.region']],
    );
  });

  it('is no matter where no origin is in front of it', () => {
    const clusters = { ...CLUSTERS, lab: cluster('lab', { region: 'lab' }) };
    expect(build(edgeText({}, { clusters })).findings).toEqual([]);
  });
});
