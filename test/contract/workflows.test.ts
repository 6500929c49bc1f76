import { describe, expect, it } from 'vitest';

import { InMemoryWorkflows } from '../../shared/adapters/in-memory/workflows.ts';
import { createGitHubClient, PERMISSIONS } from '../../shared/adapters/octokit/client.ts';
import { GitHubWorkflows } from '../../shared/adapters/octokit/workflows.ts';
import { RateLimitedError, UpstreamError, WriteRefusedError } from '../../shared/errors.ts';
import { AS_APP, AS_PERSON, HostedGitHub } from './hosted-github.ts';
import { describeRefusals, describeWorkflows, type WorkflowsUnderTest } from './workflows.ts';

const SMOKE = `name: Smoke
run-name: smoke \${{ inputs.reflex }}
on:
  workflow_dispatch:
    inputs: { reflex: { required: true }, tag: {} }
`;
const hosted = new HostedGitHub();

/** An Enterprise Server that does not know the parameter. */
async function older(request: Request): Promise<Response> {
  const text = request.method === 'POST' ? await request.clone().text() : '';
  return text.includes('return_run_details')
    ? Response.json({ message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' }, { status: 422 })
    : await hosted.github.handler(request);
}

async function seeded(): Promise<ReturnType<HostedGitHub['options']>> {
  const files = { '.github/workflows/smoke.yaml': SMOKE, '.github/workflows/push.yaml': 'on: { push: {} }\n' };
  return hosted.options((await hosted.create(files)).repo);
}

function fetchBy(handler: (request: Request) => Promise<Response>): typeof fetch {
  return (input, init) => handler(new Request(input, init));
}

function createBy(handler: (request: Request) => Promise<Response>): () => Promise<WorkflowsUnderTest> {
  return async () => {
    const options = { ...(await seeded()), fetch: fetchBy(handler) };
    const people = async (method: string, path: string, body: object): Promise<void> => {
      expect((await hosted.ask(options.repo, method, path, body)).ok).toBe(true);
    };
    return {
      workflows: new GitHubWorkflows(
        createGitHubClient({ ...options, auth: AS_APP, permissions: PERMISSIONS.workflows }),
      ),
      end: async (run, conclusion) => await people('PATCH', `/_local/runs/${run}`, { conclusion }),
      rerun: async (run) => await people('POST', `/actions/runs/${run}/rerun`, {}),
    };
  };
}

const HOSTS = [
  { name: 'local GitHub', isTold: true, create: createBy((request) => hosted.github.handler(request)) },
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
      const workflows = new InMemoryWorkflows(hosted.clock, { isTold });
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
    const commits = new GitHubWorkflows(createGitHubClient({ ...(await seeded()), auth: AS_APP }));
    await expect(commits.dispatch(request)).rejects.toThrow(WriteRefusedError);
    await expect(commits.dispatched('smoke.yaml')).rejects.toThrow(UpstreamError);
  });

  it('are counted against the budget, and not sent beyond it', async () => {
    const budget = { take: () => Promise.reject(new RateLimitedError('budget', 1_000)) };
    const client = createGitHubClient({ ...(await seeded()), auth: AS_PERSON, budget });
    const workflows = new GitHubWorkflows(client);
    await expect(workflows.dispatch(request)).rejects.toThrow(RateLimitedError);
    expect((await workflows.dispatched('smoke.yaml')).runs).toEqual([]);
  });

  it('are sent once when the answer is lost', async () => {
    const options = await seeded();
    const client = createGitHubClient({ ...options, auth: AS_PERSON });
    const workflows = new GitHubWorkflows(client);
    hosted.github.faults.add({ path: '/dispatches$', status: 502, applied: true, times: 1 });
    await expect(workflows.dispatch(request)).rejects.toMatchObject({ status: 502 });
    expect((await workflows.dispatched('smoke.yaml')).runs).toHaveLength(1);
  });
});
