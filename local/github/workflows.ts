import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parse } from 'yaml';

import { failure, json } from './answer.ts';
import type { ApiCall } from './api-call.ts';
import type { Repository } from './repository.ts';

interface Run {
  readonly id: number;
  readonly name: string;
  readonly display_title: string;
  readonly path: string;
  readonly event: 'workflow_dispatch';
  readonly status: string;
  readonly conclusion: string | null;
  readonly run_attempt: number;
  readonly created_at: string;
  readonly html_url: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** What is looked at of a workflow file. */
interface Definition {
  readonly name?: string;
  readonly 'run-name'?: string;
  readonly on?: { readonly workflow_dispatch?: { readonly inputs?: Readonly<Record<string, unknown>> } | null };
}

const PAGE = 100;
/** So that a run is told from a number of anything else. */
const FIRST_ID = 9_000_001;

/** `POST /actions/workflows/{file}/dispatches`: GitHub refuses inputs that the file does not declare. */
export async function dispatchWorkflow(
  repository: Repository,
  { request, clock }: ApiCall,
  [file = '']: readonly string[],
): Promise<Response> {
  const body = (await request.json().catch(() => ({}))) as {
    readonly ref?: string;
    readonly inputs?: Readonly<Record<string, string>>;
    readonly return_run_details?: boolean;
  };
  const { ref = '', inputs = {} } = body;
  const path = `.github/workflows/${file}`;
  const sha = await repository.resolve(`refs/heads/${ref}^{commit}`);
  if (sha === undefined) {
    return failure(422, `No ref found for: ${ref}`);
  }
  const blob = await repository.resolve(`${sha}:${path}`);
  if (blob === undefined) {
    return failure(404, 'Not Found');
  }
  const definition = parse((await repository.readBlob(blob)).toString('utf8')) as Definition;
  if (definition.on?.workflow_dispatch === undefined) {
    return failure(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  const declared = Object.keys(definition.on.workflow_dispatch?.inputs ?? {});
  const unexpected = Object.keys(inputs).filter((name) => !declared.includes(name));
  if (unexpected.length > 0) {
    return failure(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  const run = await addRun(repository, { definition, path, inputs, at: clock.now().toISOString() });
  return body.return_run_details === true
    ? json(200, { workflow_run_id: run.id, run_url: run.html_url, html_url: run.html_url })
    : new Response(null, { status: 204 });
}

/** `GET /actions/workflows/{file}/runs`: newest first. */
export async function listWorkflowRuns(
  repository: Repository,
  { url }: ApiCall,
  [file = '']: readonly string[],
): Promise<Response> {
  const all = (await allOf(repository)).filter(({ path }) => path === `.github/workflows/${file}`).toReversed();
  const size = Math.min(Number(url.searchParams.get('per_page') ?? PAGE), PAGE);
  return json(200, { total_count: all.length, workflow_runs: all.slice(0, size) });
}

/** `GET /actions/runs/{id}` */
export async function readWorkflowRun(
  repository: Repository,
  _call: ApiCall,
  [id = '']: readonly string[],
): Promise<Response> {
  const run = (await allOf(repository)).find((one) => one.id === Number(id));
  return run === undefined ? failure(404, 'Not Found') : json(200, run);
}

/** `POST /actions/runs/{id}/rerun`: a person tries again; the run keeps its id. */
export async function rerunWorkflow(
  repository: Repository,
  _call: ApiCall,
  [id = '']: readonly string[],
): Promise<Response> {
  const run = await change(repository, Number(id), ({ run_attempt: attempt }) => ({
    ...{ status: 'queued', conclusion: null, run_attempt: attempt + 1 },
  }));
  return run === undefined ? failure(404, 'Not Found') : json(201, {});
}

/** `PATCH /_local/runs/{id}`: how a run goes on, because nobody runs it here. */
export async function steerWorkflowRun(
  repository: Repository,
  { request }: ApiCall,
  [id = '']: readonly string[],
): Promise<Response> {
  const { status, conclusion } = (await request.json().catch(() => ({}))) as Partial<Run>;
  const run = await change(repository, Number(id), () => ({
    status: status ?? (typeof conclusion === 'string' ? 'completed' : 'in_progress'),
    conclusion: conclusion ?? null,
  }));
  return run === undefined ? failure(404, 'Not Found') : json(200, run);
}

interface NewRun {
  readonly definition: Definition;
  readonly path: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly at: string;
}

async function addRun(repository: Repository, { definition, path, inputs, at }: NewRun): Promise<Run> {
  const all = await allOf(repository);
  const id = FIRST_ID + all.length;
  const name = definition.name ?? path;
  const { owner, name: repo } = repository;
  const run: Run = {
    ...{ id, name, display_title: titled(definition['run-name'] ?? name, inputs), path, event: 'workflow_dispatch' },
    ...{ status: 'queued', conclusion: null, run_attempt: 1, created_at: at, inputs },
    html_url: `https://github.example/${owner}/${repo}/actions/runs/${id}`,
  };
  await save(repository, [...all, run]);
  return run;
}

/** As much of GitHub's expressions as a run's name needs: its inputs. */
function titled(name: string, inputs: Readonly<Record<string, string>>): string {
  return name.replaceAll(/\$\{\{\s*inputs\.([A-Za-z0-9_-]+)\s*\}\}/g, (_, input: string) => inputs[input] ?? '');
}

async function change(repository: Repository, id: number, to: (run: Run) => Partial<Run>): Promise<Run | undefined> {
  const all = await allOf(repository);
  const changed = all.map((run) => (run.id === id ? { ...run, ...to(run) } : run));
  await save(repository, changed);
  return changed.find((run) => run.id === id);
}

async function allOf(repository: Repository): Promise<readonly Run[]> {
  const text = await readFile(fileOf(repository), 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly Run[];
}

async function save(repository: Repository, runs: readonly Run[]): Promise<void> {
  const draft = `${fileOf(repository)}.draft`;
  await writeFile(draft, JSON.stringify(runs));
  await rename(draft, fileOf(repository));
}

function fileOf({ directory }: Repository): string {
  return join(directory, 'workflow-runs.json');
}
