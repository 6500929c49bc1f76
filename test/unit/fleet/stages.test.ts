import { describe, expect, it } from 'vitest';

import { parse, stringify } from 'yaml';

import { build, CONTOSO, CONTOSO_TEAM, includedText } from './fleet-text.ts';

/** The example with other settings of its stage prod. */
function withProd(more: object, fleet: object = {}): ReturnType<typeof build> {
  const root = parse(CONTOSO) as { rollouts: { standard: object[] } };
  const [dev = {}, prod = {}] = root.rollouts.standard;
  const text = stringify({ ...root, ...fleet, rollouts: { standard: [dev, { ...prod, ...more }] } });
  return build(text, [includedText('teams/shop.yaml', CONTOSO_TEAM, { owns: ['images'], team: 'shop' })]);
}

const resourceId =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.Cdn/profiles/shop';

const logs = { workspace: '00000000-0000-4000-8000-0000000000B1', query: 'T', minData: 100 };

describe('a stage', () => {
  it('carries its windows, approvals and verifications in the units of the model', () => {
    const { fleet } = withProd({
      ...{ newer: 'wait', windows: ['Mon-Thu 09:00-16:00'], timeZone: 'UTC', approvals: { needed: 2 } },
      verify: [
        'commitStatus',
        { commitStatus: { contexts: ['kustomization/{cluster}/*'] } },
        { http: { url: 'https://shop.example/', timeout: '10m' } },
        { metric: { resourceId, metric: 'Percentage5XX', max: 1 } },
        { checkRun: { names: ['e2e / {cluster} (smoke)'], app: 'argo-cd' } },
        { checkRun: { names: ['x'], timeout: '2h' } },
        { logs: { ...logs, max: 1 } },
        { workflow: { file: 'smoke.yaml', inputs: { suite: 'quick' } } },
        { workflow: { file: 'smoke.yml', ref: 'release/1', timeout: '1h' } },
      ],
    });
    expect(fleet?.images[0]?.stages[1]).toMatchObject({
      ...{ newer: 'wait', windows: ['Mon-Thu 09:00-16:00'], timeZone: 'UTC' },
      approvals: { needed: 2, withinMs: 86_400_000 },
      freezes: [{ from: '2026-12-18', to: '2027-01-04' }],
      verify: [
        { kind: 'commitStatus', contexts: [], timeoutMs: 1_800_000 },
        { kind: 'commitStatus', contexts: ['kustomization/{cluster}/*'], timeoutMs: 1_800_000 },
        { kind: 'http', url: 'https://shop.example/', status: 200, failures: 3, timeoutMs: 600_000 },
        { kind: 'metric', metric: 'Percentage5XX', aggregation: 'average', minutes: 10, minData: 5, max: 1 },
        { kind: 'checkRun', names: ['e2e / {cluster} (smoke)'], app: 'argo-cd', timeoutMs: 1_800_000 },
        { kind: 'checkRun', names: ['x'], timeoutMs: 7_200_000 },
        { kind: 'logs', workspace: '00000000-0000-4000-8000-0000000000b1', minutes: 30, minData: 100, max: 1 },
        { kind: 'workflow', file: 'smoke.yaml', inputs: { suite: 'quick' }, timeoutMs: 1_800_000 },
        { kind: 'workflow', file: 'smoke.yml', ref: 'release/1', inputs: {}, timeoutMs: 3_600_000 },
      ],
    });
    expect(fleet?.images[0]?.stages[0]).not.toHaveProperty('freezes');
  });

  it('takes the zone of the fleet, and no freeze that images are excepted from', () => {
    const freezes = [{ from: '2026-12-18', to: '2027-01-04', except: ['images'] }];
    const { fleet } = withProd({ windows: ['Mon 09:00-16:00'] }, { freezes });
    expect(fleet?.images[0]?.stages[1]).toMatchObject({ timeZone: 'Europe/Berlin' });
    expect(fleet?.images[0]?.stages[1]).not.toHaveProperty('freezes');
  });

  it.each([
    ['a window that is none', { windows: ['9 to 5'] }, 'not-valid', /days and times/],
    ['a zone that is none', { timeZone: 'CET5' }, 'not-valid', /IANA/],
    ['nobody who approves', { approvals: { needed: 0 } }, 'not-valid', /1 to 10/],
    ['a kind that there is not', { verify: [{ prayer: { to: 'x' } }] }, 'unknown-key', /prayer/],
    [
      'a workflow by its path',
      { verify: [{ workflow: { file: '.github/workflows/smoke.yaml' } }] },
      'not-valid',
      /name of a file/,
    ],
    [
      'an input that is ours',
      { verify: [{ workflow: { file: 'a.yaml', inputs: { Digest: 'x' } } }] },
      'not-valid',
      /none of/,
    ],
    [
      'two kinds in one entry',
      { verify: [{ http: { url: 'https://a.example' }, metric: { resourceId, metric: 'm', max: 1 } }] },
      'not-valid',
      /one of/,
    ],
    ['no kind', { verify: [{}] }, 'not-valid', /one of/],
    ['a word that is no kind', { verify: ['prayer'] }, 'not-valid', /commitStatus/],
    ['a probe without https', { verify: [{ http: { url: 'http://shop.example' } }] }, 'not-valid', /https/],
    ['a metric without limit', { verify: [{ metric: { resourceId, metric: 'm' } }] }, 'not-valid', /max/],
    [
      'more data than minutes',
      { verify: [{ metric: { resourceId, metric: 'm', max: 1, over: 3 } }] },
      'not-valid',
      /no more minutes in `minData`/,
    ],
    ['check runs without names', { verify: [{ checkRun: {} }] }, 'missing', /names/],
    [
      'a check run of no cluster',
      { verify: [{ checkRun: { names: ['a {region}'] } }] },
      'not-valid',
      /glob over names/,
    ],
    ['a name that ends in a blank', { verify: [{ checkRun: { names: ['a '] } }] }, 'not-valid', /glob over names/],
    ['logs without limit', { verify: [{ logs }] }, 'not-valid', /max/],
    [
      'logs without a least number of samples',
      { verify: [{ logs: { ...logs, max: 1, minData: undefined } }] },
      'missing',
      /minData/,
    ],
    ['a workspace by its name', { verify: [{ logs: { ...logs, max: 1, workspace: 'shop' } }] }, 'not-valid', /GUID/],
    ['an App that is none', { verify: [{ checkRun: { names: ['a'], app: 'Argo CD' } }] }, 'not-valid', /slug/],
    [
      'an unknown placeholder',
      { verify: [{ commitStatus: { contexts: ['a/{region}'] } }] },
      'not-valid',
      /glob over contexts/,
    ],
    ['what to do with newer ones', { newer: 'ignore' }, 'not-valid', /restart or wait/],
  ])('refuses %s', (_, more, code, message) => {
    const { findings } = withProd(more);
    expect(findings).toContainEqual(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });
});
