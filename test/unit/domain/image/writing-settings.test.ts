import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  fillTemplate,
  headBranch,
  pullRequestGroup,
  USUAL_PULL_REQUESTS,
  writtenBy,
} from '../../../../shared/domain/image/writing-settings.ts';

const PLACE = { image: 'contoso.azurecr.io/shop/web', stage: 'prod' };
const { branch } = USUAL_PULL_REQUESTS;

describe('groups of pull requests', () => {
  it('are everything, an image, or a stage; a commit has none', () => {
    expect(pullRequestGroup('all', PLACE)).toBe('all');
    expect(pullRequestGroup('image', PLACE)).toBe('image:contoso.azurecr.io/shop/web');
    expect(writtenBy('pull-request', undefined, PLACE)).toEqual({ pullRequest: 'stage:prod' });
    expect(writtenBy('commit', { group: 'all' }, PLACE)).toEqual({});
  });

  it('have a branch of their own, which Git takes', () => {
    expect(headBranch(branch, { base: 'main', group: 'stage:prod' })).toBe('reflex/main/prod');
    expect(headBranch(branch, { base: 'gh-7', group: 'image:gh-0' })).toBe('reflex/gh-7/gh-0');
    const name = fc.stringMatching(/^[a-z0-9._/-]{1,60}$/);
    fc.assert(
      fc.property(name, name, name, name, (base, one, otherBase, two) => {
        const [a, b] = [
          headBranch(branch, { base, group: `image:${one}` }),
          headBranch(branch, { base: otherBase, group: `image:${two}` }),
        ];
        expect(a).toMatch(/^reflex\/[A-Za-z0-9-]+\/[A-Za-z0-9-]+$/);
        expect(a === b).toBe(base === otherBase && one === two);
        expect(a.startsWith(`${b}/`)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a template', () => {
  it('is filled with inert text, in one pass, and keeps what it does not know', () => {
    expect(fillTemplate('{what} {nothing} {what}', { what: '@octocat {count}', count: '1' })).toBe(
      '@ octocat {count} {nothing} @ octocat {count}',
    );
    expect(fillTemplate('{constructor}', {})).toBe('{constructor}');
  });
});
