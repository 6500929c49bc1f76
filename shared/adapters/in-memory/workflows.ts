import { NotFoundError } from '../../errors.ts';
import type { WorkflowRun } from '../../domain/image/workflow-dispatch.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DispatchedRuns, WorkflowRequest, Workflows } from '../../ports/workflows.ts';

const LISTED = 100;

interface StoredRun {
  readonly workflow: string;
  readonly run: WorkflowRun;
}

/** Workflows in memory; each names its runs by the input `reflex`, unless it is told not to. */
export class InMemoryWorkflows implements Workflows {
  readonly #clock: Clock;
  readonly #runs: StoredRun[] = [];
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
    this.#runs.push({ workflow, run: { id, title, createdAt, status: 'queued', attempt: 1 } });
    return this.#isTold ? { run: id } : {};
  }

  async run(id: number): Promise<WorkflowRun> {
    await Promise.resolve();
    return this.#stored(id).run;
  }

  async dispatched(workflow: string): Promise<DispatchedRuns> {
    await Promise.resolve();
    const all = this.#runs.filter((one) => one.workflow === workflow).toReversed();
    return { runs: all.slice(0, LISTED).map(({ run }) => run), isWhole: all.length <= LISTED };
  }

  /** How many runs there are. */
  get count(): number {
    return this.#runs.length;
  }

  /** A run's attempt ends so, or is at work if there is no conclusion. */
  end(id: number, conclusion?: string): void {
    const status = conclusion === undefined ? 'in_progress' : 'completed';
    this.#change(id, ({ attempt }) => ({ status, attempt, ...(conclusion === undefined ? {} : { conclusion }) }));
  }

  /** A person runs it again. */
  rerun(id: number): void {
    this.#change(id, ({ attempt }) => ({ status: 'queued', attempt: attempt + 1 }));
  }

  #change(id: number, to: (run: WorkflowRun) => Pick<WorkflowRun, 'status' | 'attempt' | 'conclusion'>): void {
    const { workflow, run } = this.#stored(id);
    const { title, createdAt } = run;
    this.#runs[id - 1] = { workflow, run: { id, title, createdAt, ...to(run) } };
  }

  #stored(id: number): StoredRun {
    const stored = this.#runs[id - 1];
    if (stored === undefined) {
      throw new NotFoundError(`run ${id} does not exist`);
    }
    return stored;
  }
}
