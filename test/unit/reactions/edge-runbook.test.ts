import { describe, expect, it } from 'vitest';

import { EdgeCommand } from '../../../shared/commands/edge-command.ts';
import { decideRunbook, type RunbookDecision } from '../../../shared/reactions/edge-runbook/index.ts';
import { MINUTE, origin, policy } from './watch.ts';

type Facts = Parameters<typeof decideRunbook>[1];

const EDGE = '/edge';

function facts(more: Partial<Facts> = {}): Facts {
  return {
    edge: EDGE,
    policy: policy(),
    origins: [origin('weu', { weight: 600 }), origin('neu', { weight: 400 })],
    heldOut: [],
    pins: {},
    ...more,
  };
}

function ask(asked: Readonly<Record<string, unknown>>, more: Partial<Facts> = {}): RunbookDecision {
  const command = EdgeCommand.parse({ edge: 'shop', ...asked });
  return decideRunbook({ id: 'c1', by: 'ann', at: '2026-11-21T08:00:00.000Z', asked: command }, facts(more));
}

/** `out /weu` with its value, one for each intent. */
function wishes({ requests }: RunbookDecision): readonly unknown[] {
  return requests.map(({ kind, subject, value }) => [`${kind} ${subject}`, value]);
}

const SICK = [origin('weu', { healthy: false }), origin('neu')];
const DOWN = [origin('weu', { enabled: false }), origin('neu')];

describe('a command', () => {
  it('becomes an intent of the person who gave it', () => {
    expect(ask({ command: 'failover', origin: 'weu', reason: 'storm' })).toEqual({
      requests: [
        {
          subject: '/weu',
          by: { person: 'ann' },
          cause: 'c1',
          kind: 'out',
          value: { enabled: false, urgency: 'planned' },
          mode: 'enforce',
          reason: 'storm',
          signals: ['c1'],
          asOf: '2026-11-21T08:00:00.000Z',
        },
      ],
      releases: [],
      unpinned: [],
    });
  });

  it.each([
    ['is only shown', { dryRun: true }, 0, { mode: 'observe' }],
    ['is only shown, though people would have to agree', { dryRun: true }, 2, { mode: 'observe' }],
    ['waits for as many as the owner says', {}, 2, { mode: 'propose', approvals: { needed: 2, withinMs: MINUTE } }],
    ['needs nobody', {}, 0, { mode: 'enforce' }],
    ['has its own name for a reason', {}, 0, { reason: 'failover' }],
    [
      'names the rules that it overrides, with a reason',
      { override: ['atleast-2'], reason: 'INC-1' },
      0,
      { value: { overrides: ['atleast-2'] } },
    ],
    ['overrides nothing without one', { override: ['atleast-2'], reason: ' ' }, 0, { value: { urgency: 'planned' } }],
  ])('that %s', (_, more, runbook, expected) => {
    const given = policy({}, { approvals: { drain: 0, restore: 0, runbook, override: 0, withinMs: MINUTE } });
    const { requests } = ask({ command: 'failover', origin: 'weu', ...more }, { policy: given });
    expect(requests).toMatchObject([expected]);
  });

  it.each([
    ['a failover', 'failover', [], { runbook: 1, override: 3 }, 1],
    ['a failover that breaks no rule', 'failover', [], { runbook: 0, override: 3 }, undefined],
    ['a failover that breaks a rule', 'failover', ['atleast-2'], { runbook: 1, override: 3 }, 3],
    ['a failover that breaks a rule, never fewer', 'failover', ['atleast-2'], { runbook: 2, override: 1 }, 2],
    ['a drill', 'drill', [], { runbook: 2, override: 3 }, undefined],
    ['a drill that breaks a rule', 'drill', ['atleast-2'], { runbook: 1, override: 2 }, 2],
  ])('%s (%s, overriding %j) needs, of %j: %s', (_, command, override, approvals, needed) => {
    const given = policy({}, { approvals: { drain: 0, restore: 0, withinMs: MINUTE, ...approvals } });
    const more = command === 'drill' ? { durationSeconds: 60 } : {};
    const [request] = ask({ command, origin: 'weu', override, reason: 'INC-1', ...more }, { policy: given }).requests;
    expect(request?.approvals?.needed).toBe(needed);
    expect(request?.mode).toBe(needed === undefined ? 'enforce' : 'propose');
  });

  it.each([
    { command: 'failover' },
    { command: 'failback' },
    { command: 'drill' },
    { command: 'shift-weight', percent: 5 },
    { command: 'pin', state: 'in' },
    { command: 'unpin' },
  ])('%j of a region of others is refused', (asked) => {
    const decision = ask({ ...asked, origin: 'mars' });
    expect(decision.refusal).toEqual({ decision: 'refuse', reason: 'config-error:unknown-region', page: true });
    expect(decision.requests).toEqual([]);
  });
});

