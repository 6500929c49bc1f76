import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { measureBy } from '../../../shared/composition/measure.ts';
import { UpstreamError } from '../../../shared/errors.ts';
import type { EdgeReadings } from '../../../shared/ports/edge-readings.ts';
import type { EdgeVote, EvidenceSource } from '../../../shared/ports/evidence-source.ts';
import { Warnings } from '../adapters/evidence.ts';
import { edgeText } from '../fleet/edge-text.ts';
import { build } from '../fleet/fleet-text.ts';

const EDGE = build(edgeText()).fleet!.edges[0]!;
const VOTE: EdgeVote = { source: 'here', region: 'neu', at: 1, isBad: true, hasNoData: false };

const here = (name: string): EvidenceSource => ({ name, measure: () => Promise.resolve([{ ...VOTE, source: name }]) });
const failing: EvidenceSource = { name: 'failing', measure: () => Promise.reject(new UpstreamError('ask', 503)) };
const hanging: EvidenceSource = { name: 'hanging', measure: () => new Promise(() => undefined) };
const readings: EdgeReadings = {
  read: () => Promise.resolve({ load: 1, origins: { 'origin-NEU': { healthy: false } } }),
};

async function measured(sources: readonly EvidenceSource[], own: EdgeReadings = readings) {
  const clock = new VirtualClock();
  const log = new Warnings();
  const began = clock.now().getTime();
  const votes = await clock.run(measureBy({ readings: own, sources, clock, log })(EDGE));
  return { said: votes.map(({ source, isBad }) => [source, isBad]), votes, log, ms: clock.now().getTime() - began };
}

describe('measuring an edge', () => {
  it('asks the edge itself and every source', async () => {
    const { said, votes, log } = await measured([here('a'), here('b')]);
    expect(said).toEqual([
      ['edge-health', true],
      ['a', true],
      ['b', true],
    ]);
    expect(votes[1]).toEqual({ kind: 'measurement', ...VOTE, source: 'a' });
    expect(log.lines).toEqual([]);
  });

  it('hears of the others when some fail or take longer than 10 s, and says so', async () => {
    const { said, log, ms } = await measured([failing, hanging, here('a')]);
    expect(said.map(([source]) => source)).toEqual(['edge-health', 'a']);
    expect(ms).toBe(10_000);
    expect(log.lines).toEqual([
      { source: 'edge', edge: EDGE.id, of: 'failing', reason: 'ask failed with HTTP 503' },
      { source: 'edge', edge: EDGE.id, of: 'hanging', reason: 'wait 10000 ms: no answer' },
    ]);
  });

  it('hears of the sources when the edge cannot be measured, or has no data', async () => {
    expect((await measured([here('a')], { read: () => Promise.reject(new UpstreamError('read', 503)) })).said).toEqual([
      ['a', true],
    ]);
    expect((await measured([here('a')], { read: () => Promise.resolve(undefined) })).said).toEqual([['a', true]]);
  });
});
