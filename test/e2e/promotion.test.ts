import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { StackClient } from '../../local/tour/stack-client.ts';
import { push } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const REGISTRY = 'Microsoft.ContainerRegistry/registries/contoso';
const CLUSTER = 'Microsoft.ContainerService/managedClusters';
const resource = (path: string): string =>
  `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/${path}`;
const textOf = (tag: string): string => `# by hand\nimage: contoso.azurecr.io/shop/web:${tag}   # here\n`;

const FLEET = stringify({
  version: 1,
  fleet: 'promotion',
  registries: { contoso: { resourceId: resource(REGISTRY) } },
  gitops: { shop: { github: 'contoso/shop-gitops', branch: 'main' } },
  clusters: {
    'shop-dev': { resourceId: resource(`${CLUSTER}/shop-dev`), ring: '0' },
    'shop-prod': { resourceId: resource(`${CLUSTER}/shop-prod`), ring: '1' },
  },
  rollouts: {
    standard: [
      {
        ...{ name: 'dev', select: { ring: '0' }, soak: '1s' },
        verify: [{ commitStatus: { contexts: ['kustomization/{cluster}/*'] } }],
      },
      {
        ...{ name: 'prod', select: { ring: '1' }, after: 'dev' },
        verify: [{ commitStatus: { contexts: ['kustomization/{cluster}/*'] } }],
      },
    ],
  },
  images: {
    web: {
      ...{ image: 'contoso.azurecr.io/shop/web', gitops: 'shop', rollout: 'standard', mode: 'enforce' },
      policy: { semver: { range: '1.x' } },
    },
  },
});

describe('an image goes from dev to prod on the local stack', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await writeFile(join(stack.data, 'fleet.yaml'), FLEET);
    for (const cluster of ['shop-dev', 'shop-prod']) {
      const directory = join(stack.data, 'gitops/shop-gitops/clusters', cluster);
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'web.yaml'), textOf('1.0.0'));
    }
    await stack.start({}, ['--fleet', join(stack.data, 'fleet.yaml')]);
    await push(stack, '1.0.0');
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** Runs the minute's timer until a stage holds a text: soaks and looks take their time. */
  async function ticksUntil(cluster: string, text: string): Promise<void> {
    await until(async () => {
      const { url, masterKey } = stack.endpoints.host;
      const headers = { 'x-functions-key': masterKey, 'content-type': 'application/json' };
      await fetch(`${url}/admin/functions/branch-tick`, { method: 'POST', headers, body: '{}' });
      return (await fileOf(cluster)) === text ? true : undefined;
    });
  }

  async function fileOf(cluster: string): Promise<string> {
    return `${await stack.git('show', `main:clusters/${cluster}/web.yaml`)}\n`;
  }

  /** What Flux's notification controller would post about the head. */
  async function says(cluster: string, state: string): Promise<void> {
    const { url, token } = stack.endpoints.github;
    const answer = await fetch(`${url}/repos/contoso/shop-gitops/statuses/${await stack.git('rev-parse', 'main')}`, {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ state, context: `kustomization/${cluster}/0c9c2e41` }),
    });
    expect(answer.status).toBe(201);
  }

  it('when its commit was reported well and it has soaked', async () => {
    await push(stack, '1.1.0');
    await ticksUntil('shop-dev', textOf('1.1.0'));
    expect(await fileOf('shop-prod')).toBe(textOf('1.0.0'));
    await says('shop-dev', 'success');
    await ticksUntil('shop-prod', textOf('1.1.0'));
  });

  it('and comes back from prod, byte for byte, when that reports a failure', async () => {
    await says('shop-prod', 'failure');
    await ticksUntil('shop-prod', textOf('1.0.0'));
    expect(await fileOf('shop-dev')).toBe(textOf('1.1.0'));
    expect(await stack.git('log', '-1', '--format=%s')).toContain('1.1.0 -> 1.0.0 (prod)');
    const client = new StackClient(() => stack.endpoints);
    expect(await client.call('GET', 'progress', 'rita')).toMatchObject([
      200,
      {
        progress: [
          { stage: 'dev', tag: '1.1.0', verdict: 'pass', soakLeftMs: 0, held: [] },
          { stage: 'prod', held: [{ tag: '1.1.0', cause: 'verification' }] },
        ],
      },
    ]);
  });
});