describe('a failover', () => {
  it.each<[string, object, Partial<Facts>, object]>([
    ['of a region that is well is planned', {}, {}, { urgency: 'planned' }],
    ['of a sick region is an emergency', {}, { origins: SICK }, { urgency: 'emergency' }],
    [
      'by steps is planned, sick or not',
      { steps: [300, 0, 100] },
      { origins: SICK },
      { urgency: 'planned', via: [300, 100] },
    ],
    ['by no steps is at once', { steps: [0] }, { origins: SICK }, { urgency: 'emergency' }],
    ['by its gate', { through: 'gate' }, {}, { urgency: 'planned', through: 'gate' }],
    ['of what another intent holds out', {}, { origins: DOWN, heldOut: ['/weu'] }, { urgency: 'planned' }],
  ])('%s', (_, more, given, value) => {
    const decision = ask({ command: 'failover', origin: 'WestEurope', ...more }, given);
    expect(wishes(decision)).toEqual([['out /weu', { enabled: false, ...value }]]);
  });

  it('of what somebody else has disabled is nothing to do', () => {
    const { refusal, requests } = ask({ command: 'failover', origin: 'weu' }, { origins: DOWN });
    expect({ refusal, requests }).toEqual({
      refusal: { decision: 'noop', reason: 'already-drained', page: false },
      requests: [],
    });
  });
});

describe('a drill', () => {
  it('is a drain for a time, whatever the region is like', () => {
    expect(wishes(ask({ command: 'drill', origin: 'weu', durationSeconds: 60 }, { origins: SICK }))).toEqual([
      ['out /weu', { enabled: false, urgency: 'drill', untilMs: MINUTE }],
    ]);
  });

  it.each<[string, Partial<Facts>]>([
    ['by somebody else', { origins: DOWN }],
    ['by us', { origins: DOWN, heldOut: ['/weu'] }],
    ['by its gate', { origins: [origin('weu', { isShut: true }), origin('neu')], heldOut: ['/weu'] }],
  ])('of what is out %s proves nothing', (_, more) => {
    const decision = ask({ command: 'drill', origin: 'weu', durationSeconds: 60 }, more);
    expect(decision.refusal).toEqual({ decision: 'noop', reason: 'already-drained', page: false });
  });
});

describe('a failback', () => {
  it.each<[string, object, Partial<Facts>, object]>([
    ['lets go of what is held out', {}, { heldOut: ['/weu'] }, { releases: ['/weu'] }],
    ['goes back by steps', { steps: [0, 100, 300] }, { heldOut: ['/weu'] }, { releases: ['/weu'], back: [100, 300] }],
    ['goes back at once by no steps', { steps: [0] }, { heldOut: ['/weu'] }, { releases: ['/weu'] }],
    ['takes back the weights of what serves', {}, { weighted: ['/weu'] }, { releases: ['/weu'] }],
    [
      'of what serves is nothing to do',
      {},
      { weighted: ['/neu'] },
      { refusal: { decision: 'noop', reason: 'verified', page: false } },
    ],
    [
      'of what somebody else has disabled has nothing to go back to',
      {},
      { origins: DOWN },
      { refusal: { decision: 'refuse', reason: 'no-snapshot', page: true } },
    ],
  ])('%s', (_, more, given, expected) => {
    const decision = ask({ command: 'failback', origin: 'weu', ...more }, given);
    expect(decision).toEqual({ requests: [], releases: [], unpinned: [], ...expected });
  });
});

