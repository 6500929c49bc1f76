import { describe, expect, it } from 'vitest';

import { buildFleet, type PartChoice } from '../../../shared/fleet/build.ts';
import { NO_CEILING } from '../../../shared/fleet/ceiling.ts';
import { formatFinding } from '../../../shared/fleet/findings.ts';
import type { PartText } from '../../../shared/fleet/read/part.ts';
import { build, CONTOSO, CONTOSO_TEAM, includedText, replaced, rootText } from './fleet-text.ts';

const TEAM = { owns: ['images'], team: 'shop' };
const TEAM_FILE = 'teams/shop.yaml';

function team(text: string): PartText {
  return includedText(TEAM_FILE, text, TEAM);
}

function errorsOf(text: string, included: readonly PartText[] = []): string {
  return build(text, included)
    .findings.filter(({ severity }) => severity === 'error')
    .map(formatFinding)
    .join('\n');
}

describe('expansion', () => {
  const { fleet } = build(CONTOSO, [team(CONTOSO_TEAM)]);

  it('gives registries, vaults, repositories and clusters with their ids and labels', () => {
    expect(fleet?.registries).toMatchObject([{ name: 'contoso', loginServer: 'contoso.azurecr.io' }]);
    expect(fleet?.registries[0]?.resourceId.type).toBe('microsoft.containerregistry/registries');
    expect(fleet?.keyVaults).toMatchObject([{ name: 'shop' }]);
    expect(fleet?.repositories).toEqual([{ name: 'shop', owner: 'contoso', repo: 'shop-gitops', branch: 'main' }]);
    expect(fleet?.clusters.map(({ name }) => name)).toEqual(['shop-dev', 'shop-neu', 'shop-weu']);
    expect(fleet?.clusters[2]).toMatchObject({
      labels: { environment: 'production', ring: '1', app: 'shop', region: 'weu' },
      capacityPerNode: 80,
    });
  });

  it('gives each image its stages with the paths of the selected clusters', () => {
    const web = fleet?.images.find(({ name }) => name === 'web');
    expect(web).toMatchObject({
      registry: 'contoso.azurecr.io',
      repository: 'shop/web',
      mode: 'enforce',
      policy: { kind: 'semver', range: '>=1.4.0 <2.0.0', loose: false },
      stages: [
        { name: 'dev', paths: ['clusters/shop-dev/**'], write: 'commit' },
        {
          name: 'prod',
          after: 'dev',
          soakMs: 7_200_000,
          verify: [{ kind: 'commitStatus', contexts: [], timeoutMs: 1_800_000 }],
          paths: ['clusters/shop-neu/**', 'clusters/shop-weu/**'],
          write: 'pull-request',
        },
      ],
    });
  });

  it('carries the other sections, and names the team of an included rule', () => {
    expect(fleet?.images.find(({ name }) => name === 'batch')).toMatchObject({ team: 'shop', mode: 'propose' });
    expect(fleet?.sections.schedules['nights']).toMatchObject({ up: ['Mon-Fri 07:30-19:30'] });
    expect(fleet?.sections.edges['shop']?.rules).toMatchObject({ minServing: 1, maxDrained: '50%', headroom: '20%' });
    expect(fleet?.sections.freezes).toHaveLength(1);
    expect(fleet?.timeZone).toBe('Europe/Berlin');
  });

  it('gives a stage without selector the clusters that no other stage selects', () => {
    const text = replaced(CONTOSO, "        select: { ring: '1' },\n", '');
    const web = build(text).fleet?.images.find(({ name }) => name === 'web');
    expect(web?.stages[1]?.clusters).toEqual(['shop-neu', 'shop-weu']);
  });

  it('observes unless told otherwise, and reads the main branch', () => {
    const text = CONTOSO.replace('    mode: enforce\n', '')
      .replace('mode: observe, ', '')
      .replace(', branch: main', '');
    const bare = build(text).fleet;
    expect(bare?.images.map(({ mode }) => mode)).toContain('observe');
    expect(bare?.repositories[0]?.branch).toBe('main');
  });
});

