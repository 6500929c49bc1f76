import { describe, expect, it } from 'vitest';

import type { GivenImageCommand } from '../../../../shared/commands/image-command.ts';
import type { FleetImage, FleetStage } from '../../../../shared/fleet/model.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { decideImageCommand, type StageFacts } from '../../../../shared/reactions/image-runbook/decide.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';
const AT = '2026-11-23T08:00:00.000Z';
const PROD: FleetStage = { name: 'prod', paths: ['prod/**'], write: 'commit' };
const RULE: FleetImage = {
  name: 'web',
  registry: 'contoso.azurecr.io',
  repository: 'shop/web',
  gitops: { name: 'shop', owner: 'contoso', repo: 'gitops', branch: 'main' },
  stages: [PROD],
  policy: { kind: 'semver', range: '1.x', loose: false },
  mode: 'enforce',
};
const [OLD, GOOD, BAD] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];

function facts(more: Partial<StageFacts> = {}): StageFacts {
  return {
    image: IMAGE,
    rule: RULE,
    stage: PROD,
    standing: [{ tag: '1.2.0', digest: BAD }],
    standingDigests: [BAD],
    versions: [
      { tag: '1.2.0', digest: BAD },
      { tag: '1.1.0', digest: GOOD },
      { tag: '1.0.0', digest: OLD },
    ],
    holds: [],
    asOf: AT,
    ...more,
  };
}

function back(to?: string): GivenImageCommand {
  const asked = { command: 'rollback', image: IMAGE, stage: 'prod', reason: '', ...(to === undefined ? {} : { to }) };
  return { id: 'c1', by: 'ann', at: AT, asked } as GivenImageCommand;
}

function hold(refuses?: readonly string[]): Intent {
  return {
    ...{ schema: 1, subject: `${IMAGE}@prod`, by: { person: 'bob' }, cause: 'hold:c0', kind: 'hold', mode: 'enforce' },
    ...{ reason: 'r', signals: [], asOf: AT, openedAt: AT, state: 'open' },
    value: { image: IMAGE, stage: 'prod', ...(refuses === undefined ? {} : { refuses: [...refuses] }) },
  };
}

const refusal = (given: GivenImageCommand, more: Partial<StageFacts>): string | undefined =>
  decideImageCommand(given, facts(more)).refusal;

describe('a rollback that a person asks for', () => {
  it('goes to the version before, and holds what stands there', () => {
    const { requests, to } = decideImageCommand(back(), facts());
    expect(to).toBe('1.1.0');
    expect(requests.map(({ kind, value, mode }) => [kind, value['digest'] ?? value['refuses'], mode])).toEqual([
      ['rollback', GOOD, 'enforce'],
      ['hold', [BAD], 'enforce'],
    ]);
  });

  it('passes over what is held or gone', () => {
    expect(decideImageCommand(back(), facts({ holds: [hold([GOOD])] })).to).toBe('1.0.0');
    const versions = [{ tag: '1.1.0', digest: GOOD, isGone: true } as const, { tag: '1.0.0', digest: OLD }];
    expect(decideImageCommand(back(), facts({ versions })).to).toBe('1.0.0');
  });

  it('asks those whom the stage asks before anything comes to it', () => {
    const approvals = { needed: 2, withinMs: 1_000 };
    const [rollback, held] = decideImageCommand(back(), facts({ stage: { ...PROD, approvals } })).requests;
    expect(rollback).toMatchObject({ kind: 'rollback', mode: 'propose', approvals });
    expect(held).toMatchObject({ kind: 'hold', mode: 'enforce' });
  });

  it.each<[string, string | undefined, Partial<StageFacts>, string]>([
    ['there is none before', undefined, { versions: [{ tag: '1.2.0', digest: BAD }] }, 'no-earlier-version'],
    ['nobody knows the tag', '9.9.9', {}, 'unknown-version'],
    ['its digest is not known', '1.1.0', { versions: [{ tag: '1.1.0' }] }, 'manifest-missing'],
    [
      'the registry no longer has it',
      '1.1.0',
      { versions: [{ tag: '1.1.0', digest: GOOD, isGone: true }] },
      'manifest-missing',
    ],
    ['it is held itself', '1.1.0', { holds: [hold([GOOD])] }, 'version-held'],
    ['a person holds the stage', undefined, { holds: [hold()] }, 'held-by-a-person'],
  ])('is refused where %s', (_what, to, more, reason) => {
    expect(refusal(back(to), more)).toBe(reason);
  });

  it('is nothing where the version stands already', () => {
    expect(decideImageCommand(back('1.2.0'), facts())).toMatchObject({ isNoop: true, requests: [] });
  });
});
