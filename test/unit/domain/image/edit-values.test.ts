import { describe, expect, it } from 'vitest';
import { parseAllDocuments, type Document, type YAMLMap } from 'yaml';

import { detectModes, findImagePlaces } from '../../../../shared/domain/image/yaml-edit/find.ts';
import { readAnchors } from '../../../../shared/domain/image/yaml-edit/nodes.ts';
import { EDIT_MODES } from '../../../../shared/domain/image/yaml-edit/place.ts';
import { settleClaims } from '../../../../shared/domain/image/yaml-edit/settle.ts';
import { changed, IMAGE, NAME, NEW, OLD, plan } from './edit-plan.ts';

describe('an alias', () => {
  it.each([
    [
      'all uses of which are ours is written at its anchor',
      `v: &v 1.0.0\na: {repository: ${NAME}, tag: *v}\nb: {repository: ${NAME}, tag: *v}`,
      'v: &v 2.0.0',
    ],
    [
      'that stands for another image too is refused',
      `v: &v 1.0.0\na: {repository: ${NAME}, tag: *v}\nb: {repository: other, tag: *v}`,
      /refused: .*stands for something else too/,
    ],
    [
      'whose anchor is the version of another image is refused',
      `b: {repository: other, tag: &v 1.0.0}\na: {repository: ${NAME}, tag: *v}`,
      /refused: .*another image too/,
    ],
    [
      'of our own version that another image uses is refused',
      `a: {repository: ${NAME}, tag: &v 1.0.0}\nb: {repository: other, tag: *v}`,
      /refused: .*another image too/,
    ],
    [
      'of a collection is refused',
      `v: &v [1]\na: {repository: ${NAME}, tag: *v}`,
      /refused: .*stands for something else too/,
    ],
    ['without an anchor is refused', `a: {repository: ${NAME}, tag: *v}`, /refused: .*stands for something else too/],
    [
      'that other text uses moves with it',
      `a: {repository: ${NAME}, tag: &v 1.0.0}\nlabel: *v`,
      `a: {repository: ${NAME}, tag: &v 2.0.0}`,
    ],
  ])('%s', (_, text, expected) => {
    expect(changed(text)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });
});

describe('a value', () => {
  const tag = (value: string): string => `image:\n  repository: ${NAME}\n  tag: ${value}\n`;

  it.each(['1.10', '0x1F', '0o7', '1_000', '1e3', 'yes', 'null', '2026-01-02', '.5', '017', '5.'])(
    'that YAML would not read as text gains double quotes: %s',
    (value) => {
      expect(changed(tag('1.0.0'), {}, { tag: value, digest: NEW })).toBe(
        /^[.]/.test(value) ? 'refused: the tag or the digest is outside of its grammar' : `tag: "${value}"`,
      );
    },
  );

  it.each([
    ['single', "'1.0.0'", "tag: '2.0.0'"],
    ['double', '"1.0.0"', 'tag: "2.0.0"'],
    ['a literal block', '|-\n    1.0.0', '2.0.0'],
    ['a folded block that keeps its line end', '>\n    1.0.0', '2.0.0'],
  ])('keeps its style: %s', (_, value, expected) => {
    expect(changed(tag(value))).toBe(expected);
  });

  it.each([
    ['a block of several words', tag('|-\n    1.0.0\n    2'), /block scalar of more than one word/],
    ['a tag of its own', tag('!!float 1.0'), /has a tag of its own/],
    ['a collection', tag('[1.0.0]'), /is no scalar/],
    ['a key that stands twice', `image:\n  repository: ${NAME}\n  tag: 1\n  tag: 2\n`, /twice/],
    [
      'a value claimed in two ways',
      `v: &v ${NAME}:1.0.0\nimage: *v\nimageTag: *v\nimageRepository: ${NAME}\n`,
      /claimed as/,
    ],
  ])('is refused where it is %s', (_, text, reason) => {
    expect(changed(text)).toMatch(reason);
  });

  it('with its type written out stays text', () => {
    expect(changed(tag('!!str 1.0'))).toBe('tag: !!str 2.0.0');
  });

  it.each([{ tag: 'not a tag' }, { digest: 'sha256:short' }])('outside of the grammar is refused: %j', (wanted) => {
    expect(plan(tag('1.0.0'), {}, wanted)).toMatchObject({ outcome: 'refused', after: tag('1.0.0') });
  });

  it.each(['a b', 'x:', '$(id)', 'a"b', ''])('given for exact keys must need no escape: %j', (value) => {
    expect(changed('a: 1.0.0', { mode: 'helm-values', keys: [{ key: 'a', value }] })).toMatch(
      /^refused: .*is no tag, digest or image/,
    );
  });

  it('stays, with a warning, where a digest goes before the tag and none is given', () => {
    const text = `image: {repository: ${NAME}, tag: 1.0.0, digest: '${OLD}'}`;
    const { outcome, edits, warnings } = plan(text, {}, { tag: '2.0.0' });
    expect([outcome, edits.length, warnings]).toEqual(['edited', 1, [expect.stringContaining('goes before the tag')]]);
  });

  it('stays in the tag where only a digest is wanted', () => {
    expect(changed(`image: ${NAME}:1.0.0@${OLD}`, {}, { digest: NEW } as never)).toBe(`image: ${NAME}:1.0.0@${NEW}`);
    expect(changed(tag('1.0.0'), {}, { digest: NEW } as never)).toBe('unchanged');
  });

  it('that is a digest alone gets no tag', () => {
    expect(changed(`image: ${NAME}@${OLD}`)).toBe(`image: ${NAME}@${NEW}`);
  });
});

describe('a file', () => {
  it.each([
    ['too large', `a: ${'x'.repeat(1024 * 1024)}`, /larger than/],
    ['with lone carriage returns', 'a: 1\rb: 2', /carriage return/],
    ['nested too deeply', '['.repeat(200), /nested deeper/],
    ['that is no YAML', `image: ${NAME}:1\n a: [`, /not valid YAML.*line \d/],
  ])('%s is refused', (_, text, reason) => {
    expect(changed(text, { mode: 'helm-values' })).toMatch(reason);
  });

  it('of another kind that does not name the image is nobody\u2019s concern', () => {
    expect(findImagePlaces({ path: 'chart/templates/x.yaml', text: 'a: {{ .Values.a }} [' }, { image: IMAGE })).toEqual(
      { documents: [], places: [], warnings: [] },
    );
    expect(detectModes('x.yaml', 'a: [')).toEqual([]);
  });

  it.each([
    ['kustomization.yaml', 'resources: [a]', 'kustomize-images'],
    ['x.yaml', 'kind: Kustomization', 'kustomize-images'],
    ['x.yaml', 'kind: Component', 'kustomize-images'],
    ['x.yaml', `images:\n- {name: a, newTag: '1'}`, 'kustomize-images'],
    ['x.yaml', `images:\n- {name: a, newName: b}`, 'kustomize-images'],
    ['x.yaml', 'apiVersion: v1\nkind: Pod', 'raw-manifest'],
    ['x.yaml', 'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet', 'argocd-app'],
    ['x.yaml', 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout', 'raw-manifest'],
    ['x.yaml', 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease', 'helmrelease-or-flux'],
    ['values.yaml', 'image: {tag: 1}', 'helm-values'],
    ['values.yaml', 'just text', 'helm-values'],
    ['x.yaml', 'tag: 1 # {"$imagepolicy": "a:b"}', 'flux-marker'],
  ])('%s with %j holds the form %s', (path, text, mode) => {
    expect(detectModes(path, text)).toEqual([mode]);
    expect(EDIT_MODES).toContain(mode);
  });
});

describe('a file of thousands of places', () => {
  const many = (line: (index: number) => string): string =>
    Array.from({ length: 3_000 }, (_, index) => line(index)).join('');
  const image = (tag: string): string => `{repository: ${NAME}, tag: ${tag}}`;

  it.each<[string, string, string]>([
    ['lines', many((index) => `a${index}: ${image('1.0.0')}\n`), many((index) => `a${index}: ${image('2.0.0')}\n`)],
    ['documents', many(() => `${image('1.0.0')}\n---\n`), many(() => `${image('2.0.0')}\n---\n`)],
    [
      'anchors and aliases',
      many((index) => `v${index}: &v${index} 1.0.0\na${index}: ${image(`*v${index}`)}\n`),
      many((index) => `v${index}: &v${index} 2.0.0\na${index}: ${image(`*v${index}`)}\n`),
    ],
    [
      'entries without a tag',
      `images:\n${many(() => `- name: ${NAME}\n`)}`,
      `images:\n${many(() => `- name: ${NAME}\n  newTag: 2.0.0\n`)}`,
    ],
  ])('is edited at each: %s', (form, before, after) => {
    const mode = form === 'entries without a tag' ? 'kustomize-images' : 'helm-values';
    expect(plan(before, { mode }).after).toBe(after);
  });
});

describe('a nest of merges', () => {
  const WIDTH = 30;
  const nest = Array.from({ length: WIDTH }, (_, level) => {
    const below = Array.from({ length: WIDTH }, () => `*a${level - 1}`).join(', ');
    return `a${level}: &a${level} {${level === 0 ? '' : `<<: [${below}]`}}\n`;
  }).join('');

  it('costs no more than its text, whatever it would unfold to', () => {
    const before = `${nest}image: {<<: *a${WIDTH - 1}, repository: ${NAME}, tag: 1.0.0}\nother: {<<: *a${WIDTH - 1}, tag: 1.0.0}\n`;
    expect(plan(before, { mode: 'helm-values' }).after).toBe(
      before.replace(`${NAME}, tag: 1.0.0`, `${NAME}, tag: 2.0.0`),
    );
  });

  it('that holds itself is read once', () => {
    const before = `image: &i {<<: *i, repository: ${NAME}, tag: 1.0.0}\n`;
    expect(plan(before, { mode: 'helm-values' }).after).toBe(before.replace('1.0.0', '2.0.0'));
  });

  it('is looked through among many keys', () => {
    const keys = Array.from({ length: WIDTH }, (_, index) => `k${index}: 1`).join(', ');
    const before = `base: &b {${keys}, repository: ${NAME}}\nimage: {<<: *b, ${keys.replaceAll('k', 'm')}, tag: 1.0.0}\n`;
    expect(plan(before, { mode: 'helm-values' }).after).toBe(before.replace('tag: 1.0.0', 'tag: 2.0.0'));
  });
});

describe('a defect', () => {
  it('is not taken for a refusal', () => {
    const [document] = parseAllDocuments('a: 1') as Document.Parsed[];
    const [pair] = (document!.contents as YAMLMap).items;
    const claims = [{ kind: 'tag' as const, mode: 'helm-values' as const, node: pair?.value }];
    const found = { anchored: readAnchors(document!), from: 0, image: IMAGE, claims, missing: [], warnings: [] };
    const positionOf = (): never => {
      throw new TypeError('no lines');
    };
    expect(() => settleClaims({ path: '', text: 'a: 1', isJson: false, positionOf }, found)).toThrow(TypeError);
  });
});
