import { describe, expect, it } from 'vitest';

import type { CheckRun } from '../../shared/domain/image/check-runs.ts';
import type { CheckRuns } from '../../shared/ports/check-runs.ts';

/** Check runs under test, and the Apps that post them. */
export interface CheckRunsUnderTest {
  readonly checks: CheckRuns;
  /** Two commits that exist. */
  readonly commits: readonly [string, string];
  readonly post: (commit: string, run: CheckRun) => Promise<void>;
}

const run = (more: Partial<CheckRun> = {}): CheckRun => ({
  ...{ name: 'argocd/shop-dev', app: 'argo-cd', suite: 1, status: 'completed', conclusion: 'success' },
  ...more,
});
const byName = (runs: readonly CheckRun[]): readonly CheckRun[] =>
  runs.toSorted((a, b) => (`${a.name} ${a.suite}` < `${b.name} ${b.suite}` ? -1 : 1));

/** Every CheckRuns must pass this. */
export function describeCheckRuns(name: string, create: () => Promise<CheckRunsUnderTest>): void {
  describe(`CheckRuns contract: ${name}`, () => {
    it('are those of the commit alone', async () => {
      const { checks, commits, post } = await create();
      expect(await checks.list(commits[0])).toEqual([]);
      await post(commits[0], run());
      expect(await checks.list(commits[0])).toEqual([run()]);
      expect(await checks.list(commits[1])).toEqual([]);
    });

    it('are told in the words of the host, a conclusion only where there is one', async () => {
      const { checks, commits, post } = await create();
      const { conclusion, ...open } = run({ status: 'in_progress' });
      await post(commits[0], open);
      expect(await checks.list(commits[0])).toEqual([open]);
      expect(conclusion).toBe('success');
    });

    it('are the newest of each name, App and suite', async () => {
      const { checks, commits, post } = await create();
      const all = [run(), run({ suite: 2 }), run({ name: 'build / test (ubuntu)' })];
      await post(commits[0], run({ conclusion: 'failure' }));
      for (const one of all) {
        await post(commits[0], one);
      }
      expect(byName(await checks.list(commits[0]))).toEqual(byName(all));
    });

    it('are listed to the last page', async () => {
      const { checks, commits, post } = await create();
      for (let suite = 1; suite <= 101; suite += 1) {
        await post(commits[0], run({ suite }));
      }
      expect(await checks.list(commits[0])).toHaveLength(101);
    });
  });
}
