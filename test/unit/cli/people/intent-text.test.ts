import { describe, expect, it } from 'vitest';

import { intentLines } from '../../../../cli/people/intent-text.ts';
import { NEU, WEU } from '../../api/people/people.ts';

type Given = NonNullable<Parameters<typeof intentLines>[0]['intents']>[number];

function intent(more: Partial<Given>): Given {
  return {
    key: 'intent|x',
    partition: 'edges',
    subject: WEU,
    by: { person: 'alice' },
    cause: 'c',
    kind: 'out',
    value: { enabled: false, urgency: 'planned' },
    state: 'open',
    mode: 'propose',
    reason: 'maintenance',
    openedAt: '2026-01-05T08:00:00.000Z',
    ...more,
  };
}

const POOL = '/subscriptions/s/providers/microsoft.containerservice/managedclusters/shop-neu/agentpools/apps';
const WEB = 'contoso.azurecr.io/shop/web@prod';
const EMERGENCY = { value: { urgency: 'emergency' }, by: { reaction: 'region-failover' }, reason: 'the region is bad' };
const BACK = { isReturned: true, state: 'leaving' } as const;

describe('who asked for a plan', () => {
  it.each<[Partial<Given>, string]>([
    [{}, 'origin-weu out, planned: maintenance (by alice)'],
    [EMERGENCY, 'origin-weu out, emergency: the region is bad (region-failover)'],
    [
      { value: { urgency: 'drill', overrides: ['freeze', 'atleast-2'] } },
      'origin-weu out, drill, overriding freeze and atleast-2: maintenance (by alice)',
    ],
    [{ value: { urgency: 'drill', overrides: [] } }, 'origin-weu out, drill: maintenance (by alice)'],
    [
      { kind: 'shares', value: { weights: { [WEU]: 700, [NEU]: 300 } } },
      'weights origin-weu 700, origin-neu 300: maintenance (by alice)',
    ],
    [{ kind: 'pin', value: { pinned: 'out' } }, 'origin-weu pinned out: maintenance (by alice)'],
    [
      { kind: 'floor', subject: POOL, value: { minCount: 5 }, by: { reaction: 'scale-up' }, reason: 'room' },
      'apps at least 5 nodes: room (scale-up)',
    ],
    [{ kind: 'image', subject: WEB, value: { tag: '1.2.3' } }, 'web@prod to 1.2.3: maintenance (by alice)'],
    [{ kind: 'rollback', subject: WEB, value: { tag: '1.2.2' } }, 'web@prod back to 1.2.2: maintenance (by alice)'],
    [{ kind: 'soak-hold', subject: WEB, value: {} }, 'web@prod soak-hold: maintenance (by alice)'],
    [
      { kind: 'removed', by: { reaction: 'fleet' }, reason: 'the fleet no longer names it', releasedBy: 'bob' },
      'origin-weu back: the fleet no longer names it (fleet, and by bob)',
    ],
    [{ releasedBy: 'bob' }, 'origin-weu out, planned: maintenance (by alice)'],
    [{ isReplaced: true }, 'origin-weu out, planned: maintenance (by alice); it has changed since'],
    [{ value: {} }, 'origin-weu out, ?: maintenance (by alice)'],
    [
      { ...BACK, releasedBy: 'bob', releaseReason: 'checked by hand' },
      'origin-weu back, let go by bob (checked by hand): was out, planned: maintenance (by alice)',
    ],
    [{ ...BACK, releasedBy: 'bob' }, 'origin-weu back, let go by bob: was out, planned: maintenance (by alice)'],
    [
      { ...BACK, ...EMERGENCY, note: 'recovered' },
      'origin-weu back, recovered: was out, emergency: the region is bad (region-failover)',
    ],
    [
      { ...BACK, ...EMERGENCY, note: 'insufficient-capacity' },
      'origin-weu back: was out, emergency: the region is bad (region-failover)',
    ],
    [{ reason: '\u001b[2Jgone' }, 'origin-weu out, planned: \ufffd[2Jgone (by alice)'],
  ])('is told in a line: %j', (more, line) => {
    const one = intent(more);
    expect(intentLines({ serves: [one], intents: [one] })).toEqual([line]);
  });

  it('is not told where it is no longer kept, nor by an API that does not tell', () => {
    const serves = [{ key: 'intent|gone', subject: NEU }];
    expect(intentLines({ serves, intents: [] })).toEqual(['origin-neu: who asked is no longer kept']);
    expect(intentLines({ serves })).toEqual([]);
  });
});
