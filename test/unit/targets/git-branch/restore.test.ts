import { describe, expect, it } from 'vitest';

import type { Rollback } from '../../../../shared/domain/image/placement.ts';
import { lookAtBranch } from '../../../../shared/targets/git-branch/next.ts';
import { IMAGE, wish } from './branch.ts';

const before = 'c1';
const digest = `sha256:${'a'.repeat(64)}`;
const path = 'clusters/dev/kustomization.yaml';
const EARLIER = `images:\n- name: web\n  newName: ${IMAGE}\n  newTag: 1.10 # as it was\n`;
const WRITTEN = EARLIER.replace('1.10', '"1.20"');

function rolledBack(now: string, value: Partial<Rollback> = {}): string | undefined {
  const rollback = { ...wish('dev', '1.10'), kind: 'rollback' };
  const { change } = lookAtBranch(
    {
      head: 'c2',
      files: [{ path, mode: '100644', text: now }],
      warnings: [],
      earlier: new Map([[before, new Map([[path, EARLIER]])]]),
    },
    [{ ...rollback, value: { ...rollback.value, before, undoes: { tag: '1.20', digest }, ...value } }],
  );
  return change?.files[0]?.text;
}

describe('a rollback', () => {
  it('brings back the very bytes that stood there before', () => {
    expect(rolledBack(WRITTEN)).toBe(EARLIER);
  });

  it.each([
    ['somebody has changed the file since', `# mine\n${WRITTEN}`, {}, `# mine\n${EARLIER.replace('1.10', '"1.10"')}`],
    ['the commit before is gone', WRITTEN, { before: 'gone' }, EARLIER.replace('1.10', '"1.10"')],
    ['it goes further back', WRITTEN, { tag: '1.05' }, EARLIER.replace('1.10', '"1.05"')],
  ])('is planned anew where %s', (_, now, value, expected) => {
    expect(rolledBack(now, value)).toBe(expected);
  });
});
