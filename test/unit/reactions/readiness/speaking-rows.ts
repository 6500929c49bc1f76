import { UNKNOWN_HEALTH } from '../../../../shared/domain/traffic/health.ts';
import type { Check, ReadinessFacts } from '../../../../shared/reactions/readiness/index.ts';
import { evidence, intent, NOW, origin, policy, seen, vote } from './facts.ts';

/** A check, what it is given, and what it answers. */
export type Row = readonly [
  name: string,
  what: string,
  given: Partial<ReadinessFacts>,
  status: Check['status'],
  detail: RegExp,
];

/** We keep an origin out. */
const OUT: Partial<ReadinessFacts> = {
  seen: seen({ origins: [origin('east', { enabled: false, healthy: undefined }), origin('west')] }),
  intents: [intent({ kind: 'out', subject: origin('east').id })],
};

/** One of two that are needed has called a region bad for so many minutes. */
function suspect(minutes: number): Partial<ReadinessFacts> {
  const said = evidence({ east: [vote('a', { isBad: true }), vote('b')], west: [vote('a'), vote('b')] });
  const east = {
    ...said.regions['east']!,
    health: { ...UNKNOWN_HEALTH, status: 'suspect', suspectSince: NOW - minutes * 60_000 },
  };
  return { evidence: { ...said, regions: { ...said.regions, east } as never } };
}

/** Out and bad for an hour; the end of an alert was told so many minutes ago. */
function resolved(minutes: number): Partial<ReadinessFacts> {
  const said = evidence({ east: [vote('alert:1', { at: NOW - minutes * 60_000 })], west: [vote('a')] });
  const east = { ...said.regions['east']!, health: { ...UNKNOWN_HEALTH, status: 'bad', outSince: NOW - 3_600_000 } };
  return { ...OUT, evidence: { ...said, regions: { ...said.regions, east } as never } };
}

/** Who speaks of a region, and who could while it is out. */
export const SPEAKING: readonly Row[] = [
  ['votes', 'of two sources', {}, 'ok', /at least 2/],
  [
    'votes',
    'of one of them twice',
    { evidence: evidence({ east: [vote('a'), vote('a')], west: [vote('a'), vote('b')] }) },
    'fail',
    /east 1\/2/,
  ],
  [
    'votes',
    'of an alert that was resolved days ago',
    { evidence: evidence({ east: [vote('a'), vote('alert:1')], west: [vote('a'), vote('b')] }) },
    'fail',
    /east 1\/2/,
  ],
  [
    'votes',
    'of two rules that see the same',
    {
      evidence: evidence({
        east: [vote('a'), vote('alert:1', { isBad: true, sees: 'a' })],
        west: [vote('a'), vote('b')],
      }),
    },
    'fail',
    /east 1\/2/,
  ],
  [
    'votes',
    'that have expired',
    { evidence: evidence({ east: [vote('a'), vote('b', { expires: NOW })], west: [vote('a'), vote('b')] }) },
    'fail',
    /east 1\/2/,
  ],
  [
    'votes',
    'of nobody, where one is enough',
    { policy: policy({ quorum: 1 }), evidence: evidence({}) },
    'warn',
    /east 0\/1 \(nobody\), west 0\/1 \(nobody\)/,
  ],
  [
    'votes',
    'from inside alone',
    {
      evidence: evidence(
        Object.fromEntries(
          ['east', 'west'].map((name) => [name, [vote('a', { isOutside: false }), vote('b', { isOutside: false })]]),
        ),
      ),
    },
    'fail',
    /outside of east, west/,
  ],
  [
    'votes',
    'from inside, where that is enough',
    {
      policy: policy({ requireExternal: false }),
      evidence: evidence(
        Object.fromEntries(
          ['east', 'west'].map((name) => [name, [vote('a', { isOutside: false }), vote('b', { isOutside: false })]]),
        ),
      ),
    },
    'ok',
    /at least/,
  ],
  ['suspects', 'none', {}, 'ok', /too few/],
  ['suspects', 'for a little while', suspect(14), 'ok', /too few/],
  [
    'suspects',
    'of an origin that the edge has no more',
    { ...suspect(60), seen: seen({ origins: [origin('west')] }) },
    'ok',
    /too few/,
  ],
  ['suspects', 'for a quarter of an hour', suspect(15), 'fail', /east for 15 minutes by a \(2 must agree\)/],
  ['way-back', 'told of by others', {}, 'ok', /somebody beside the edge/],
  [
    'way-back',
    'told of by the edge alone',
    {
      evidence: evidence({ east: [vote('edge-health'), vote('edge-errors')], west: [vote('edge-health'), vote('a')] }),
    },
    'warn',
    /only the edge itself speaks of east,/,
  ],
  ['way-back', 'of what we keep out and nobody speaks of', { ...OUT, evidence: evidence({}) }, 'fail', /well: east$/],
  ['way-back', 'of what an alert spoke of before it went out', resolved(90), 'fail', /well: east$/],
  ['way-back', 'of what an alert has spoken of since', resolved(5), 'ok', /somebody beside the edge/],
  [
    'way-back',
    'of what was well when it was taken out',
    { ...OUT, evidence: { ...evidence({ west: [vote('a')] }), probedWell: ['east'] } },
    'warn',
    /only the edge itself speaks of east,/,
  ],
  [
    'way-back',
    'of what somebody else keeps out',
    { ...OUT, intents: [], evidence: evidence({ west: [vote('a')] }) },
    'warn',
    /only the edge itself speaks of east,/,
  ],
  ['way-back', 'of an edge that cannot be read', { seen: 'x' }, 'fail', /not known/],
  ['votes', 'on an edge that cannot be read', { seen: 'x' }, 'ok', /at least 2/],
  ['votes', 'on nothing', { seen: 'x', evidence: evidence({}) }, 'fail', /nobody/],
];
