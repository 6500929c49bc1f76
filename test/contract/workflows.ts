import { describe, expect, it } from 'vitest';

import { NotFoundError, UpstreamError, WriteRefusedError } from '../../shared/errors.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';

/** Workflows under test: `smoke.yaml` names its runs `smoke REFLEX`, where `reflex` and `tag` are its inputs. */
export interface WorkflowsUnderTest {
  readonly workflows: Workflows;
  /** An attempt of a run ends so. */
  readonly end: (run: number, conclusion: string) => Promise<void>;
  readonly rerun: (run: number) => Promise<void>;
}

export interface WorkflowsBackend {
  readonly name: string;
  /** True if a dispatch is answered with its run. */
  readonly isTold: boolean;
  readonly create: () => Promise<WorkflowsUnderTest>;
}

const request = (reflex: string) => ({ workflow: 'smoke.yaml', ref: 'main', inputs: { reflex, tag: '1.0.0' } });

/** Every Workflows must pass this. */
export function describeWorkflows({ name, isTold, create }: WorkflowsBackend): void {
  describe(`Workflows contract: ${name}`, () => {
    it('starts one run a dispatch, which shows what it was given', async () => {
      const { workflows } = await create();
      const told = [await workflows.dispatch(request('a')), await workflows.dispatch(request('b'))];
      const { runs, isWhole } = await workflows.dispatched('smoke.yaml');
      expect(isWhole).toBe(true);
      expect(runs.map(({ title, status, attempt }) => ({ title, status, attempt }))).toEqual([
        { title: 'smoke b', status: 'queued', attempt: 1 },
        { title: 'smoke a', status: 'queued', attempt: 1 },
      ]);
      expect(told).toEqual(isTold ? [{ run: runs[1]?.id }, { run: runs[0]?.id }] : [{}, {}]);
      expect(Date.parse(runs[0]?.createdAt ?? '')).not.toBeNaN();
    });

    it('tells how a run ends, and that it runs again under its id', async () => {
      const { workflows, end, rerun } = await create();
      await workflows.dispatch(request('a'));
      const [first] = (await workflows.dispatched('smoke.yaml')).runs;
      const id = first?.id ?? 0;
      expect(await workflows.run(id)).not.toHaveProperty('conclusion');
      await end(id, 'failure');
      expect(await workflows.run(id)).toMatchObject({ id, status: 'completed', conclusion: 'failure', attempt: 1 });
      await rerun(id);
      expect(await workflows.run(id)).toMatchObject({ id, status: 'queued', attempt: 2 });
      await end(id, 'success');
      expect(await workflows.run(id)).toMatchObject({ id, conclusion: 'success', attempt: 2 });
    });

    it('knows no run that there is not', async () => {
      const { workflows } = await create();
      await expect(workflows.run(12_345)).rejects.toThrow(NotFoundError);
      expect(await workflows.dispatched('smoke.yaml')).toEqual({ runs: [], isWhole: true });
    });
  });
}

/** What a host adds to the contract: it reads the workflow's file. */
export function describeRefusals({ name, create }: WorkflowsBackend): void {
  describe(`refused dispatches: ${name}`, () => {
    it.each([
      ['a file that there is not', { workflow: 'none.yaml' }, NotFoundError],
      ['a branch that there is not', { ref: 'none' }, WriteRefusedError],
      ['a file without the trigger', { workflow: 'push.yaml' }, WriteRefusedError],
      ['an input that the file does not declare', { inputs: { reflex: 'a', other: 'b' } }, WriteRefusedError],
    ])('%s', async (_, change, error) => {
      const { workflows } = await create();
      await expect(workflows.dispatch({ ...request('a'), ...change })).rejects.toThrow(error);
      expect(error).not.toBe(UpstreamError);
      expect((await workflows.dispatched('smoke.yaml')).runs).toEqual([]);
    });
  });
}
