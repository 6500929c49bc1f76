import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { answerOf, statusesOfRuns, type CheckRun } from '../../../../shared/domain/image/check-runs.ts';
import { judgeStatuses } from '../../../../shared/domain/image/commit-statuses.ts';

const run = (more: Partial<CheckRun>): CheckRun => ({
  name: 'x/c1',
  app: 'argo',
  suite: 1,
  status: 'completed',
  ...more,
});
const QUESTION = { contexts: ['x/{cluster}'], clusters: ['c1'], readers: 1 };
const outcomeOf = (...commits: readonly (readonly CheckRun[])[]): string =>
  judgeStatuses(
    commits.map((runs) => statusesOfRuns(runs)),
    QUESTION,
  ).outcome;

describe('a check run', () => {
  it.each([
    ['completed', 'success', 'success'],
    ['completed', 'failure', 'failure'],
    ['completed', 'timed_out', 'failure'],
    ['completed', 'neutral', 'pending'],
    ['completed', 'skipped', 'pending'],
    ['completed', 'cancelled', 'pending'],
    ['completed', 'stale', 'pending'],
    ['completed', 'action_required', 'pending'],
    ['completed', 'startup_failure', 'pending'],
    ['completed', 'constructor', 'pending'],
    ['completed', undefined, 'pending'],
    ['in_progress', undefined, 'pending'],
    ['queued', 'success', 'pending'],
    ['waiting', undefined, 'pending'],
  ])('%s %s is %s', (status, conclusion, answer) => {
    expect(answerOf({ status, ...(conclusion === undefined ? {} : { conclusion }) })).toBe(answer);
  });
});

describe('check runs', () => {
  it.each([
    ['none at all', [], 'pending'],
    ['success', [[run({ conclusion: 'success' })]], 'pass'],
    ['one that was skipped', [[run({ conclusion: 'skipped' })]], 'pending'],
    ['a failure', [[run({ conclusion: 'failure' })]], 'fail'],
    ['a later commit that went well', [[run({ conclusion: 'failure' })], [run({ conclusion: 'success' })]], 'pass'],
    ['two suites that disagree', [[run({ conclusion: 'success', suite: 2 }), run({ conclusion: 'failure' })]], 'fail'],
    [
      'a suite that is still at work',
      [[run({ conclusion: 'success' }), run({ suite: 2, status: 'in_progress' })]],
      'pending',
    ],
    [
      'another App that fails under the same name',
      [[run({ conclusion: 'success' }), run({ app: 'other', conclusion: 'failure' })]],
      'fail',
    ],
  ] as const)('%s', (_, commits, outcome) => {
    expect(outcomeOf(...commits)).toBe(outcome);
  });

  it('are heard from one App alone where that is asked for', () => {
    const runs = [run({ conclusion: 'success' }), run({ app: 'other', conclusion: 'failure' })];
    expect(judgeStatuses([statusesOfRuns(runs, 'argo')], QUESTION).outcome).toBe('pass');
    expect(judgeStatuses([statusesOfRuns(runs, 'nobody')], QUESTION).outcome).toBe('pending');
  });

  it('say why nothing can be told yet', () => {
    const runs = statusesOfRuns([run({ conclusion: 'action_required' })]);
    expect(judgeStatuses([runs], QUESTION).reason).toContain('x/c1: action_required');
  });

  it('never pass where one of them failed on every commit, whatever else is posted', () => {
    const other = fc.record({
      name: fc.constantFrom('x/c1', 'x/c2'),
      app: fc.constantFrom('argo', 'other'),
      suite: fc.nat(3),
      status: fc.constantFrom('completed', 'in_progress'),
      conclusion: fc.constantFrom('success', 'failure', 'neutral', 'new-word'),
    });
    const failure = run({ conclusion: 'failure', suite: 9 });
    fc.assert(
      fc.property(fc.array(fc.array(other), { minLength: 1 }), (commits) => {
        expect(outcomeOf(...commits.map((runs) => [...runs, failure]))).toBe('fail');
      }),
    );
  });
});
