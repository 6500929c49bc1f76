import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { issuesOf, ServiceHealthEvidence } from '../../../../shared/adapters/resource-health/service-issues.ts';
import { CLUSTER, Warnings, watched } from '../evidence.ts';

const AKS = 'Azure Kubernetes Service (AKS)';
const EDGE = watched({ serviceHealth: { services: [AKS.toLowerCase()] } });
const SUBSCRIPTION = CLUSTER.split('/')[2]!;

interface Told {
  readonly eventType?: string | null;
  readonly status?: string | null;
  readonly service?: string;
  readonly regions?: readonly (string | readonly [string, string])[];
}

/** As the documentation's sample has it; what a case leaves out is an active issue of AKS in West Europe. */
function event({ eventType = 'ServiceIssue', status = 'Active', service = AKS, regions = ['West Europe'] }: Told = {}) {
  const impactedRegions = regions.map((region) => {
    const [impactedRegion, own] = typeof region === 'string' ? [region, 'Active'] : region;
    return {
      impactedRegion,
      status: own,
      impactedSubscriptions: [SUBSCRIPTION],
      lastUpdateTime: '2026-01-05T07:59:00Z',
    };
  });
  return {
    id: '/providers/Microsoft.ResourceHealth/events/BC_1-FXZ',
    name: 'BC_1-FXZ',
    properties: { eventType, status, level: 'Critical', impact: [{ impactedService: service, impactedRegions }] },
  };
}

class Azure {
  readonly clock = new VirtualClock();
  readonly log = new Warnings();
  readonly asked: string[] = [];
  answer: () => Response = () => Response.json({ value: [] });
  readonly source = new ServiceHealthEvidence({
    ...{ clock: this.clock, log: this.log, armToken: () => Promise.resolve('token') },
    fetch: ({ url }) => {
      this.asked.push(url);
      return Promise.resolve(this.answer());
    },
  });

  /** Names of the origins that it calls bad; undefined where it says nothing of them at all. */
  async bad(edge = EDGE): Promise<readonly string[] | undefined> {
    const votes = await this.clock.run(this.source.measure(edge));
    return votes.length === 0
      ? undefined
      : votes.flatMap(({ isBad, region }) => (isBad === true ? (region ?? []) : []));
  }
}

describe('Service Health', () => {
  it.each<[string, Told, readonly string[]]>([
    ['an active issue of a service that counts', {}, ['weu']],
    ['one in two regions', { regions: ['North Europe', 'westeurope'] }, ['weu', 'neu']],
    ['one elsewhere', { regions: ['East US'] }, []],
    ['one of no region', { regions: ['Global'] }, []],
    ['one of another service', { service: 'Alerts & Metrics' }, []],
    ['one that is over', { status: 'Resolved' }, []],
    ['one that is over there', { regions: [['West Europe', 'Resolved'], 'North Europe'] }, ['neu']],
    ['maintenance', { eventType: 'PlannedMaintenance' }, []],
    ['an advisory', { eventType: 'HealthAdvisory' }, []],
    ['no kind', { eventType: null }, []],
    ['no state', { status: null }, []],
  ])('hears of %s', async (_, told, expected) => {
    const azure = new Azure();
    azure.answer = () => Response.json({ value: [event(told)] });
    expect((await azure.bad())?.toSorted()).toEqual([...expected].toSorted());
  });

  it('never calls a region well, and speaks from outside of them all', async () => {
    const azure = new Azure();
    azure.answer = () => Response.json({ value: [event()] });
    const at = azure.clock.now().getTime();
    const common = { source: 'service-health', takenIn: 'global', at };
    expect(await azure.clock.run(azure.source.measure(EDGE))).toEqual([
      { ...common, region: 'weu', isBad: true, hasNoData: false },
      { ...common, region: 'neu', hasNoData: true },
    ]);
  });

  it('asks for the events of a subscription once, however many edges look', async () => {
    const azure = new Azure();
    await azure.bad();
    await azure.bad({ ...EDGE, id: '/other' });
    expect(azure.asked).toEqual([
      `https://management.azure.com/subscriptions/${SUBSCRIPTION}/providers/Microsoft.ResourceHealth/events?api-version=2024-02-01&queryStartTime=12%2F22%2F2025`,
    ]);
    await azure.clock.advance(30_000);
    await azure.bad();
    expect(azure.asked).toHaveLength(2);
  });

  it('reads every page', async () => {
    const azure = new Azure();
    const nextLink = `https://management.azure.com/subscriptions/${SUBSCRIPTION}/more`;
    azure.answer = () =>
      Response.json(azure.asked.length === 1 ? { value: [], nextLink } : { value: [event()], nextLink: null });
    expect(await azure.bad()).toEqual(['weu']);
  });

  it('reads the newest pages of a long history', async () => {
    const azure = new Azure();
    const nextLink = `https://management.azure.com/subscriptions/${SUBSCRIPTION}/more`;
    azure.answer = () => Response.json({ value: azure.asked.length === 1 ? [event()] : [], nextLink });
    expect(await azure.bad()).toEqual(['weu']);
    expect(azure.asked).toHaveLength(10);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no properties', { id: 'y' }],
    ['a text where a list should be', { properties: { eventType: 'ServiceIssue', status: 'Active', impact: '[]' } }],
  ])('hears of the others beside an event with %s', async (_, odd) => {
    const azure = new Azure();
    azure.answer = () => Response.json({ value: [odd, event()] });
    expect(await azure.bad()).toEqual(['weu']);
  });

  it('knows origins by their regions alone', async () => {
    const azure = new Azure();
    azure.answer = () => Response.json({ value: [event({ regions: ['Global', 'weu'] })] });
    const origins = [{ ...EDGE.origins[0]!, name: 'global' }, ...EDGE.origins];
    const clusterIds = { ...EDGE.evidence?.clusterIds, global: CLUSTER };
    expect(await azure.bad({ ...EDGE, origins, evidence: { ...EDGE.evidence, clusterIds } })).toEqual([]);
  });

  it('says nothing where it cannot be asked, and is not asked where nobody wants it', async () => {
    const azure = new Azure();
    azure.answer = () => new Response('', { status: 403 });
    expect(await azure.bad()).toBeUndefined();
    expect(azure.log.lines).toEqual([expect.objectContaining({ source: 'service-health', of: SUBSCRIPTION })]);
    const quiet = new Azure();
    await quiet.bad(watched({ resourceHealth: true }));
    await quiet.bad(watched());
    expect(quiet.asked).toEqual([]);
  });

  it('finds no issue in whatever is no active one', () => {
    const word = fc.option(fc.constantFrom('ServiceIssue', 'PlannedMaintenance', 'Active', 'Resolved', 'x'));
    const region = fc.record({ impactedRegion: fc.option(fc.string()), status: word });
    const impact = fc.option(
      fc.array(fc.record({ impactedService: fc.option(fc.string()), impactedRegions: fc.option(fc.array(region)) })),
    );
    fc.assert(
      fc.property(word, word, impact, (eventType, status, told) => {
        const issues = issuesOf({ properties: { eventType, status, impact: told } });
        expect(issues.length === 0 || (eventType === 'ServiceIssue' && status === 'Active')).toBe(true);
      }),
    );
  });
});