describe('weights', () => {
  const LAST = { decision: 'refuse', reason: 'last-enabled', page: false };
  const UNKNOWN = { decision: 'refuse', reason: 'config-error:unknown-region', page: true };

  it.each<[string, object, Partial<Facts>, readonly unknown[]]>([
    [
      'as they are asked for',
      { command: 'set-weights', weights: { weu: 7, NorthEurope: 9 } },
      {},
      [['shares /edge', { weights: { '/weu': 7, '/neu': 9 } }]],
    ],
    [
      'of 0 take the origin out',
      { command: 'set-weights', weights: { weu: 0, neu: 9 }, override: ['headroom'], reason: 'INC-1' },
      {},
      [
        ['shares /edge', { weights: { '/neu': 9 }, overrides: ['headroom'] }],
        ['out /weu', { enabled: false, urgency: 'planned', overrides: ['headroom'] }],
      ],
    ],
    [
      'of 0 for what does not serve',
      { command: 'set-weights', weights: { weu: 0 } },
      { origins: DOWN },
      [['out /weu', { enabled: false, urgency: 'planned' }]],
    ],
    [
      'by parts keep their sum',
      { command: 'set-shares', shares: { weu: 1, neu: 3 } },
      {},
      [['shares /edge', { weights: { '/weu': 250, '/neu': 750 } }]],
    ],
    [
      'by parts add up to what the owner says',
      { command: 'set-shares', shares: { weu: 1, neu: 3 } },
      { policy: policy({}, { weightTotal: 100 }) },
      [['shares /edge', { weights: { '/weu': 25, '/neu': 75 } }]],
    ],
    [
      'by no part take the origin out',
      { command: 'set-shares', shares: { weu: 0, neu: 3 } },
      {},
      [
        ['shares /edge', { weights: { '/neu': 400 } }],
        ['out /weu', { enabled: false, urgency: 'planned' }],
      ],
    ],
    [
      'where nobody serves',
      { command: 'set-weights', weights: { weu: 9 } },
      { origins: [origin('weu', { enabled: false })] },
      [['shares /edge', { weights: { '/weu': 9 } }]],
    ],
    [
      'are shifted by a percentage',
      { command: 'shift-weight', origin: 'weu', percent: 25 },
      {},
      [['shares /edge', { weights: { '/weu': 450 } }]],
    ],
    [
      'are never shifted to 0',
      { command: 'shift-weight', origin: 'weu', percent: 100 },
      {},
      [['shares /edge', { weights: { '/weu': 1 } }]],
    ],
  ])('%s', (_, asked, given, expected) => {
    expect(wishes(ask(asked as Readonly<Record<string, unknown>>, given))).toEqual(expected);
  });

  it.each<[string, object, Partial<Facts>, object]>([
    ['for a region of others', { command: 'set-weights', weights: { mars: 5 } }, {}, UNKNOWN],
    ['for nobody', { command: 'set-weights', weights: {} }, {}, UNKNOWN],
    ['by parts for a region of others', { command: 'set-shares', shares: { weu: 5, mars: 5 } }, {}, UNKNOWN],
    ['by parts for nobody', { command: 'set-shares', shares: { weu: 0, neu: 0 } }, {}, LAST],
    ['of 0 for all', { command: 'set-weights', weights: { weu: 0, neu: 0 } }, {}, LAST],
    ['of 0 for the last that serves', { command: 'set-weights', weights: { neu: 0 } }, { origins: DOWN }, LAST],
    [
      'for one origin by two names',
      { command: 'set-weights', weights: { weu: 5, westeurope: 9 } },
      {},
      { ...UNKNOWN, reason: 'config-error:named-twice' },
    ],
    [
      'by parts for one origin by two names',
      { command: 'set-shares', shares: { weu: 5, WEU: 9 } },
      {},
      { ...UNKNOWN, reason: 'config-error:named-twice' },
    ],
  ])('%s are refused', (_, asked, given, refusal) => {
    expect(ask(asked as Readonly<Record<string, unknown>>, given)).toEqual({
      requests: [],
      releases: [],
      unpinned: [],
      refusal,
    });
  });
});

