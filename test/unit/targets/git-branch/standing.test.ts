import { describe, expect, it } from 'vitest';

import { readImageName } from '../../../../shared/domain/image/reference.ts';
import { standingAt } from '../../../../shared/targets/git-branch/standing.ts';
import { IMAGE } from './branch.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

function standing(
  files: Readonly<Record<string, string>>,
  place: Parameters<typeof standingAt>[2] = { paths: ['**'] },
): ReturnType<typeof standingAt> {
  const observed = Object.entries(files).map(([path, text]) => ({ path, mode: '100644' as const, text }));
  return standingAt({ head: 'c0', files: observed, warnings: [] }, readImageName(IMAGE), place);
}

function kustomization(lines: readonly string[]): string {
  return ['images:', `- name: ${IMAGE}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

describe('what stands at an image’s places', () => {
  it('takes a tag and a digest that are values of their own for one', () => {
    const text = kustomization(['newTag: 1.0.0', `digest: ${DIGEST}`]);
    expect(standing({ 'a/kustomization.yaml': text })).toEqual([{ tag: '1.0.0', digest: DIGEST }]);
  });

  it('tells each pair once, over all files', () => {
    const [old, same, digest] = [
      kustomization(['newTag: 1.0.0']),
      kustomization(['newTag: 2.0.0']),
      kustomization([`digest: ${DIGEST}`]),
    ];
    expect(
      standing({
        'a/kustomization.yaml': old,
        'b/kustomization.yaml': same,
        'c/kustomization.yaml': same,
        'd/kustomization.yaml': digest,
      }),
    ).toEqual([{ tag: '1.0.0' }, { tag: '2.0.0' }, { digest: DIGEST }]);
  });

  it('keeps several of one file apart', () => {
    const pod = (tag: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - image: ${IMAGE}:${tag}\n`;
    const text = `${pod(`1.0.0@${DIGEST}`)}---\n${pod(`1.1.0@${OTHER}`)}`;
    expect(standing({ 'pods.yaml': text })).toEqual([
      { tag: '1.0.0', digest: DIGEST },
      { tag: '1.1.0', digest: OTHER },
    ]);
  });

  it('says nothing of other folders, of other images, and of what cannot be edited', () => {
    const text = kustomization(['newTag: 1.0.0']);
    const files = {
      'b/kustomization.yaml': text,
      'a/other.yaml': 'image: contoso.azurecr.io/other:1\n',
      'a/broken.yaml': `image: ${IMAGE}:1.0.0\n\tx: [`,
    };
    expect(standing(files, { paths: ['a/**'] })).toEqual([]);
  });

  it('reads what an explicit key holds', () => {
    const place = { paths: ['a/**'], keys: { 'a/values.yaml': ['web.version'] } };
    expect(standing({ 'a/values.yaml': 'web:\n  version: 1.2.3\n' }, place)).toEqual([{ tag: '1.2.3' }]);
  });
});
