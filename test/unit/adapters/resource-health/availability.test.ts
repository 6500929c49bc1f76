import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { ResourceHealthEvidence } from '../../../../shared/adapters/resource-health/availability.ts';
import { CLUSTER, Warnings, watched } from '../evidence.ts';

/** As `availabilityStatuses/current` answers; what a case leaves out is not there. */
function status(properties: object): Response {
  return Response.json({
    id: `${CLUSTER}/weu/providers/Microsoft.ResourceHealth/availabilityStatuses/current`,
    name: 'current',
    type: 'Microsoft.ResourceHealth/AvailabilityStatuses',
    location: 'westeurope',
    properties: { title: 'Some title', summary: 'Some text', reportedTime: '2026-01-05T07:41:00Z', ...properties },
  });
}

async function votesOf(answers: Readonly<Record<string, Response>>, edge = watched({ resourceHealth: true })) {
  const clock = new VirtualClock();
  const log = new Warnings();
  const asked: string[] = [];
  const source = new ResourceHealthEvidence({
    clock,
    log,
    armToken: () => Promise.resolve('token'),
    fetch: ({ url, headers }) => {
      asked.push(`${headers.get('authorization') ?? ''} ${url}`);
      const [, name = ''] = /managedclusters\/([a-z]+)\//.exec(url) ?? [];
      return Promise.resolve(answers[name] ?? new Response('{}', { status: 404 }));
    },
  });
  return { votes: await clock.run(source.measure(edge)), log, asked, now: clock.now().getTime() };
}

describe('Resource Health', () => {
  it.each`
    properties                                                                                                | isBad
    ${{ availabilityState: 'Available', reasonType: '' }}                                                     | ${false}
    ${{ availabilityState: 'Unavailable', healthEventCause: 'PlatformInitiated' }}                            | ${true}
    ${{ availabilityState: 'Unavailable', context: 'Platform Initiated', reasonType: 'Unplanned' }}           | ${true}
    ${{ availabilityState: 'Unavailable', healthEventCause: 'UserInitiated' }}                                | ${undefined}
    ${{ availabilityState: 'Unavailable', healthEventCause: 'UserInitiated', context: 'Platform Initiated' }} | ${undefined}
    ${{ availabilityState: 'Unavailable', context: 'Customer Initiated' }}                                    | ${undefined}
    ${{ availabilityState: 'Unavailable' }}                                                                   | ${undefined}
    ${{ availabilityState: 'Degraded', healthEventCause: 'PlatformInitiated' }}                               | ${undefined}
    ${{ availabilityState: 'Unknown' }}                                                                       | ${undefined}
    ${{ availabilityState: null }}                                                                            | ${undefined}
  `('says $isBad of $properties', async ({ properties, isBad }: { properties: object; isBad?: boolean }) => {
    const { votes, now } = await votesOf({ weu: status(properties) });
    const expected = isBad === undefined ? { hasNoData: true } : { isBad, hasNoData: false };
    expect(votes).toEqual([{ source: 'resource-health', region: 'weu', at: now, ...expected }]);
  });

  it('asks ARM for each cluster, and hears of one whose neighbour is refused', async () => {
    const { votes, asked, log } = await votesOf({ neu: status({ availabilityState: 'Available' }) });
    expect(asked).toEqual(
      ['weu', 'neu'].map(
        (name) =>
          `Bearer token https://management.azure.com${CLUSTER}/${name}/providers/Microsoft.ResourceHealth/` +
          'availabilityStatuses/current?api-version=2023-07-01-preview',
      ),
    );
    expect(votes.map(({ region }) => region)).toEqual(['neu']);
    expect(log.lines).toEqual([expect.objectContaining({ source: 'resource-health', of: 'weu' })]);
  });

  it('has nothing to say for an answer of another shape, and is not asked where nobody wants it', async () => {
    expect((await votesOf({ weu: Response.json({ value: [] }) })).votes).toEqual([]);
    expect((await votesOf({}, watched({}))).asked).toEqual([]);
    expect((await votesOf({}, watched())).asked).toEqual([]);
  });
});
