import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import { foldIntents } from '../../../../shared/targets/git-branch/fold.ts';
import { lookAtBranch } from '../../../../shared/targets/git-branch/next.ts';
import { whyNotWritable } from '../../../../shared/targets/git-branch/forbidden.ts';
import { branchWith, IMAGE, wish } from './branch.ts';

function intent(kind: string, more: Partial<Intent> = {}): Intent {
  return { ...wish('dev', '1.2.0'), kind, cause: kind, ...more };
}

describe('what is written in the files of a branch', () => {
  function look(text: string, keys?: Readonly<Record<string, readonly string[]>>): ReturnType<typeof lookAtBranch> {
    const file = { path: 'clusters/dev/app.yaml', mode: '100644' as const, text };
    const wanted = wish('dev', '2.0.0');
    const value = { ...wanted.value, ...(keys === undefined ? {} : { keys }) } as Intent['value'];
    return lookAtBranch({ head: 'c0', files: [file], warnings: ['b.yaml: larger than 1 bytes'] }, [
      { ...wanted, value },
    ]);
  }

  it('by exact keys: those alone, in the files of their glob, in the form that stands there', () => {
    const text = `build: 1.0.0\nwhole: ${IMAGE}:1.0.0\nimage: ${IMAGE}:1.0.0\n`;
    const { change } = look(text, { 'clusters/*/app.yaml': ['build', 'whole'], 'other/**': ['image'] });
    expect(change?.files[0]?.text).toBe(`build: 2.0.0\nwhole: ${IMAGE}:2.0.0\nimage: ${IMAGE}:1.0.0\n`);
    const elsewhere = look(text, { 'other/**': ['build'] });
    expect(elsewhere.change?.files[0]?.text).toBe(text.replace(`image: ${IMAGE}:1`, `image: ${IMAGE}:2`));
  });

  it('refuses exact keys that do not stand there', () => {
    expect(look('a: 1\n', { '**': ['build'] }).verdicts[0]?.reason).toMatch(/^unsafe-edit: .*none of the keys/);
  });

  it('with warnings in the plan, or in the reason where nothing is written', () => {
    const marked = `tag: 1.0.0 # {"$imagePolicy": "a:web"}\n`;
    expect(look(marked).verdicts[0]?.reason).toMatch(/^no-place: clusters\/dev\/app.yaml: line 1: a marker .*; b.yaml/);
    const { steps } = look(`${marked}image: ${IMAGE}:1.0.0\n`);
    expect(steps[0]?.to).toMatchObject({ warnings: [expect.stringMatching(/line 1: a marker/), expect.any(String)] });
  });
});

describe('the fold of a branch', () => {
  it.each([
    ['a hold beats everything', ['image', 'rollback', 'verification-hold', 'hold'], 'hold', ['hold', 'hold']],
    [
      'a rollback beats a failed verification',
      ['image', 'verification-hold', 'rollback'],
      'rollback',
      ['verification-hold'],
    ],
    ['a failed verification beats a push', ['image', 'verification-hold'], 'verification-hold', ['verification-hold']],
    ['a push beats what nobody knows', ['telepathy', 'image'], 'image', ['image']],
    ['a hold alone stays', ['verification-hold'], 'verification-hold', []],
  ])('%s', (_, kinds, expected, lostTo) => {
    const [wanted] = foldIntents(kinds.map((kind) => intent(kind))).values();
    expect([wanted?.winner.kind, wanted?.losers.map(({ to }) => to)]).toEqual([expected, lostTo]);
  });

  const other = `sha256:${'b'.repeat(64)}`;
  const wanting = (digest: string, more: Partial<Intent> = {}): Intent =>
    intent('image', { cause: digest, ...more, value: { ...wish('dev', '1.2.0').value, digest } });
  const ours = (intent('image').value as { digest: string }).digest;

  it.each([
    ['hold', { refuses: [other] }, ours],
    ['hold', { refuses: [ours] }, other],
    ['verification-hold', { refuses: [ours] }, other],
    ['soak-hold', { keeps: ours }, ours],
    ['soak-hold', { keeps: other }, other],
  ])('a %s of %o lets the rest through', (kind, value, expected) => {
    const [wanted] = foldIntents([wanting(ours), wanting(other), intent(kind, { value })]).values();
    expect(wanted?.winner).toMatchObject({ kind: 'image', value: { digest: expected } });
    expect(wanted?.losers.map(({ to }) => to)).toEqual([kind]);
  });

  it('a rollback goes through what holds pushes, and a person decides between two', () => {
    const holds = [
      intent('verification-hold', { value: { refuses: [ours] } }),
      intent('soak-hold', { value: { keeps: other } }),
    ];
    const machine = intent('rollback', { asOf: '2026-01-02T00:00:00.000Z' });
    const person = intent('rollback', { by: { person: 'ada' } });
    expect(
      foldIntents([...holds, wanting(ours), machine])
        .values()
        .next().value?.winner,
    ).toBe(machine);
    expect(
      foldIntents([...holds, machine, person])
        .values()
        .next().value?.winner,
    ).toBe(person);
  });

  it('prefers newer facts, then the smaller cause, and does not depend on the order', () => {
    const intents = [
      intent('image', { cause: 'b', asOf: '2026-01-02T00:00:00.000Z' }),
      intent('image', { cause: 'a', asOf: '2026-01-02T00:00:00.000Z' }),
      intent('image', { cause: 'c', asOf: '2026-01-01T00:00:00.000Z' }),
      intent('image', { subject: 'another', cause: 'd' }),
      intent('hold', { subject: 'another', cause: 'e' }),
    ];
    const expected = foldIntents(intents);
    expect([...expected].map(([subject, { winner }]) => [subject, winner.cause])).toEqual([
      ['another', 'e'],
      [`${IMAGE}@dev`, 'a'],
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(intents, { minLength: intents.length }), (shuffled) => {
        expect(foldIntents(shuffled)).toEqual(expected);
      }),
    );
  });
});

