import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAppKey } from '../../local/github/app-auth.ts';
import { LocalGitHub } from '../../local/github/local-github.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { InMemoryWorkflows } from '../../shared/adapters/in-memory/workflows.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { createGitHubClient, PERMISSIONS, type GitHubClientOptions } from '../../shared/adapters/octokit/client.ts';
import { GitHubWorkflows } from '../../shared/adapters/octokit/workflows.ts';
import { RateLimitedError, UpstreamError, WriteRefusedError } from '../../shared/errors.ts';
import { describeRefusals, describeWorkflows, type WorkflowsUnderTest } from './workflows.ts';

const TOKEN = 'a-token-of-people';
const SMOKE = `name: Smoke
run-name: smoke \${{ inputs.reflex }}
on:
  workflow_dispatch:
    inputs: { reflex: { required: true }, tag: {} }
`;
const clock = new SystemClock();
const { privateKeyPem, publicKeyPem } = createAppKey();
const auth = { kind: 'app', appId: 1, installationId: 1, key: { privateKey: privateKeyPem } } as const;
let root: string;
let github: LocalGitHub;
let repositories = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-github-'));
  const app = { appId: 1, publicKeyPem };
  github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: TOKEN });
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

/** An Enterprise Server that does not know the parameter. */
async function older(request: Request): Promise<Response> {
  const text = request.method === 'POST' ? await request.clone().text() : '';
  return text.includes('return_run_details')
    ? Response.json({ message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' }, { status: 422 })
    : await github.handler(request);
}

async function seeded(): Promise<Omit<GitHubClientOptions, 'auth'>> {
  const repo = `w${(repositories += 1)}`;
  const files = { '.github/workflows/smoke.yaml': SMOKE, '.github/workflows/push.yaml': 'on: { push: {} }\n' };
  await github.createRepository({ owner: 'contoso', name: repo, branch: 'main', files });
  return {
    ...{ owner: 'contoso', repo, clock, apiUrl: 'https://github.test', pacing: false },
    fetch: (input, init) => github.handler(new Request(input, init)),
  };
}

function createBy(handler: (request: Request) => Promise<Response>): () => Promise<WorkflowsUnderTest> {
  return async () => {
    const options: Omit<GitHubClientOptions, 'auth'> = {
      ...(await seeded()),
      fetch: (input, init) => handler(new Request(input, init)),
    };
    const people = async (method: string, path: string, body: object): Promise<void> => {
      const headers = { authorization: `token ${TOKEN}` };
      const url = `https://github.test/repos/contoso/${options.repo}${path}`;
      const answer = await github.handler(new Request(url, { method, headers, body: JSON.stringify(body) }));
      expect(answer.ok).toBe(true);
    };
    return {
      workflows: new GitHubWorkflows(createGitHubClient({ ...options, auth, permissions: PERMISSIONS.workflows })),
      end: async (run, conclusion) => await people('PATCH', `/_local/runs/${run}`, { conclusion }),
      rerun: async (run) => await people('POST', `/actions/runs/${run}/rerun`, {}),
    };
  };
}

const HOSTS = [
  { name: 'local GitHub', isTold: true, create: createBy((request) => github.handler(request)) },
  { name: 'an older GitHub', isTold: false, create: createBy(older) },
];
for (const host of HOSTS) {
  describeWorkflows(host);
  describeRefusals(host);
}
for (const isTold of [true, false]) {
  describeWorkflows({
    ...{ name: `in memory, runs ${isTold ? 'told' : 'not told'}`, isTold },
    create: async () => {
      await Promise.resolve();
      const workflows = new InMemoryWorkflows(clock, { isTold });
      return {
        workflows,
        end: async (run, conclusion) => {
          await Promise.resolve();
          workflows.end(run, conclusion);
        },
        rerun: async (run) => {
          await Promise.resolve();
          workflows.rerun(run);
        },
      };
    },
  });
}

describe('GitHub workflows', () => {
  const request = { workflow: 'smoke.yaml', ref: 'main', inputs: { reflex: 'a' } };

  it('need a right that a token for commits does not ask for', async () => {
    const commits = new GitHubWorkflows(createGitHubClient({ ...(await seeded()), auth }));
    await expect(commits.dispatch(request)).rejects.toThrow(WriteRefusedError);
    await expect(commits.dispatched('smoke.yaml')).rejects.toThrow(UpstreamError);
  });

  it('are counted against the budget, and not sent beyond it', async () => {
    const budget = { take: () => Promise.reject(new RateLimitedError('budget', 1_000)) };
    const client = createGitHubClient({ ...(await seeded()), auth: { kind: 'token', token: TOKEN }, budget });
    const workflows = new GitHubWorkflows(client);
    await expect(workflows.dispatch(request)).rejects.toThrow(RateLimitedError);
    expect((await workflows.dispatched('smoke.yaml')).runs).toEqual([]);
  });

  it('are sent once when the answer is lost', async () => {
    const options = await seeded();
    const client = createGitHubClient({ ...options, auth: { kind: 'token', token: TOKEN } });
    const workflows = new GitHubWorkflows(client);
    github.faults.add({ path: '/dispatches$', status: 502, applied: true, times: 1 });
    await expect(workflows.dispatch(request)).rejects.toMatchObject({ status: 502 });
    expect((await workflows.dispatched('smoke.yaml')).runs).toHaveLength(1);
  });
});
