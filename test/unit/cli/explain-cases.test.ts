import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { explainEdit, explainEditCommand } from '../../../cli/explain-edit.ts';
import { explainImage, explainImageCommand } from '../../../cli/explain-image.ts';
import type { CommandIo } from '../../../cli/json-lines.ts';
import { terminal } from '../../../cli/output.ts';
import { outside } from '../../../cli/people/connection.ts';
import type { QuestionOptions } from '../../../cli/json-question.ts';

type Explain = (options: QuestionOptions, io: CommandIo) => Promise<0 | 1 | 2>;
type Fields = Readonly<Record<string, unknown>>;

interface Cases {
  readonly policyCases: readonly (Fields & { id: string; tags: string[]; expect: string | null })[];
  readonly policyBeyondAnchors: readonly (Fields & { id: string; tags: string[]; recommended: string })[];
  readonly allowIgnoreCases: readonly (Fields & { id: string; tags: string[]; expect: string | null })[];
  readonly bumpLevelCases: readonly {
    id: string;
    level: string;
    current: string;
    candidate: string;
    matchPreRelease?: boolean;
    expect: boolean;
  }[];
  readonly variantCompatibleCases: readonly { id: string; current: string; tags: string[]; expect: string }[];
  readonly newestBuildCases: readonly { id: string; tags: Record<string, string>; expect: string }[];
  readonly yamlCases: readonly (Fields & { id: string; after: string; before: string })[];
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../../cases/image.json'), 'utf8')) as Cases;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflex-explain-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly complaints: string;
}

async function run(explain: Explain, options: QuestionOptions, lines: readonly unknown[] = []): Promise<Run> {
  let out = '';
  let complaints = '';
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const input = (async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(text));
  })();
  const code = await explain(options, {
    input,
    print: (printed) => Promise.resolve(void (out += printed)),
    complain: (printed) => void (complaints += printed),
  });
  return { code, out, complaints };
}

async function batch(explain: Explain, lines: readonly unknown[]): Promise<Fields[]> {
  const { out } = await run(explain, { jsonl: true }, lines);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Fields);
}

/** An answer in the words of the cases: the tag, null for none, "error". */
function choice({ id, outcome, tag }: Fields): unknown[] {
  return [id, outcome === 'invalid-policy' ? 'error' : (tag ?? null)];
}

function fileWith(question: unknown): string {
  const file = join(folder, 'question.json');
  writeFileSync(file, typeof question === 'string' ? question : JSON.stringify(question));
  return file;
}

