import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { missingActions, type PermissionSet } from '../../../shared/domain/azure/permissions.ts';

const WRITE = 'Microsoft.Cdn/profiles/origingroups/origins/write';

function set(actions: readonly string[], notActions: readonly string[] = []): PermissionSet {
  return { actions, notActions, dataActions: [], notDataActions: [] };
}

function isGiven(action: string, ...sets: readonly PermissionSet[]): boolean {
  return missingActions({ actions: [action] }, sets).length === 0;
}

describe('what is missing of needed actions', () => {
  it.each([
    [WRITE, true],
    ['*', true],
    ['*/write', true],
    ['*/read', false],
    ['Microsoft.Cdn/*', true],
    ['Microsoft.Cdn/profiles/*/write', true],
    ['Microsoft.Cdn/profiles/origingroups/origins/*', true],
    ['MICROSOFT.CDN/Profiles/originGroups/*/WRITE', true],
    ['Microsoft.Cdn/profiles/*/origins/*/write', false],
    ['Microsoft.Cdn/profiles/*origin*s/*', true],
    ['Microsoft.Cdn/profiles/write', false],
    ['Microsoft.Cdn/profiles/origingroups/origins/write/action', false],
    [`${WRITE}*`, true],
    [`${WRITE}*e`, false],
    ['Microsoft.Cdn', false],
    ['', false],
  ])('%s gives the write: %s', (pattern, expected) => {
    expect(isGiven(WRITE, set([pattern]))).toBe(expected);
  });

  it('what a set takes out of itself, another one may give', () => {
    const contributor = set(['*'], ['Microsoft.Cdn/*/write']);
    expect(isGiven(WRITE, contributor)).toBe(false);
    expect(isGiven(WRITE, contributor, set(['Microsoft.Cdn/profiles/*']))).toBe(true);
    expect(isGiven('Microsoft.Cdn/profiles/read', contributor)).toBe(true);
  });

  it('what is done inside of a resource is given by data actions alone', () => {
    const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write';
    const needed = { actions: [WRITE], dataActions: [blobs] };
    const data = { ...set([]), dataActions: ['Microsoft.Storage/*'] };
    expect(missingActions(needed, [set(['*'])])).toEqual([blobs]);
    expect(missingActions(needed, [data])).toEqual([WRITE]);
    expect(missingActions(needed, [set(['*']), data])).toEqual([]);
    expect(missingActions(needed, [set(['*']), { ...data, notDataActions: ['*/WRITE'] }])).toEqual([blobs]);
  });

  it('is all of it where nobody has a role', () => {
    expect(missingActions({ actions: ['a/read', 'b/read'], dataActions: ['c/read'] }, [])).toEqual([
      'a/read',
      'b/read',
      'c/read',
    ]);
  });

  const text = fc.stringMatching(/^[ab/]{1,6}$/);
  const pattern = fc.stringMatching(/^[abB/*]{0,6}$/);
  const aSet = fc.record({
    actions: fc.array(pattern, { maxLength: 3 }),
    notActions: fc.array(pattern, { maxLength: 2 }),
    dataActions: fc.array(pattern, { maxLength: 3 }),
    notDataActions: fc.array(pattern, { maxLength: 2 }),
  });
  const needs = fc.record({ actions: fc.array(text, { maxLength: 4 }), dataActions: fc.array(text, { maxLength: 4 }) });

  it('agrees with regular expressions on any pattern', () => {
    fc.assert(
      fc.property(text, pattern, (action, one) => {
        expect(isGiven(action, set([one]))).toBe(new RegExp(`^${one.replaceAll('*', '.*')}$`, 'i').test(action));
      }),
      { numRuns: 3_000 },
    );
  });

  it('never grows with one more set, whatever that takes out of itself', () => {
    fc.assert(
      fc.property(needs, fc.array(aSet, { maxLength: 3 }), aSet, (needed, sets, more) => {
        const [before, after] = [missingActions(needed, sets), missingActions(needed, [...sets, more])];
        expect(before).toEqual(expect.arrayContaining([...after]));
      }),
    );
  });

  it('is what is missing of every single set, of each kind for itself and in any case', () => {
    fc.assert(
      fc.property(needs, fc.array(aSet, { maxLength: 3 }), ({ actions, dataActions }, sets) => {
        const inEach = (needed: string[], kind: 'actions' | 'dataActions'): string[] =>
          needed.filter((one) => sets.every((each) => missingActions({ [kind]: [one] }, [each]).length === 1));
        const missing = missingActions({ actions, dataActions }, sets);
        expect(missing).toEqual([...inEach(actions, 'actions'), ...inEach(dataActions, 'dataActions')]);
        const upper = { actions: actions.map((one) => one.toUpperCase()), dataActions };
        expect(missingActions(upper, sets)).toHaveLength(missing.length);
      }),
    );
  });

  it('stays quick where backtracking would not end', () => {
    expect(isGiven('a'.repeat(2_000), set([`${'*a'.repeat(300)}*b`]))).toBe(false);
  });
});
