import { NotFoundError } from '../../errors.ts';
import type { WorkflowRun } from '../../domain/image/workflow-dispatch.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DispatchedRuns, WorkflowRequest, Workflows } from '../../ports/workflows.ts';

const LISTED = 100;

/** Workflows in memory; each names its runs by the input `reflex`, unless it is told not to. */
export class InMemoryWorkflows implements Workflows {
  readonly #clock: Clock;
  readonly #runs: (WorkflowRun & { readonly workflow: string })[] = [];
  readonly #isTold: boolean;
  readonly #isShown: boolean;

  /** @param how - whether a dispatch is answered with its run, and whether runs show what they were given. */
  constructor(
    clock: Clock,
    { isTold = true, isShown = true }: { readonly isTold?: boolean; readonly isShown?: boolean } = {},
  ) {
    this.#clock = clock;
    this.#isTold = isTold;
    this.#isShown = isShown;
  }

  async dispatch({ workflow, inputs }: WorkflowRequest): Promise<{ readonly run?: number }> {
    await Promise.resolve();
    const id = this.#runs.length + 1;
    const title = this.#isShown ? `smoke ${inputs['reflex'] ?? ''}` : 'smoke';
    const createdAt = this.#clock.now().toISOString();
    this.#runs.push({ workflow, id, title, createdAt, status: 'queued', attempt: 1 });
    return this.#isTold ? { run: id } : {};
  }

  async run(id: number): Promise<WorkflowRun> {
    await Promise.resolve();
    const { workflow: _, ...run } = this.#run(id);
    return run;
  }

  async dispatched(workflow: string): Promise<DispatchedRuns> {
    await Promise.resolve();
    const all = this.#runs.filter((run) => run.workflow === workflow).toReversed();
    return { runs: all.slice(0, LISTED).map(({ workflow: _, ...run }) => run), isWhole: all.length <= LISTED };
  }

  /** How many runs there are. */
  get count(): number {
    return this.#runs.length;
  }

  /** A run's attempt ends so, or is at work if there is no conclusion. */
  end(id: number, conclusion?: string): void {
    const { conclusion: _, ...run } = this.#run(id);
    const status = conclusion === undefined ? 'in_progress' : 'completed';
    this.#runs[id - 1] = { ...run, status, ...(conclusion === undefined ? {} : { conclusion }) };
  }

  /** A person runs it again. */
  rerun(id: number): void {
    const { conclusion: _, ...run } = this.#run(id);
    this.#runs[id - 1] = { ...run, status: 'queued', attempt: run.attempt + 1 };
  }

  #run(id: number): WorkflowRun & { readonly workflow: string } {
    const run = this.#runs[id - 1];
    if (run === undefined) {
      throw new NotFoundError(`run ${id} does not exist`);
    }
    return run;
  }
}
