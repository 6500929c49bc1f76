import { parse } from 'yaml';

/** A recipe of docs/images.md. */
export interface Recipe {
  readonly title: string;
  /** Sections of a fleet file. */
  readonly fleet: Readonly<Record<string, object>>;
  readonly push: { readonly repository: string; readonly tag: string };
  readonly files: readonly RecipeFile[];
}

/** A file as a diff shows it, whole. */
export interface RecipeFile {
  /** On GitHub, of owner `contoso`. */
  readonly repository: string;
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const FENCE = /^```(yaml|diff)\n([^]*?)^```$/gm;

/** What all recipes need, and the recipes. */
export function readCookbook(page: string): { readonly head: object; readonly recipes: readonly Recipe[] } {
  const [, cookbook = ''] = /^## Cookbook$([^]*?)^## /m.exec(page) ?? [];
  const [intro = '', ...recipes] = cookbook.split(/^### /m);
  const [head] = fences(intro, 'yaml');
  return { head: parse(head ?? '') as object, recipes: recipes.map(readRecipe) };
}

function readRecipe(section: string): Recipe {
  const [, repository = '', tag = ''] = /^Push `([^:`]+):([^`]+)`/m.exec(section) ?? [];
  return {
    title: section.split('\n')[0] ?? '',
    fleet: parse(fences(section, 'yaml').join('\n')) as Recipe['fleet'],
    push: { repository, tag },
    files: fences(section, 'diff').map(readDiff),
  };
}

function fences(text: string, language: string): readonly string[] {
  return [...text.matchAll(FENCE)].filter(([, of]) => of === language).map(([, , body = '']) => body);
}

function readDiff(diff: string): RecipeFile {
  const [from = '', , ...lines] = diff.trimEnd().split('\n');
  const [, repository = '', path = ''] = /^--- a\/([^/]+)\/(.+)$/.exec(from) ?? [];
  const side = (not: string): string =>
    lines
      .filter((line) => !line.startsWith(not))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  return { repository, path, before: side('+'), after: side('-') };
}
