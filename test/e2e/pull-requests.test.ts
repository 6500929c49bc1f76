import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TableRowStore } from '../../shared/adapters/azure-storage/row-store.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../../shared/adapters/node/system-random.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { push, pushedEvent } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const BRANCH = 'github.com/contoso/shop-gitops#main';
/** Each write of the last minute doubles the window in which pushes are gathered. */
const PATIENCE_MS = 240_000;
const FLEET = `version: 1
fleet: proposals
defaults: { mode: enforce }
registries:
  contoso: { resourceId: /subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso }
gitops:
  shop:
    github: contoso/shop-gitops
    commits: { author: { name: Contoso Bot, email: bot@contoso.example } }
    pullRequests: { labels: [images], reviewers: [octocat], autoMerge: squash, title: 'Bump: {what}' }
rollouts:
  reviewed: [{ name: prod, path: 'prod/**', write: pull-request }]
images:
  web: { image: contoso.azurecr.io/shop/web, gitops: shop, rollout: reviewed, policy: { semver: { range: 1.x } } }
`;

interface Shown {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly labels: readonly { readonly name: string }[];
  readonly requested_reviewers: readonly { readonly login: string }[];
  readonly auto_merge: { readonly merge_method: string } | null;
  readonly head: { readonly sha: string };
}

describe('a stage that is written by pull request', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    const fleet = join(stack.data, 'fleet', 'fleet.yaml');
    const files = {
      'fleet.yaml': FLEET,
      'gitops/shop-gitops/prod/web.yaml': 'image: contoso.azurecr.io/shop/web:1.4.0\n',
    };
    for (const [path, text] of Object.entries(files)) {
      const target = join(dirname(fleet), path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    await stack.start({}, ['--fleet', fleet]);
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** A person's call of the Git host's API. */
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const { url, token } = stack.endpoints.github;
    const answer = await fetch(`${url}/repos/contoso/shop-gitops${path}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok).toBe(true);
    return await answer.json();
  }

  async function pulls(): Promise<readonly Shown[]> {
    return (await call('GET', '/pulls?state=all')) as readonly Shown[];
  }

  /** Waits for an open pull request that brings a version and is complete. */
  async function proposed(tag: string): Promise<Shown> {
    return await until(async () =>
      (await pulls()).find(
        ({ state, title, auto_merge: merge }) => state === 'open' && title.includes(`-> ${tag} `) && merge !== null,
      ),
    );
  }

  async function intentIs(text: string): Promise<void> {
    const { connectionString } = stack.endpoints.storage;
    const tools = { clock: new SystemClock(), random: new SystemRandom() };
    const rows = new TableRowStore({ account: { connectionString }, table: 'reflex', ...tools });
    await until(async () => {
      const [row] = await rows.list(BRANCH, 'intent|');
      const { state, note = '' } = row?.value as unknown as Intent;
      return `${state} ${note}` === text ? true : undefined;
    });
  }

  it(
    'opens one, updates it by the next push, and is done when a person merges it',
    async () => {
      const before = await stack.git('rev-parse', 'main');
      await push(stack, '1.5.0');
      const first = await proposed('1.5.0');
      expect(first).toMatchObject({
        title: 'Bump: shop/web 1.4.0 -> 1.5.0 (prod)',
        labels: [{ name: 'images' }],
        requested_reviewers: [{ login: 'octocat' }],
        auto_merge: { merge_method: 'squash' },
      });
      const digest = await push(stack, '1.6.0');
      const second = await proposed('1.6.0');
      expect(second.number).toBe(first.number);
      expect(await stack.git('log', '--format=%an <%ae>', `main..${second.head.sha}`)).toBe(
        'Contoso Bot <bot@contoso.example>',
      );
      expect(await stack.git('rev-parse', 'main')).toBe(before);

      await call('PUT', `/pulls/${second.number}/merge`, { merge_method: 'squash' });
      await stack.deliver([pushedEvent('look-again', { tag: '1.6.0', digest })]);
      await intentIs(`closed merged: #${second.number}`);
      expect(await stack.bytes('main:prod/web.yaml')).toBe('image: contoso.azurecr.io/shop/web:1.6.0\n');
    },
    PATIENCE_MS,
  );

  it(
    'does not propose again what a person has closed, until there is another digest',
    async () => {
      const digest = await push(stack, '1.7.0');
      const { number } = await proposed('1.7.0');
      await call('PATCH', `/pulls/${number}`, { state: 'closed' });
      await stack.deliver([pushedEvent('look-once-more', { tag: '1.7.0', digest })]);
      await intentIs(`blocked closed-pull-request: #${number}`);
      expect((await pulls()).filter(({ state }) => state === 'open')).toEqual([]);
      await push(stack, '1.8.0');
      expect((await proposed('1.8.0')).number).toBe(number + 1);
    },
    PATIENCE_MS,
  );
});
