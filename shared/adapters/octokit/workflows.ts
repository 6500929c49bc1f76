import { RequestError } from '@octokit/request-error';

import type { WorkflowRun } from '../../domain/image/workflow-dispatch.ts';
import type { DispatchedRuns, WorkflowRequest, Workflows } from '../../ports/workflows.ts';
import type { GitHubClient } from './client.ts';
import { toReadError, toWriteError } from './errors.ts';

const PAGE = 100;

/** Workflows on GitHub Actions. */
export class GitHubWorkflows implements Workflows {
  readonly #client: GitHubClient;
  readonly #repository: { readonly owner: string; readonly repo: string };

  constructor(client: GitHubClient) {
    this.#client = client;
    this.#repository = { owner: client.owner, repo: client.repo };
  }

  async dispatch(request: WorkflowRequest): Promise<{ readonly run?: number }> {
    await this.#client.budget.take(1);
    try {
      return await this.#dispatch(request, { return_run_details: true });
    } catch (error) {
      throw toWriteError('dispatch a workflow', error, this.#client.clock);
    }
  }

  /** An Enterprise Server may not know the parameter: it refuses the whole call then, so sending it again is safe. */
  async #dispatch(
    request: WorkflowRequest,
    more: { readonly return_run_details?: true },
  ): Promise<{ readonly run?: number }> {
    const { workflow, ref, inputs } = request;
    try {
      const route = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';
      const about = { ...this.#repository, workflow_id: workflow, ref, inputs: { ...inputs }, ...more };
      const { data } = (await this.#client.writer.request(route, about)) as { data: unknown };
      const run = (data as { readonly workflow_run_id?: unknown } | undefined)?.workflow_run_id;
      return typeof run === 'number' && Number.isSafeInteger(run) ? { run } : {};
    } catch (error) {
      const isUnknown =
        error instanceof RequestError &&
        [400, 422].includes(error.status) &&
        error.message.includes('return_run_details');
      if (isUnknown && more.return_run_details === true) {
        return await this.#dispatch(request, {});
      }
      throw error;
    }
  }

  async run(id: number): Promise<WorkflowRun> {
    return await this.#read('read workflow run', async () => {
      const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
      return toRun((await this.#client.reader.request(route, { ...this.#repository, run_id: id })).data);
    });
  }

  async dispatched(workflow: string): Promise<DispatchedRuns> {
    return await this.#read('list workflow runs', async () => {
      const route = 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs';
      const query = { workflow_id: workflow, event: 'workflow_dispatch', per_page: PAGE };
      const { data } = await this.#client.reader.request(route, { ...this.#repository, ...query });
      const runs = data.workflow_runs.map(toRun);
      return { runs, isWhole: runs.length === data.total_count };
    });
  }

  async #read<T>(operation: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw toReadError(operation, error, this.#client.clock);
    }
  }
}

interface HostRun {
  readonly id: number | bigint;
  readonly name?: string | null;
  readonly display_title?: string;
  readonly status: string | null;
  readonly conclusion: string | null;
  readonly run_attempt?: number;
  readonly created_at: string;
  readonly html_url?: string;
}

function toRun(run: Readonly<HostRun>): WorkflowRun {
  const { id, name, display_title: title, status, conclusion, run_attempt: attempt = 1, html_url: url } = run;
  return {
    ...{ id: Number(id), title: title ?? name ?? '', createdAt: run.created_at, status: status ?? 'unknown', attempt },
    ...(conclusion === null ? {} : { conclusion }),
    ...(url === undefined ? {} : { url }),
  };
}