describe('explain image --jsonl', () => {
  it('answers every policy case as given', async () => {
    const given = [...cases.policyCases, ...cases.allowIgnoreCases];
    const answers = await batch(explainImage, given);
    expect(answers.map(choice)).toEqual(given.map(({ id, expect: expected }) => [id, expected]));
  });

  it('answers exactly where floats would not', async () => {
    const answers = await batch(explainImage, cases.policyBeyondAnchors);
    expect(answers.map(choice)).toEqual(cases.policyBeyondAnchors.map(({ id, recommended }) => [id, recommended]));
  });

  it('answers the bump cases', async () => {
    const questions = cases.bumpLevelCases.map(({ id, level, current, candidate, matchPreRelease = null }) => ({
      id,
      policy: { kind: 'bump', level, matchPreRelease },
      tags: [candidate],
      current: { tag: current, digest: null },
    }));
    const answers = await batch(explainImage, questions);
    expect(answers.map(({ outcome }) => outcome === 'chosen')).toEqual(
      cases.bumpLevelCases.map(({ expect: expected }) => expected),
    );
  });

  it('answers the variant and the newest-build cases', async () => {
    const variants = cases.variantCompatibleCases.map(({ id, current, tags }) => {
      return { id, policy: { kind: 'variant' }, tags, current: { tag: current } };
    });
    const builds = cases.newestBuildCases.map(({ id, tags }) => ({
      id,
      policy: { kind: 'newest-build' },
      tags: Object.entries(tags).map(([name, createdAt]) => ({ name, createdAt })),
    }));
    const answers = await batch(explainImage, [...variants, ...builds]);
    const given = [...cases.variantCompatibleCases, ...cases.newestBuildCases];
    expect(answers.map(choice)).toEqual(given.map(({ id, expect: expected }) => [id, expected]));
  });

  it('writes the digest that the policy asks for', async () => {
    const [, stored, found] = ['', 'a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`);
    const questions = ['Never', 'IfNotPresent', 'Always', 'digest-strategy'].map((reflection) => ({
      id: reflection,
      policy: { kind: 'digest', reflection },
      tags: [{ name: 'latest', digest: found }],
      current: { tag: 'latest', digest: stored },
    }));
    expect((await batch(explainImage, questions)).map(({ id, digest }) => [id, digest])).toEqual([
      ['Never', undefined],
      ['IfNotPresent', stored],
      ['Always', found],
      ['digest-strategy', found],
    ]);
  });

  it('answers wrong questions and goes on', async () => {
    const answers = await batch(explainImage, [
      { id: 1, policy: { kind: 'semver' }, tags: ['1.0.0'] },
      { id: 2, policy: { kind: 'telepathy' }, tags: [] },
      { id: 3, policy: { kind: 'semver', range: '*' }, tags: '1.0.0' },
      { id: 4, tags: [] },
      '[]',
      { id: 5, policy: { kind: 'semver', range: '*' }, tags: ['1.0.0'] },
    ]);
    expect(answers.map(({ id, outcome, error }) => [id, outcome, (error as Fields | undefined)?.['code']])).toEqual([
      [1, 'invalid-policy', 'REFLEX_INVALID_POLICY'],
      [2, 'invalid-policy', 'REFLEX_INVALID_POLICY'],
      [3, undefined, 'invalid-line'],
      [4, undefined, 'invalid-line'],
      [null, undefined, 'not-an-object'],
      [5, 'chosen', undefined],
    ]);
  });
});

describe('explain edit --jsonl', () => {
  it('reaches every case byte for byte', async () => {
    const answers = await batch(explainEdit, cases.yamlCases);
    expect(answers.map(({ id, after }) => [id, after])).toEqual(cases.yamlCases.map(({ id, after }) => [id, after]));
  });

  it('leaves the file alone where the question is wrong', async () => {
    const before = 'images:\n- name: web\n  newTag: 1.0.0\n';
    const answers = await batch(explainEdit, [
      { id: 'mode', mode: 'magic', before, image: 'web', newTag: '2.0.0' },
      { id: 'image', before, newTag: '2.0.0' },
      { id: 'before', image: 'web', newTag: '2.0.0' },
    ]);
    expect(answers).toMatchObject([
      { id: 'mode', outcome: 'refused', after: before, edits: [], warnings: [expect.stringMatching(/^refused: mode/)] },
      {
        id: 'image',
        outcome: 'refused',
        after: before,
        edits: [],
        warnings: [expect.stringMatching(/^refused: image/)],
      },
      { id: 'before', error: { code: 'invalid-line' } },
    ]);
  });
});

describe('explain image FILE', () => {
  const question = { policy: { kind: 'semver', range: '1.x' }, tags: ['1.2.0', '1.10.0', 'latest\u001b[2J'] };

  it('prints the choice and why not the others', async () => {
    const { code, out } = await run(explainImage, { file: fileWith(question) });
    expect(code).toBe(0);
    expect(out).toMatch(/^chosen {2}1\.10\.0\n/);
    expect(out).toMatch(/1\.2\.0 +passed-over/);
    expect(out).not.toContain('\u001b');
  });

  it('prints JSON on demand', async () => {
    const { out } = await run(explainImage, { file: fileWith(question), json: true });
    expect(JSON.parse(out)).toMatchObject({ outcome: 'chosen', tag: '1.10.0' });
  });

  it('ends with 1 for a policy that is not valid', async () => {
    const { code, out } = await run(explainImage, { file: fileWith({ ...question, policy: { kind: 'semver' } }) });
    expect([code, out.split('\n')[0]]).toEqual([1, 'invalid-policy']);
    expect(out).toContain('range');
  });

  it.each<[string, () => QuestionOptions, RegExp]>([
    ['neither a file nor a batch', () => ({}), /give either a FILE or --jsonl/],
    ['both', () => ({ file: 'x', jsonl: true }), /give either a FILE or --jsonl/],
    ['a file that is not there', () => ({ file: join(folder, 'gone.json') }), /cannot read/],
    ['a file that is no JSON', () => ({ file: fileWith('{') }), /cannot read/],
  ])('ends with 2 for %s', async (_, options, complaint) => {
    const { code, complaints } = await run(explainImage, options());
    expect(code).toBe(2);
    expect(complaints).toMatch(complaint);
  });
});

describe('explain edit FILE', () => {
  const question = {
    mode: 'kustomize-images',
    before: 'images:\n- name: web\n  newTag: 1.0.0\n',
    image: 'web',
    newTag: '2.0.0',
  };

  it('prints place, old and new value', async () => {
    const { code, out } = await run(explainEdit, { file: fileWith(question) });
    expect([code, out]).toEqual([0, 'edited\n  3:11  1.0.0 -> 2.0.0\n']);
  });

  it('ends with 1 when it refuses', async () => {
    const { code, out } = await run(explainEdit, { file: fileWith({ ...question, before: 'a: [' }) });
    expect(code).toBe(1);
    expect(out).toMatch(/^refused\n/);
  });
});

describe('their commands', () => {
  it.each([explainImageCommand({ output: terminal, world: outside }), explainEditCommand()])(
    'say how they are used',
    (command) => {
      expect(command.helpInformation()).toMatch(/--jsonl/);
    },
  );
});
