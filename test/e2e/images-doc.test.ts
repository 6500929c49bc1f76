import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run as reflex } from '../../cli/program.ts';
import { pushImage } from '../../local/registry/client.ts';
import { readCookbook, type Recipe, type RecipeFile } from './cookbook.ts';
import { handled } from './pushed-image.ts';
import { gitIn, StackProcess, until } from './stack-process.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const page = await readFile(join(DOCS, 'images.md'), 'utf8');
const { head, recipes } = readCookbook(page);

async function validate(file: string): Promise<readonly [number | undefined, string]> {
  const out: string[] = [];
  let code: number | undefined;
  await reflex(['validate', file], {
    out: (line) => out.push(line),
    err: (line) => out.push(line),
    exit: (given) => (code = given),
  });
  return [code, out.join('\n')];
}

/** All recipes in one fleet: each has names and a repository of its own. */
function together(): object {
  const sections: Record<string, object> = { ...head };
  for (const [section, entries] of recipes.flatMap(({ fleet }) => Object.entries(fleet))) {
    sections[section] = { ...sections[section], ...entries };
  }
  return sections;
}

describe('the cookbook of docs/images.md', () => {
  let stack: StackProcess;

  const textOf = async ({ repository, path }: RecipeFile): Promise<string> => {
    const all = Object.values(stack.endpoints.github.repositories);
    const bare = all.find((one) => one.path.endsWith(`/${repository}.git`));
    return await gitIn(bare?.path ?? '', 'cat-file', 'blob', `main:${path}`);
  };

  beforeAll(async () => {
    stack = await StackProcess.create();
    const seed = join(stack.data, 'seed');
    const files = recipes.flatMap((recipe) => recipe.files);
    for (const { repository, path, before } of files) {
      const file = join(seed, 'gitops', repository, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, before);
    }
    await writeFile(join(seed, 'fleet.yaml'), JSON.stringify(together()));
    await stack.start({}, ['--fleet', join(seed, 'fleet.yaml')]);
    const { url, username, password } = stack.registry;
    for (const { push } of recipes) {
      await pushImage({ url, username, password, fetch, ...push });
    }
  });

  afterAll(async () => {
    await stack.remove();
  });

  it('has a recipe for each of the teams that it is for', () => {
    expect(recipes.length).toBeGreaterThanOrEqual(5);
    for (const { title, push, files } of recipes) {
      expect([title, push.tag === '', files.length > 0]).toEqual([title, false, true]);
    }
  });

  it.each(recipes)('$title: its fleet part is valid', async ({ title, fleet }: Recipe) => {
    const file = join(stack.data, `${title.replaceAll(/\W+/g, '-')}.yaml`);
    await writeFile(file, JSON.stringify({ ...head, ...fleet }));
    expect(await validate(file)).toEqual([0, expect.stringMatching(/^valid: 1 file, revision/)]);
  });

  it.each(recipes)('$title: one push changes the files as the diffs say', async ({ files }: Recipe) => {
    for (const file of files.filter(({ before, after }) => before !== after)) {
      await until(async () => ((await textOf(file)) === file.before ? undefined : true));
    }
    await handled(stack);
    for (const file of files) {
      expect(await textOf(file)).toBe(file.after);
    }
  });

  it('links to pages that are there', async () => {
    const links = [...page.matchAll(/\]\(([^)#:]+\.md)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    await Promise.all(links.map(async (link) => await readFile(join(DOCS, link))));
  });
});
