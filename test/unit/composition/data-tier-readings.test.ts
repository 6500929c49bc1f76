import { describe, expect, it } from 'vitest';

import { withDataTier } from '../../../shared/composition/data-tier-readings.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import type { DataTierAnswer } from '../../../shared/ports/data-tier.ts';
import type { EdgeReading } from '../../../shared/ports/edge-readings.ts';
import { edgeText } from '../fleet/edge-text.ts';
import { build } from '../fleet/fleet-text.ts';

const evidence = { workspace: '00000000-0000-4000-8000-0000000000b1', query: 'Replicas' };
const READING: EdgeReading = { load: 10, origins: {} };

async function readingOf(edge: object, reading: EdgeReading | undefined, answer?: DataTierAnswer): Promise<unknown> {
  const edges: readonly FleetEdge[] = build(edgeText(edge)).fleet?.edges ?? [];
  const dataTier = {
    read: ({ query }: { query: string }) => Promise.resolve(answer ?? { replicationLagMs: query.length }),
  };
  const readings = { read: () => Promise.resolve(reading) };
  return await withDataTier(readings, { dataTier, fleet: () => Promise.resolve({ edges }) }).read(
    edges[0]!.id.toUpperCase(),
  );
}

describe('the readings of an edge', () => {
  it('hold what its data tier says', async () => {
    expect(await readingOf({ data: { rpo: '5s', evidence } }, READING)).toEqual({ ...READING, replicationLagMs: 8 });
  });

  it('hold what it says of draining a region, or an origin, with those', async () => {
    const regions = new Map([
      ['North Europe', { promotion: 'done' }],
      ['origin-West-Europe', { replicationLagMs: 3 }],
      ['eastus', { replicationLagMs: 4 }],
    ] as const);
    const origins = { 'origin-NEU': { healthy: true } };
    expect(await readingOf({ data: { rpo: '5s', evidence } }, { load: 1, origins }, { regions })).toEqual({
      load: 1,
      origins: { 'origin-NEU': { healthy: true, promotion: 'done' }, 'origin-West-Europe': { replicationLagMs: 3 } },
    });
  });

  it('are the edge’s alone where nobody is to be asked', async () => {
    expect(await readingOf({}, READING)).toEqual(READING);
  });

  it('stay unknown where the edge’s own are', async () => {
    expect(await readingOf({ data: { rpo: '5s', evidence } }, undefined)).toBeUndefined();
  });
});
