import type { Intent } from '../../../../shared/intents/intent.ts';
import type { ObservedBranch } from '../../../../shared/targets/git-branch/observed.ts';

export const IMAGE = 'contoso.azurecr.io/shop/web';

export function wish(stage: string, tag: string): Intent {
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

export function branchWith(...stages: readonly string[]): ObservedBranch {
  const text = `images:\n- name: web\n  newName: ${IMAGE}\n  newTag: 1.0.0\n`;
  const files = stages.map((stage) => ({
    path: `clusters/${stage}/kustomization.yaml`,
    mode: '100644' as const,
    text,
  }));
  return { head: 'c0', files, warnings: [] };
}
