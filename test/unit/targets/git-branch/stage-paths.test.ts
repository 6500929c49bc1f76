import { describe, expect, it } from 'vitest';

import { lookAtBranch } from '../../../../shared/targets/git-branch/next.ts';
import { branchWith, wish } from './branch.ts';

describe('a stage', () => {
  it('is written below its own paths only, whatever else is open on the branch', () => {
    const { change } = lookAtBranch(branchWith('dev', 'prod'), [wish('dev', '1.2.0'), wish('prod', '1.1.0')]);
    expect(change?.files.map(({ path, text }) => [path, /newTag: (.*)/.exec(text)?.[1]])).toEqual([
      ['clusters/dev/kustomization.yaml', '1.2.0'],
      ['clusters/prod/kustomization.yaml', '1.1.0'],
    ]);
  });

  it('has no place where only another stage names its image', () => {
    const { verdicts, steps } = lookAtBranch(branchWith('prod'), [wish('dev', '1.2.0')]);
    expect([steps, verdicts[0]?.reason]).toEqual([[], 'no-place']);
  });
});
