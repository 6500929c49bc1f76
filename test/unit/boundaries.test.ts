import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** For each rule a file that breaks it, and what that file imports. */
const BREAKS: Readonly<Record<string, { readonly file: string; readonly source: string }>> = {
  'not-unresolvable': { file: 'shared/a.ts', source: "import './nowhere.ts';" },
  'no-circular': { file: 'shared/pipeline/circle.ts', source: "import { b } from './elcric.ts'; export const a = b;" },
  'no-circular-types': {
    file: 'shared/records/one.ts',
    source: "import type { Two } from './two.ts'; export interface One { readonly two: Two }",
  },
  'pure-stays-pure': {
    file: 'shared/domain/impure.ts',
    source: "import { readFileSync } from 'node:fs'; readFileSync('x');",
  },
  'pure-imports-no-effects': {
    file: 'shared/targets/x/next.ts',
    source: "import { look } from './observe.ts'; look();",
  },
  'reactions-stand-alone': { file: 'shared/reactions/x/react.ts', source: "import '../y/react.ts';" },
  'targets-know-no-reaction': { file: 'shared/targets/x/write.ts', source: "import '../../reactions/y/react.ts';" },
  'reconcile-knows-target-kinds-only': { file: 'shared/reconcile/loop.ts', source: "import '../targets/x/write.ts';" },
  'sdk-only-in-adapters': { file: 'shared/pipeline/sdk.ts', source: "import '@octokit/core';" },
  'adapters-implement-ports': { file: 'shared/adapters/x/one.ts', source: "import '../y/two.ts';" },
  'composition-alone-wires': { file: 'shared/records/wired.ts', source: "import '../adapters/y/two.ts';" },
  'ports-are-types': { file: 'shared/ports/port.ts', source: "import 'node:fs';" },
  'functions-are-thin': { file: 'functions/actor/thick.ts', source: "import '../../shared/adapters/y/two.ts';" },
  'intake-neither-plans-nor-writes': {
    file: 'functions/intake/plans.ts',
    source: "import '../../shared/reconcile/loop.ts';",
  },
  'nothing-imports-the-outside': { file: 'shared/records/outside.ts', source: "import '../../local/z.ts';" },
  'local-stays-local': { file: 'local/z.ts', source: "import '../functions/actor/thick.ts';" },
  'no-dev-dependency': { file: 'shared/pipeline/dev.ts', source: "import 'fast-check';" },
};
const INNOCENT: Readonly<Record<string, string>> = {
  'shared/pipeline/elcric.ts': "import { a } from './circle.ts'; export const b: number = a;",
  'shared/records/two.ts': "import type { One } from './one.ts'; export interface Two { readonly one: One }",
  'shared/targets/x/observe.ts': 'export function look(): void {}',
  'shared/reactions/y/react.ts': 'export const y = 1;',
  'shared/adapters/y/two.ts': 'export const two = 2;',
};

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

describe('import rules', () => {
  let directory = '';
  let violations: readonly Violation[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'boundaries-'));
    const root = resolve(import.meta.dirname, '../..');
    for (const [file, source] of [
      ...Object.values(BREAKS).map(({ file, source }) => [file, source]),
      ...Object.entries(INNOCENT),
    ]) {
      await mkdir(dirname(join(directory, file!)), { recursive: true });
      await writeFile(join(directory, file!), source!);
    }
    for (const file of ['tsconfig.json', 'package.json', '.dependency-cruiser.mjs']) {
      await cp(join(root, file), join(directory, file));
    }
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const run = promisify(execFile);
    const { stdout } = await run(
      process.execPath,
      [program, 'shared', 'functions', 'local', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
      {
        cwd: directory,
        maxBuffer: 64 * 1024 * 1024,
      },
    ).catch((error: unknown) => error as { stdout: string });
    violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('has a break for every rule', async () => {
    const file = pathToFileURL(resolve(import.meta.dirname, '../../.dependency-cruiser.mjs')).href;
    const { default: configuration } = (await import(file)) as { default: { forbidden: { name: string }[] } };
    expect(configuration.forbidden.map(({ name }) => name).toSorted()).toEqual(Object.keys(BREAKS).toSorted());
  });

  it.each(Object.keys(BREAKS))('reports a break of %s', (rule) => {
    const found = violations.filter(({ rule: { name } }) => name === rule).map(({ from }) => from);
    expect(found).toContain(BREAKS[rule]!.file);
  });
});
