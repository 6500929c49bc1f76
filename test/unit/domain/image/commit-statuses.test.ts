import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judgeStatuses, type StatusOfCommit } from '../../../../shared/domain/image/commit-statuses.ts';

type Said = readonly [string, StatusOfCommit['state']];
const heard = (...said: readonly Said[]): StatusOfCommit[] => said.map(([context, state]) => ({ context, state }));
const FLUX = ['kustomization/apps/a1', 'kustomization/apps/b2'] as const;

describe('commit statuses', () => {
  it.each([
    ['none at all', [], [], 1, 'pending'],
    ['all that read the branch', [heard([FLUX[0], 'success'], [FLUX[1], 'success'])], [], 2, 'pass'],
    ['one of two', [heard([FLUX[0], 'success'])], [], 2, 'pending'],
    ['one that is at work', [heard([FLUX[0], 'success'], [FLUX[1], 'pending'])], [], 1, 'pending'],
    ['a failure', [heard([FLUX[0], 'success'], [FLUX[1], 'error'])], [], 2, 'fail'],
    ['what is no agent', [heard(['ci/build', 'failure'])], [], 1, 'pending'],
    ['Argo CD', [heard(['continuous-delivery/web', 'success'])], [], 1, 'pass'],
    ['a later commit that went well', [heard([FLUX[0], 'failure']), heard([FLUX[0], 'success'])], [], 1, 'pass'],
    [
      'a later commit of somebody else that did not',
      [heard([FLUX[0], 'success']), heard([FLUX[0], 'failure'])],
      [],
      1,
      'pass',
    ],
    ['both on different commits', [heard([FLUX[0], 'success']), heard([FLUX[1], 'success'])], [], 2, 'pass'],
    ['a context of each cluster', [heard(['x/c1', 'success'])], ['x/{cluster}'], 1, 'pending'],
    ['contexts of all clusters', [heard(['x/c1', 'success'], ['x/c2', 'success'])], ['x/{cluster}'], 9, 'pass'],
    ['a context without cluster', [heard(['ci/smoke', 'success'])], ['ci/smoke'], 9, 'pass'],
    ['a glob: one for each cluster', [heard(['x/1', 'success'])], ['x/*'], 9, 'pending'],
    ['others than those named', [heard(['x/1', 'failure'])], ['y/*'], 9, 'pending'],
  ] as const)('%s', (_, commits, contexts, readers, outcome) => {
    expect(judgeStatuses(commits, { contexts, clusters: ['c1', 'c2'], readers }).outcome).toBe(outcome);
  });

  it('of files that belong to no cluster in particular are wanted all the same', () => {
    const question = { contexts: ['x/{cluster}'], clusters: [], readers: 0 };
    expect(judgeStatuses([], question).outcome).toBe('pending');
    expect(judgeStatuses([heard(['x/any', 'success'])], question).outcome).toBe('pass');
  });

  it('say the same whatever the order of commits and contexts', () => {
    const status = fc.record({
      context: fc.constantFrom(...FLUX, 'ci/build'),
      state: fc.constantFrom('pending' as const, 'success' as const, 'failure' as const, 'error' as const),
    });
    fc.assert(
      fc.property(fc.array(fc.array(status)), (commits) => {
        const question = { contexts: [], clusters: [], readers: 2 };
        const turned = commits.toReversed().map((one) => one.toReversed());
        expect(judgeStatuses(turned, question).outcome).toBe(judgeStatuses(commits, question).outcome);
      }),
    );
  });
});