describe('steps of a failback', () => {
  it.each([
    [[100, 600], {}, undefined],
    [[100, 601], {}, 'above-baseline 600'],
    [[100, 601], { '/weu': 700 }, undefined],
    [[500, 100], { '/weu': 400 }, 'above-baseline 400'],
  ])('%j are refused above the weight that it comes back to: %j', (steps, baselines, reason) => {
    const decision = ask({ command: 'failback', origin: 'weu', steps }, { heldOut: ['/weu'], baselines });
    expect(decision.refusal?.reason).toBe(reason);
    expect(decision.releases).toEqual(reason === undefined ? ['/weu'] : []);
  });
});

describe('numbers that no schema has seen', () => {
  it.each([
    [{ command: 'set-weights', weights: { weu: -1 } }, 'config-error:not-a-weight'],
    [{ command: 'set-shares', shares: { weu: -1, neu: 1 } }, 'config-error:not-a-share'],
    [{ command: 'set-weights', weights: { weu: 1, neu: -1 } }, 'config-error:not-a-weight'],
  ])('%j are refused', (asked, reason) => {
    const common = { edge: 'shop', reason: '', override: [], dryRun: false };
    const given = {
      id: 'c1',
      by: 'ann',
      at: '2026-11-21T08:00:00.000Z',
      asked: { ...common, ...asked } as EdgeCommand,
    };
    expect(decideRunbook(given, facts()).refusal).toEqual({ decision: 'refuse', reason, page: true });
  });
});

describe('weights above the greatest, from where nobody has checked them', () => {
  it.each([
    [
      { weu: 2000, neu: 501 },
      { '/weu': 1000, '/neu': 251 },
    ],
    [
      { weu: 5000, neu: 1 },
      { '/weu': 1000, '/neu': 1 },
    ],
    [
      { weu: 1000, neu: 999 },
      { '/weu': 1000, '/neu': 999 },
    ],
  ])('keep their ratio: %j', (weights, expected) => {
    const asked: EdgeCommand = {
      command: 'set-weights',
      edge: 'shop',
      reason: '',
      override: [],
      dryRun: false,
      weights,
    };
    const decision = decideRunbook({ id: 'c1', by: 'ann', at: '2026-11-21T08:00:00.000Z', asked }, facts());
    expect(wishes(decision)).toEqual([['shares /edge', { weights: expected }]]);
  });
});

describe('a pin', () => {
  it.each<[string, object, object]>([
    ['holds until it is taken away', { state: 'in' }, { pinned: 'in' }],
    [
      'holds for a time',
      { state: 'out', until: '2026-12-01T00:00:00Z' },
      { pinned: 'out', until: '2026-12-01T00:00:00Z' },
    ],
  ])('%s, and needs nobody to agree', (_, more, value) => {
    const given = policy({}, { approvals: { drain: 0, restore: 0, runbook: 2, override: 2, withinMs: MINUTE } });
    const decision = ask({ command: 'pin', origin: 'weu', ...more }, { policy: given });
    expect(wishes(decision)).toEqual([['pin /weu', value]]);
    expect(decision.requests).toMatchObject([{ mode: 'enforce' }]);
  });

  it('against another pin is refused, and beside its like it is not', () => {
    const pins = { '/weu': 'in' as const };
    expect(ask({ command: 'pin', origin: 'weu', state: 'out' }, { pins }).refusal).toMatchObject({
      reason: 'contradicts-pin',
    });
    expect(ask({ command: 'pin', origin: 'weu', state: 'in' }, { pins }).refusal).toBeUndefined();
  });

  it('is taken away', () => {
    expect(ask({ command: 'unpin', origin: 'weu' })).toEqual({ requests: [], releases: [], unpinned: ['/weu'] });
  });
});

