import { describe, expect, it } from 'vitest';

import { describeIssues } from '../../../../cli/json-question.ts';
import { Scenario } from '../../../../cli/simulate/scenario.ts';

const ORIGINS = [{ region: 'weu' }, { region: 'neu' }];

function problem(more: object): string {
  const parsed = Scenario.safeParse({ id: 'x', origins: ORIGINS, ...more });
  return parsed.success ? '' : describeIssues(parsed.error);
}

function event(kind: string, more: object): object {
  return { event: { kind, at: 0, ...more } };
}

describe('a scenario', () => {
  it.each<[string, object, string]>([
    ['without origins', { origins: [] }, 'origins: '],
    ['with a region twice', { origins: [...ORIGINS, { region: 'WEU' }] }, 'origins[2].region: weu is there twice'],
    ['with a region that is no name', { origins: [{ region: '__proto__' }] }, 'origins[0].region: '],
    ['with a region that is a path', { origins: [{ region: 'a/b' }] }, 'origins[0].region: '],
    ['with a weight that nothing has', { origins: [{ region: 'weu', weight: 1.5 }] }, 'origins[0].weight: '],
    ['with less than no capacity', { origins: [{ region: 'weu', capacity: -1 }] }, 'origins[0].capacity: '],
    ['with less than no load', { load: -1 }, 'load: '],
    ['with headroom in percent', { policy: { headroom: 20 } }, 'policy.headroom: '],
    ['with a quorum of nobody', { policy: { quorum: 0 } }, 'policy.quorum: '],
    ['with a total of nothing', { policy: { weightTotal: 0 } }, 'policy.weightTotal: '],
    ['with a time before time', { policy: { settleSec: -1 } }, 'policy.settleSec: '],
    ['with a penalty that never halves', { policy: { damping: { halfLifeSec: 0 } } }, 'policy.damping.halfLifeSec: '],
    ['at the end of time', event('tick', { at: 1e18 }), 'event.at: '],
    ['on a day that is none', { wall: 'yesterday' }, 'wall: expected an ISO 8601 time'],
    ['that fired at no time', event('alert', { firedAt: 'soon' }), 'event.firedAt: '],
    ['of a severity that Azure lacks', event('alert', { severity: 9 }), 'event.severity: '],
    ['with more than all requests failed', event('signal', { errorRate: 7 }), 'event.errorRate: '],
    ['of steps that are no list', event('runbook', { steps: 'fast' }), 'event.steps: '],
    ['of a step too high', event('runbook', { steps: [250, 2_000] }), 'event.steps[1]: '],
    ['of shares that are no numbers', event('runbook', { shares: { weu: 'a' } }), 'event.shares.weu: '],
    ['that runs for less than no time', event('drill', { durationSec: -1 }), 'event.durationSec: '],
    ['with faults on nothing', { arm: [{ on: '((' }] }, 'arm[0].on: expected "VERB resource" or "*"'],
    ['with a status that HTTP lacks', { arm: [{ on: '*', status: 9_999 }] }, 'arm[0].status: '],
  ])('%s is told what is wrong with it', (_, more, expected) => {
    const said = problem(more);
    expect(said.slice(0, expected.length)).toBe(expected);
  });

  it.each<[string, object]>([
    ['members that nobody knows', { colour: 'red', policy: { nonsense: 1 }, state: { foo: {} } }],
    ['nothing but origins', {}],
    ['whatever it likes in an event of a kind to come', event('moonphase', { severity: 'full', steps: 3, by: {} })],
    ['a severity in Azure’s words', event('alert', { severity: 'Sev2' })],
    [
      'a header that is a number and a body that is text',
      { arm: [{ on: '*', headers: { 'Retry-After': 9 }, body: '<' }] },
    ],
    ['people by number', event('runbook', { requestedBy: 1, approvedBy: [2] })],
  ])('may have %s', (_, more) => {
    expect(problem(more)).toBe('');
  });
});