describe('a look at a branch', () => {
  it('gives every subject its verdict, and one step for all that is to be written', () => {
    const shadowed = intent('image', { cause: 'older', asOf: '2025-01-01T00:00:00.000Z' });
    const { verdicts, steps } = lookAtBranch(branchWith('dev', 'prod'), [
      wish('dev', '1.2.0'),
      shadowed,
      wish('prod', '0.9.0'),
      wish('nowhere', '1.2.0'),
      { ...wish('dev', '1.2.0'), subject: 'odd', value: { ...wish('dev', '1.2.0').value, image: '$(image)' } },
    ]);
    expect(
      verdicts.map(({ intent: { subject, cause }, outcome, reason }) => [subject, cause, outcome, reason]),
    ).toEqual(
      expect.arrayContaining([
        [`${IMAGE}@dev`, 'push', 'act', undefined],
        [`${IMAGE}@dev`, 'older', 'shadowed', 'shadowed-by:image'],
        [`${IMAGE}@nowhere`, 'push', 'blocked', 'no-place'],
        [`${IMAGE}@prod`, 'push', 'blocked', 'downgrade'],
        ['odd', 'push', 'blocked', 'not-an-image'],
      ]),
    );
    expect(steps).toHaveLength(1);
    expect(steps[0]?.to).toMatchObject({ placements: { [`${IMAGE}@dev`]: '1.2.0' } });
  });

  it('writes nothing for a hold, and lets a rollback go back', () => {
    const hold = intent('hold', { value: { image: IMAGE, stage: 'dev' } });
    expect(lookAtBranch(branchWith('dev'), [hold, wish('dev', '1.2.0')])).toMatchObject({
      steps: [],
      verdicts: [{ outcome: 'shadowed', reason: 'shadowed-by:hold' }],
    });
    const { change } = lookAtBranch(branchWith('dev'), [{ ...wish('dev', '0.9.0'), kind: 'rollback' }]);
    expect(change?.files[0]?.text).toContain('newTag: 0.9.0');
  });

  it.each(['image', 'rollback'])('is closed to pushes and never to rollbacks: %s', (kind) => {
    const observed = { ...branchWith('dev'), closed: { [`${IMAGE}@dev`]: 'freeze' } };
    const { verdicts } = lookAtBranch(observed, [{ ...wish('dev', '1.2.0'), kind }]);
    expect(verdicts).toMatchObject([kind === 'image' ? { outcome: 'blocked', reason: 'freeze' } : { outcome: 'act' }]);
    expect(lookAtBranch(observed, [{ ...wish('dev', '1.0.0'), kind }]).verdicts[0]?.outcome).toBe('done');
  });

  it('has nothing to do where the value stands', () => {
    const { verdicts, steps } = lookAtBranch(branchWith('dev'), [wish('dev', '1.0.0')]);
    expect([verdicts[0]?.outcome, steps]).toEqual(['done', []]);
  });

  it('keeps a subject back whose file must not be edited, and names the file', () => {
    const observed = branchWith('dev');
    const broken = {
      ...observed,
      files: observed.files.map((file) => ({ ...file, text: `${file.text}  newTag: 2\n` })),
    };
    const { verdicts } = lookAtBranch(broken, [wish('dev', '1.2.0')]);
    expect(verdicts[0]).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringMatching(/^unsafe-edit: clusters\/dev/) as string,
    });
  });

  it('gives the same answer for every order of the intents', () => {
    const intents = [wish('dev', '1.2.0'), wish('prod', '1.1.0'), wish('nowhere', '1.0.0'), intent('hold')];
    const observed = branchWith('dev', 'prod');
    const { steps, change } = lookAtBranch(observed, intents);
    fc.assert(
      fc.property(fc.shuffledSubarray(intents, { minLength: intents.length }), (shuffled) => {
        const again = lookAtBranch(observed, shuffled);
        expect([again.steps, again.change]).toEqual([steps, change]);
      }),
    );
  });
});

describe('a path that may never be written', () => {
  it.each([
    ['.github/workflows/x.yaml', /workflows/],
    ['.GitHub/x.yaml', /workflows/],
    ['CODEOWNERS', /who reviews/],
    ['docs/codeowners', /who reviews/],
    ['fleet/Fleet.yaml', /a fleet file/],
    ['../x.yaml', /not a plain path/],
    ['a/./b.yaml', /not a plain path/],
    ['a//b.yaml', /not a plain path/],
    ['.git/config', /not a plain path/],
    ['a/.GIT/config', /not a plain path/],
  ])('%s', (path, why) => {
    expect(whyNotWritable(path, ['fleet/fleet.yaml'])).toMatch(why);
  });

  it('is none of the others', () => {
    expect(whyNotWritable('clusters/dev/.argocd-source-web.yaml', ['fleet.yaml'])).toBeUndefined();
  });
});