describe('a file that a team owns', () => {
  it('may define only what the root file grants', () => {
    expect(errorsOf(CONTOSO, [team('clusters: {}\n')])).toContain(
      'teams/shop.yaml:1:1: error: clusters: the root file',
    );
  });

  it("may not name another team's repositories", () => {
    const text = replaced(CONTOSO_TEAM, 'contoso.azurecr.io/shop/batch', 'contoso.azurecr.io/bank/batch');
    expect(errorsOf(CONTOSO, [team(text)])).toContain('outside what team shop may name: contoso.azurecr.io/shop/*');
  });

  it("may not write outside the team's paths", () => {
    const root = replaced(CONTOSO, "['shop:clusters/**']", "['shop:apps/**']");
    expect(errorsOf(root, [team(CONTOSO_TEAM)])).toContain('outside what team shop may write: shop:apps/**');
  });

  it('may not take a name or an image of another file, and the finding names both', () => {
    const sameName = replaced(CONTOSO_TEAM, 'batch: #', 'web: #');
    expect(errorsOf(CONTOSO, [team(sameName)])).toMatch(/^teams\/shop.yaml:3:3: .*`web` is defined in fleet.yaml too/);
    const sameImage = replaced(CONTOSO_TEAM, '/shop/batch', '/shop/web');
    expect(errorsOf(CONTOSO, [team(sameImage)])).toMatch(/^teams\/shop.yaml:3:3: .*of rule `web` \(fleet.yaml, line/);
  });
});

describe('a bad file', () => {
  const good = rootText(CONTOSO);
  const goodTeam = team(CONTOSO_TEAM);
  const states = (choices: readonly PartChoice[]): unknown =>
    buildFleet(choices, NO_CEILING).parts.map(({ file, state }) => [file, state]);
  const images = (choices: readonly PartChoice[]): unknown =>
    buildFleet(choices, NO_CEILING).fleet?.images.map(({ name }) => name);

  it('holds only its own part: the last good one stays in force, loudly', () => {
    const bad = { ...team('images: [oops'), version: 'v-bad' };
    const choices = [{ current: good }, { current: bad, lastGood: goodTeam }];
    expect(states(choices)).toEqual([
      ['fleet.yaml', 'current'],
      [TEAM_FILE, 'last-good'],
    ]);
    expect(images(choices)).toEqual(['api', 'batch', 'web', 'worker']);
    const codes = buildFleet(choices, NO_CEILING)
      .findings.filter(({ file }) => file === TEAM_FILE)
      .map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['yaml-syntax', 'last-good']));
  });

  it('is left out if it never was good', () => {
    const choices = [{ current: good }, { current: team('images: 3') }];
    expect(states(choices)).toEqual([
      ['fleet.yaml', 'current'],
      [TEAM_FILE, 'left-out'],
    ]);
    expect(images(choices)).toEqual(['api', 'web', 'worker']);
  });

  it('is one whose references broke, too', () => {
    const bad = team(replaced(CONTOSO_TEAM, 'gitops: shop', 'gitops: shp'));
    expect(states([{ current: good }, { current: bad, lastGood: goodTeam }])).toContainEqual([TEAM_FILE, 'last-good']);
  });

  it('is left out when what it needs is gone from the root file', () => {
    const renamed = rootText(
      CONTOSO.replaceAll('rollout: standard', 'rollout: steady').replace('  standard:', '  steady:'),
    );
    expect(states([{ current: renamed }, { current: goodTeam, lastGood: goodTeam }])).toContainEqual([
      TEAM_FILE,
      'left-out',
    ]);
  });

  it('keeps the last good root file in force with the current parts', () => {
    const choices = [{ current: rootText('version: 1\nfleet: x\nimags: {}\n'), lastGood: good }, { current: goodTeam }];
    expect(states(choices)).toEqual([
      ['fleet.yaml', 'last-good'],
      [TEAM_FILE, 'current'],
    ]);
    expect(images(choices)).toContain('batch');
  });

  it('leaves no fleet where the root file was never good', () => {
    expect(buildFleet([{ current: rootText('nonsense') }], NO_CEILING).fleet).toBeUndefined();
  });

  it('is never written by us, good or bad', () => {
    const stored = { repo: 'Contoso/Shop-GitOps', path: 'reflex.yaml' };
    const { fleet } = buildFleet([{ current: good }, { current: { ...team('bad: ['), stored } }], NO_CEILING);
    expect(fleet?.fleetFiles).toEqual({ 'contoso/shop-gitops': ['reflex.yaml'] });
  });
});
