import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import { lookAtBranch } from '../../../../shared/targets/git-branch/next.ts';
import type { ObservedBranch } from '../../../../shared/targets/git-branch/observe.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';

function wish(stage: string, tag: string): Intent {
  return {
    schema: 1,
    subject: `${IMAGE}@${stage}`,
    by: { reaction: 'image-rollout' },
    cause: 'push',
    kind: 'image',
    value: { image: IMAGE, stage, tag, digest: `sha256:${'a'.repeat(64)}`, paths: [`clusters/${stage}/**`] },
    mode: 'enforce',
    reason: 'newest',
    signals: [`registry#${stage}`],
    asOf: '2026-01-01T00:00:00.000Z',
    openedAt: '2026-01-01T00:00:00.000Z',
    state: 'open',
  };
}

function branchWith(...stages: readonly string[]): ObservedBranch {
  const text = `images:\n- name: web\n  newName: ${IMAGE}\n  newTag: 1.0.0\n`;
  const files = stages.map((stage) => ({
    path: `clusters/${stage}/kustomization.yaml`,
    mode: '100644' as const,
    text,
  }));
  return { head: 'c0', files, warnings: [] };
}

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
