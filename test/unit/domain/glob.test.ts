import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { matchesGlob } from '../../../shared/domain/glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['clusters/dev/a.yaml', 'clusters/dev/a.yaml', true],
    ['clusters/dev/a.yaml', 'clusters/dev/*', true],
    ['clusters/dev/b/a.yaml', 'clusters/dev/*', false],
    ['clusters/dev/b/a.yaml', 'clusters/dev/**', true],
    ['clusters/dev/a.yaml', 'clusters/**/a.yaml', true],
    ['clusters/a.yaml', 'clusters/**/a.yaml', true],
    ['clusters/dev/a.yaml', '**', true],
    ['clusters/dev-2/a.yaml', 'clusters/dev/**', false],
    ['clusters/dev/a.yml', 'clusters/dev/*.y?ml', false],
    ['clusters/dev/a.yaml', 'clusters/dev/*.y?ml', true],
    ['clusters/dev/.argocd-source-web.yaml', 'clusters/dev/**', true],
    ['clusters/dev/.argocd-source-web.yaml', 'clusters/dev/.argocd-source-*.yaml', true],
    ['clusters/[dev]/a.yaml', 'clusters/[dev]/a.yaml', true],
    ['clusters/d/a.yaml', 'clusters/[dev]/a.yaml', false],
    ['clusters/dev/a.yaml', 'clusters/{dev,prod}/a.yaml', false],
    ['Clusters/dev/a.yaml', 'clusters/**', false],
    ['clusters/🚀/a.yaml', 'clusters/?/a.yaml', true],
    ['a', '', false],
  ])('%s by %s: %s', (path, glob, expected) => {
    expect(matchesGlob(path, glob)).toBe(expected);
  });

  const segment = fc.stringMatching(/^[a-c.]{1,4}$/);

  it('a path matches itself, and every glob made by putting wildcards in its place', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.nat(), (segments, pick) => {
        const path = segments.join('/');
        const at = pick % segments.length;
        expect(matchesGlob(path, path)).toBe(true);
        expect(matchesGlob(path, segments.with(at, '*').join('/'))).toBe(true);
        expect(matchesGlob(path, [...segments.slice(0, at), '**'].join('/'))).toBe(true);
        expect(matchesGlob(path, segments.toSpliced(at, 0, '**').join('/'))).toBe(true);
        expect(matchesGlob(path, segments.toSpliced(at, 0, '*').join('/'))).toBe(false);
      }),
    );
  });

  it('stays quick where backtracking would not end', () => {
    expect(matchesGlob('a'.repeat(2_000), `${'*a'.repeat(200)}b`)).toBe(false);
    expect(matchesGlob(Array(300).fill('a').join('/'), `${Array(100).fill('**/a').join('/')}/b`)).toBe(false);
  });
});
