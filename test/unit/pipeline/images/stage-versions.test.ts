import { describe, expect, it } from 'vitest';

import { versionsOf } from '../../../../shared/pipeline/images/stage-versions.ts';
import type { OurWrite } from '../../../../shared/targets/git-branch/index.ts';
import { at, digestOf, rowOf } from '../../reactions/image-promotion/rows.ts';

const wrote = (tag: string, commit: string, from: string): OurWrite => ({
  ...{ subject: 'contoso.azurecr.io/shop/web@dev', tag, digests: [digestOf(tag)], from: [from] },
  ...{ commit, at: at(0), before: 'b' },
});

describe('the versions that a stage had', () => {
  const good = [
    { tag: '1.1', digest: digestOf('1.1'), at: at(5) },
    { tag: '1.0', digest: digestOf('1.0'), at: at(1) },
  ];

  it('are told once, with when they passed and by which commit of ours they came', () => {
    const writes = [wrote('1.2', 'c2', '1.1'), wrote('1.1', 'c1', '1.0')];
    expect(versionsOf(rowOf('dev', { good }), writes)).toEqual([
      { tag: '1.1', digest: digestOf('1.1'), goodAt: at(5), commit: 'c1' },
      { tag: '1.0', digest: digestOf('1.0'), goodAt: at(1) },
      { tag: '1.2', digest: digestOf('1.2'), commit: 'c2' },
    ]);
  });

  it('are not those of a commit that wrote another digest of the tag', () => {
    const other = { ...wrote('1.1', 'c1', '1.0'), digests: [digestOf('x')] };
    expect(versionsOf(rowOf('dev', { good }), [other])).toEqual([
      { tag: '1.1', digest: digestOf('1.1'), goodAt: at(5) },
      { tag: '1.0', digest: digestOf('1.0'), goodAt: at(1) },
      { tag: '1.1', digest: digestOf('x'), commit: 'c1' },
    ]);
  });
});
