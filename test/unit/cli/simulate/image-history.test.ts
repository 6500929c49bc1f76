import { describe, expect, it } from 'vitest';

import { playHistory } from '../../../../cli/simulate/image-history.ts';
import { run } from '../../../../cli/program.ts';

const semver = { kind: 'semver', range: '1.x' };

describe('a history of pushes', () => {
  it('changes Git by those that a policy takes, in their order', () => {
    const played = playHistory({
      id: 1,
      policy: semver,
      pushes: ['1.0.0', 'main', '1.2.0', '1.1.0', '2.0.0', '1.3.0'],
    });
    expect(played).toMatchObject({ decision: 'chosen', tag: '1.3.0', changes: 3, pushes: 6 });
    expect(played.steps.map(({ push, tag }) => [push, tag])).toEqual([
      ['1.0.0', '1.0.0'],
      ['1.2.0', '1.2.0'],
      ['1.3.0', '1.3.0'],
    ]);
  });

  it('is played by time where every push has one', () => {
    const pushes = [
      { name: 'b', at: '2026-01-02T00:00:00Z' },
      { name: 'a', at: '2026-01-01T00:00:00Z' },
    ];
    const played = playHistory({ id: 1, policy: { kind: 'newest-build' }, pushes });
    expect(played.steps.map(({ push }) => push)).toEqual(['a', 'b']);
  });

  it('follows a moved tag', () => {
    const [one, two] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);
    const pushes = [
      { name: 'latest', digest: one },
      { name: 'latest', digest: two },
    ];
    const played = playHistory({ id: 1, policy: { kind: 'digest' }, current: { tag: 'latest' }, pushes });
    expect(played).toMatchObject({ tag: 'latest', digest: two, changes: 2 });
  });

  it('starts from what stands', () => {
    const policy = { kind: 'bump', level: 'patch' };
    const played = playHistory({ id: 1, policy, current: { tag: '1.0.0' }, pushes: ['1.1.0', '1.0.1'] });
    expect(played).toMatchObject({ tag: '1.0.1', changes: 1 });
  });

  it('says what is wrong with the policy, or with itself', () => {
    expect(playHistory({ id: 1, policy: { kind: 'semver' }, pushes: [] })).toMatchObject({
      decision: 'invalid-policy',
      error: { code: 'REFLEX_INVALID_POLICY' },
    });
    expect(playHistory({ id: 1, policy: { ...semver, range: 'x y' }, pushes: ['1.0.0'] })).toMatchObject({
      decision: 'invalid-policy',
    });
    expect(() => playHistory({ id: 1, policy: semver })).toThrow(RangeError);
  });

  it('is played by the command line', async () => {
    const out: string[] = [];
    let code: number | undefined;
    const output = { out: (line: string) => out.push(line), err: () => 0, exit: (given: number) => (code = given) };
    const cases = new URL('../../../../examples/simulate/image-history.json', import.meta.url).pathname;
    await run(['simulate', '--suite', 'image', '--cases', cases], output);
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/chosen {2}main-2222222-1700000300 {2}2 changes by 4 pushes/);
    await run(['simulate', '--suite', 'image', '--cases', cases, '--jsonl'], output);
    expect(JSON.parse(out.at(-1) ?? '')).toEqual({
      summary: { scenarios: 1, played: 1, failed: 0, decisions: { chosen: 1 } },
    });
  });
});
