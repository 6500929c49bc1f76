import type { CheckRun } from '../../domain/image/check-runs.ts';
import type { CheckRuns } from '../../ports/check-runs.ts';

/** CheckRuns in memory. */
export class InMemoryCheckRuns implements CheckRuns {
  readonly #runs = new Map<string, readonly CheckRun[]>();

  async list(commit: string): Promise<readonly CheckRun[]> {
    await Promise.resolve();
    return this.#runs.get(commit) ?? [];
  }

  /** What an App posts, or posts anew under the same name in the same suite. */
  post(commit: string, run: CheckRun): void {
    const others = (this.#runs.get(commit) ?? []).filter(
      ({ name, app, suite }) => name !== run.name || app !== run.app || suite !== run.suite,
    );
    this.#runs.set(commit, [...others, run]);
  }
}