describe('a hold', () => {
  it('is an intent about the whole edge, and needs nobody to agree', () => {
    const given = policy({}, { approvals: { drain: 0, restore: 0, runbook: 2, override: 2, withinMs: MINUTE } });
    const decision = ask({ command: 'hold', until: '2026-12-01T00:00:00Z' }, { policy: given });
    expect(wishes(decision)).toEqual([['hold /edge', { held: true, until: '2026-12-01T00:00:00Z' }]]);
    expect(decision.requests).toMatchObject([{ mode: 'enforce' }]);
    expect(wishes(ask({ command: 'hold' }))).toEqual([['hold /edge', { held: true }]]);
  });

  it('is taken away', () => {
    expect(ask({ command: 'unhold' })).toEqual({ requests: [], releases: [], unpinned: [EDGE] });
  });
});

describe('a region with several origins', () => {
  const TWO = [
    origin('weu-a', { region: 'weu', weight: 600 }),
    origin('weu-b', { region: 'weu', weight: 400 }),
    origin('neu'),
  ];
  const of = (asked: Readonly<Record<string, unknown>>, more: Partial<Facts> = {}): RunbookDecision =>
    ask(asked, { origins: TWO, ...more });
  const drained = TWO.map((one) => (one.name === 'weu-a' ? { ...one, enabled: false } : one));

  it('is drained and brought back as a whole', () => {
    const out = of({ command: 'failover', origin: 'WEU' });
    expect(out.requests.map(({ subject }) => subject)).toEqual(['/weu-a', '/weu-b']);
    const back = of({ command: 'failback', origin: 'weu', steps: [10] }, { heldOut: ['/weu-a', '/weu-b'] });
    expect(back).toMatchObject({ releases: ['/weu-a', '/weu-b'], back: [10] });
    expect(of({ command: 'unpin', origin: 'weu' }).unpinned).toEqual(['/weu-a', '/weu-b']);
  });

  it('is drained where it still serves', () => {
    const { requests } = of({ command: 'failover', origin: 'weu' }, { origins: drained });
    expect(requests.map(({ subject }) => subject)).toEqual(['/weu-b']);
  });

  it('is nothing to do when all of it is out', () => {
    const origins = TWO.map((one) => ({ ...one, enabled: one.region !== 'weu' }));
    expect(of({ command: 'failover', origin: 'weu' }, { origins }).refusal).toMatchObject({
      reason: 'already-drained',
    });
  });

  it('is pinned as a whole or not at all', () => {
    const pinned = of({ command: 'pin', origin: 'weu', state: 'out' }, { pins: { '/weu-b': 'in' } });
    expect(pinned).toMatchObject({ requests: [], refusal: { reason: 'contradicts-pin' } });
  });

  it('loses weight at each of its origins', () => {
    const { requests } = of({ command: 'shift-weight', origin: 'weu', percent: 50 });
    expect(requests.map(({ value }) => value)).toEqual([{ weights: { '/weu-a': 300, '/weu-b': 200 } }]);
  });

  it('has no share of its own: its origins are to be named', () => {
    const { refusal } = of({ command: 'set-shares', shares: { weu: 1, neu: 1 } });
    expect(refusal).toEqual({ decision: 'refuse', reason: 'config-error:ambiguous-region', page: true });
    expect(of({ command: 'set-shares', shares: { 'weu-a': 1, neu: 1 } }).refusal).toBeUndefined();
  });
});
