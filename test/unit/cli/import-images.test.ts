import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { reflex } from './ran.ts';

const FIXTURES = 'test/fixtures/import';
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflex-import-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function expectValid(fleet: string): Promise<void> {
  const path = join(directory, 'fleet.yaml');
  await writeFile(path, fleet);
  const { code, out } = await reflex('validate', path);
  expect([code, out]).toEqual([0, expect.stringMatching(/^valid: 1 file, revision/)]);
}

describe('reflex import of Flux objects and markers', () => {
  it('makes a rule of each policy, in the places that its markers name', async () => {
    const { code, out } = await reflex('import', `${FIXTURES}/flux`);
    const { images, rollouts, gitops } = parse(out) as Record<string, Record<string, unknown>>;
    expect(gitops).toEqual({ 'shop-gitops': { github: 'contoso/shop-gitops', branch: 'main' } });
    expect(rollouts).toEqual({
      apps: [{ name: 'apps', path: 'apps/**' }],
      'apps-web-dev': [{ name: 'apps-web-dev', path: 'apps/dev/kustomization.yaml' }],
      'apps-web-prod': [{ name: 'apps-web-prod', path: 'apps/prod/kustomization.yaml' }],
    });
    expect(images).toMatchObject({
      web: {
        image: 'contoso.azurecr.io/shop/web',
        policy: { semver: { range: '>=1.4.0-0' } },
        rollout: 'apps-web-dev',
      },
      'web-2': { policy: { semver: { range: '>=1.4.0 <2.0.0' } }, rollout: 'apps-web-prod' },
    });
    expect(images?.['api']).toEqual({
      image: 'contoso.azurecr.io/shop/api',
      gitops: 'shop-gitops',
      rollout: 'apps',
      policy: {
        numerical: { order: 'asc' },
        filterTags: { pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)$', extract: '$ts' },
        digestReflection: 'IfNotPresent',
        ignore: ['-debug$'],
      },
      mode: 'observe',
    });
    expect(code).toBe(1);
  });

  it('prints a fleet file that validates, with a comment for all that has no equal', async () => {
    const { out } = await reflex('import', `${FIXTURES}/flux`);
    await expectValid(out);
    for (const said of [
      'image-automation.yaml:54 ImageUpdateAutomation apps: messageTemplate',
      'redis.yaml:9 marker flux-system:exporter: no ImagePolicy',
      'redis.yaml:13 marker: this marker is not written as',
      'ImagePolicy redis: docker.io/library/redis: pushes are told only by an Azure Container Registry',
    ]) {
      expect(out.replaceAll(/:\d+ /g, ':0 ')).toContain(said.replaceAll(/:\d+ /g, ':0 '));
    }
  });
});

describe('reflex import of Argo CD Image Updater', () => {
  it('makes stages of Applications and rules of their images', async () => {
    const { out } = await reflex('import', `${FIXTURES}/image-updater`);
    const { images, rollouts } = parse(out) as Record<string, Record<string, unknown>>;
    expect(images).toMatchObject({
      web: { policy: { semver: { range: '1.x', loose: true } }, rollout: 'shop-dev-shop-prod' },
      api: { policy: { semver: { range: '~2.3', loose: true } }, rollout: 'shop-dev' },
      worker: { policy: { semver: { range: '0.9.x', loose: true } }, rollout: 'worker' },
    });
    expect(rollouts?.['shop-dev-shop-prod']).toEqual([
      { name: 'shop-dev', path: 'apps/dev/**' },
      { name: 'shop-prod', path: 'apps/prod/**', write: 'pull-request' },
    ]);
    await expectValid(out);
  });

  it('says what it read and what became of it, as a table or JSON', async () => {
    const { code, err } = await reflex('import', `${FIXTURES}/image-updater`);
    expect(err).toMatch(/^READ +KIND +NAME +BECAME$/m);
    expect(err).toMatch(/applications\.yaml:1 +Application +shop-dev +rule web$/m);
    expect(err).toMatch(/no equal: contoso\.azurecr\.io\/shop\/odd: no strategy is called by-mood$/m);
    const json = await reflex('import', `${FIXTURES}/image-updater`, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ origins: { api: [{ name: 'shop-dev' }] } });
    expect([code, json.code]).toEqual([1, 1]);
  });
});

describe('reflex import', () => {
  it('ends with 0 where all was translated', async () => {
    const clean = await mkdtemp(join(directory, 'clean-'));
    const annotations = { 'argocd-image-updater.argoproj.io/image-list': 'contoso.azurecr.io/shop/web:1.x' };
    const source = { repoURL: 'https://github.com/contoso/shop', path: 'apps' };
    const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', spec: { source } };
    await writeFile(
      join(clean, 'app.yaml'),
      JSON.stringify({ ...application, metadata: { name: 'shop', annotations } }),
    );
    const { code, out } = await reflex('import', clean);
    expect([code, out]).toEqual([0, expect.not.stringContaining('No equal') as string]);
    await expectValid(out);
  });

  it('names hostile files, follows no link and never fails', async () => {
    const hostile = join(directory, 'hostile');
    await cp(`${FIXTURES}/hostile`, hostile, { recursive: true });
    await symlink('/etc', join(hostile, 'link.yaml'));
    const { code, out, err } = await reflex('import', hostile);
    expect(code).toBe(1);
    for (const said of ['broken.yaml:1 ', 'not-text.yaml:1 file: not UTF-8', 'bomb.yaml:1 file: its aliases']) {
      expect(out).toContain(said);
    }
    expect(err).toMatch(/link\.yaml:1 +file +note: a symbolic link is not followed/);
    expect(out + err).not.toContain('\u001b');
    expect(parse(out)).not.toHaveProperty('images');
    await expectValid(out);
  });

  it('ends with 2 where there is no such directory, or a name that is none', async () => {
    expect(await reflex('import', join(directory, 'none'))).toMatchObject({ code: 2 });
    expect(await reflex('import', directory, '--github', 'x')).toMatchObject({ code: 2 });
  });
});
