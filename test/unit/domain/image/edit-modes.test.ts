import { describe, expect, it } from 'vitest';

import { detectModes } from '../../../../shared/domain/image/yaml-edit/find.ts';
import { changed, NAME, NEW, OLD, plan, type Query } from './edit-plan.ts';

describe('an Argo CD application', () => {
  const application = (spec: string): string => `apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n${spec}`;

  it.each([
    [
      'kustomize images',
      `  source: {kustomize: {images: ['${NAME}:1.0.0', 'other:1.0.0']}}`,
      `source: {kustomize: {images: ['${NAME}:2.0.0', 'other:1.0.0']}}`,
    ],
    [
      'kustomize images that rename',
      `  source:\n    kustomize:\n      images:\n      - web=${NAME}:1.0.0`,
      `- web=${NAME}:2.0.0`,
    ],
    ['a kustomize image without a version', `  source: {kustomize: {images: ['${NAME}']}}`, 'unchanged'],
    [
      'a tag parameter',
      `  source:\n    helm:\n      parameters:\n      - {name: image.repository, value: ${NAME}}\n      - {name: image.tag, value: 1.0.0}`,
      '- {name: image.tag, value: 2.0.0}',
    ],
    [
      'a registry parameter apart',
      `  source:\n    helm:\n      parameters:\n      - {name: image.registry, value: contoso.azurecr.io}\n      - {name: image.repository, value: shop/web}\n      - {name: image.digest, value: ${OLD}}`,
      `- {name: image.digest, value: ${NEW}}`,
    ],
    [
      'a parameter that holds the whole reference',
      `  source:\n    helm:\n      parameters:\n      - {name: web, value: '${NAME}:1.0.0'}`,
      `- {name: web, value: '${NAME}:2.0.0'}`,
    ],
    [
      'a parameter of another image',
      `  source:\n    helm:\n      parameters:\n      - {name: image.repository, value: other}\n      - {name: image.tag, value: 1.0.0}`,
      'unchanged',
    ],
    [
      'values as an object',
      `  source:\n    helm:\n      valuesObject:\n        image: {repository: ${NAME}, tag: 1.0.0}`,
      `image: {repository: ${NAME}, tag: 2.0.0}`,
    ],
    [
      'every source',
      `  sources:\n  - {kustomize: {images: ['${NAME}:1.0.0']}}\n  - {helm: {valuesObject: {image: '${NAME}:1.1.0'}}}`,
      `- {kustomize: {images: ['${NAME}:2.0.0']}}\n- {helm: {valuesObject: {image: '${NAME}:2.0.0'}}}`,
    ],
    ['nothing at all', '  project: default', 'unchanged'],
  ])('%s', (_, spec, expected) => {
    expect(changed(application(spec))).toBe(expected);
  });

  it('says that values kept as text are not edited', () => {
    const { outcome, warnings } = plan(
      application(`  source:\n    helm:\n      values: |\n        image: ${NAME}:1.0.0\n`),
    );
    expect([outcome, warnings.join()]).toEqual(['unchanged', expect.stringContaining('valuesObject')]);
  });

  it('is told by its kind or by the name of its parameter file', () => {
    const file = `helm:\n  parameters:\n  - {name: image.name, value: ${NAME}}\n  - {name: image.tag, value: 1.0.0}\n`;
    expect(changed(file, { path: 'apps/.argocd-source-web.yaml' })).toBe('- {name: image.tag, value: 2.0.0}');
    expect(detectModes('a.yaml', application('  project: default'))).toEqual(['argocd-app']);
  });
});

describe('a Flux object', () => {
  const flux = (api: string, kind: string, rest: string): string => `apiVersion: ${api}\nkind: ${kind}\n${rest}`;
  const release = (spec: string): string => flux('helm.toolkit.fluxcd.io/v2', 'HelmRelease', `spec:\n${spec}`);
  const repository = (spec: string): string => flux('source.toolkit.fluxcd.io/v1', 'OCIRepository', `spec:\n${spec}`);

  it.each([
    [
      'values of a release',
      release(`  values:\n    image: {repository: ${NAME}, tag: 1.0.0}`),
      `image: {repository: ${NAME}, tag: 2.0.0}`,
    ],
    [
      'images of a post-renderer',
      release(`  postRenderers:\n  - kustomize:\n      images:\n      - {name: ${NAME}, newTag: 1.0.0}`),
      `- {name: ${NAME}, newTag: 2.0.0}`,
    ],
    ['values from elsewhere', release(`  valuesFrom:\n  - {images: [{name: ${NAME}, newTag: 1.0.0}]}`), 'unchanged'],
    [
      'images of a Kustomization',
      flux(
        'kustomize.toolkit.fluxcd.io/v1',
        'Kustomization',
        `spec:\n  images:\n  - {name: web, newName: ${NAME}, newTag: 1.0.0}`,
      ),
      `- {name: web, newName: ${NAME}, newTag: 2.0.0}`,
    ],
    ['the tag of a chart', repository(`  url: oci://${NAME}\n  ref: {tag: 1.0.0}`), 'ref: {tag: 2.0.0}'],
    ['the digest of a chart', repository(`  url: oci://${NAME}\n  ref: {digest: '${OLD}'}`), `ref: {digest: '${NEW}'}`],
    ['another chart', repository('  url: oci://contoso.azurecr.io/other\n  ref: {tag: 1.0.0}'), 'unchanged'],
    ['a chart by semver', repository(`  url: oci://${NAME}\n  ref: {semver: 1.x}`), 'unchanged'],
    ['a chart without a reference', repository(`  url: oci://${NAME}`), 'unchanged'],
    [
      'a chart without a spec',
      flux('source.toolkit.fluxcd.io/v1', 'OCIRepository', 'metadata: {name: web}'),
      'unchanged',
    ],
  ])('%s', (_, text, expected) => {
    expect(changed(text)).toBe(expected);
  });

  it('that is no map, or values without an envelope, when asked for', () => {
    expect(changed('- a', { mode: 'helmrelease-or-flux' })).toBe('unchanged');
    expect(changed(`image: {repository: ${NAME}, tag: 1.0.0}`, { mode: 'helmrelease-or-flux' })).toBe(
      `image: {repository: ${NAME}, tag: 2.0.0}`,
    );
  });
});

describe('a Flux marker', () => {
  const policies = {
    'flux-system:web': { name: NAME, tag: '2.0.0', digest: NEW },
    'flux-system:plain': { name: NAME, tag: '3.0.0' },
  };
  const marked = (value: string, part = '', policy = 'web'): string =>
    `${value} # {"$imagepolicy": "flux-system:${policy}${part}"}\n`;

  it.each([
    [
      'a whole image, with the digest that its policy carries',
      marked(`image: ${NAME}:1.0.0`),
      `image: ${NAME}:2.0.0@${NEW}`,
    ],
    ['a whole image without a digest', marked(`image: ${NAME}:1.0.0`, '', 'plain'), `image: ${NAME}:3.0.0`],
    ['a tag', marked('tag: 1.0.0', ':tag'), 'tag: 2.0.0'],
    ['a name', marked('name: old/name', ':name'), `name: ${NAME}`],
    ['a digest', marked(`digest: ${OLD}`, ':digest'), `digest: ${NEW}`],
    ['an item', `images:\n- ${marked(`${NAME}:1.0.0`)}`, `- ${NAME}:2.0.0@${NEW}`],
    [
      'an item below its comment',
      `images:\n# {"$imagepolicy": "flux-system:web"}\n- ${NAME}:1.0.0\n`,
      `- ${NAME}:2.0.0@${NEW}`,
    ],
  ])('%s', (_, text, expected) => {
    expect(changed(text, { policies }).split(' # ')[0]).toBe(expected);
  });

  it.each([
    ['a policy that is not known', marked('tag: 1.0.0', ':tag', 'other'), /line 1: .*policy that is not known/],
    ['a digest that its policy does not carry', marked('tag: x', ':digest', 'plain'), /asks for a digest/],
    [
      'text around it',
      'tag: 1.0.0 # see {"$imagepolicy": "flux-system:web:tag"}\n',
      /is not written so .*; expected #/,
    ],
    ['a part that does not exist', 'tag: 1.0.0 # {"$imagepolicy": "flux-system:web:version"}\n', /is not written so/],
    ['a policy that is no text', 'tag: 1.0.0 # {"$imagepolicy": {"a": 1}}\n', /is not written so/],
    ['JSON that is no object', 'tag: 1.0.0 # "$imagepolicy"\n', /is not written so/],
    ['a collection before it', 'a: {b: 1} # {"$imagepolicy": "flux-system:web"}\n', /belongs to no scalar/],
    ['a key before it', 'a: # {"$imagepolicy": "flux-system:web"}\n  b: 1\n', /belongs to no scalar/],
    ['a map below it', 'b: 2\n# {"$imagepolicy": "flux-system:web"}\na: 1\n', /belongs to no scalar/],
    ['a map item below it', 'x:\n# {"$imagepolicy": "flux-system:web"}\n- a: 1\n', /belongs to no scalar/],
    [
      'a comment above it',
      `x:\n# note\n# {"$imagepolicy": "flux-system:web"}\n- ${NAME}:1.0.0\n`,
      /belongs to no scalar/,
    ],
    ['nothing below it', 'x: 1\n# {"$imagepolicy": "flux-system:web"}', /belongs to no scalar/],
  ])('warns of %s, and writes nothing', (_, text, warning) => {
    const { outcome, warnings } = plan(text, { mode: 'flux-marker', policies });
    expect([outcome, warnings[0]]).toEqual(['unchanged', expect.stringMatching(warning)]);
  });

  it.each([
    ['a text', 'a: "# {\\"$imagepolicy\\": \\"flux-system:web\\"}"\n'],
    [
      'a text of several lines',
      'a: |\n  tag: 1 # {"$imagepolicy": "flux-system:web"}\n  and {"$imagepolicy": "x:y"}\n',
    ],
    ['a plain value', 'a: b#{"$imagepolicy":"flux-system:web"}\n'],
  ])('inside of %s is data', (_, text) => {
    expect(plan(text, { mode: 'flux-marker', policies })).toMatchObject({ outcome: 'unchanged' });
  });

  it.each([
    ['beside the name', `image:\n  repository: ${NAME}\n  ${marked('tag: 1.0.0', ':tag')}`, 'tag: 2.0.0'],
    [
      'in a Kustomization',
      `images:\n- name: web\n  newName: ${NAME}\n  ${marked('newTag: 1.0.0', ':tag')}`,
      'newTag: 2.0.0',
    ],
    ['on a whole image', marked(`image: ${NAME}:1.0.0`), `image: ${NAME}:2.0.0`],
    ['on a name, which is never written then', marked(`name: ${NAME}`, ':name'), 'unchanged'],
    ['on another image', marked('image: other:1.0.0'), 'unchanged'],
    ['on an item without keys', `x: [a]\ny:\n- ${marked('1.0.0', ':tag')}`, 'unchanged'],
    ['beside another name', `image:\n  repository: other\n  ${marked('tag: 1.0.0', ':tag')}`, 'unchanged'],
  ])('without policies counts by the image %s', (_, text, expected) => {
    expect(changed(text).split(' # ')[0]).toBe(expected);
  });
});

describe('Helm values', () => {
  it.each([
    ['a common stem', `imageRepository: ${NAME}\nimageTag: 1.0.0`, 'imageTag: 2.0.0'],
    ['a stem with a dot', `image.repository: ${NAME}\nimage.tag: 1.0.0`, 'image.tag: 2.0.0'],
    [
      'a registry apart',
      'image: {registry: contoso.azurecr.io, repository: shop/web, tag: 1.0.0}',
      'image: {registry: contoso.azurecr.io, repository: shop/web, tag: 2.0.0}',
    ],
    ['a version key', `image: {repository: ${NAME}, version: 1.0.0}`, `image: {repository: ${NAME}, version: 2.0.0}`],
    [
      'a version of something else beside a tag',
      `image: {repository: ${NAME}, version: '7', tag: 1.0.0}`,
      `image: {repository: ${NAME}, version: '7', tag: 2.0.0}`,
    ],
    [
      'a digest beside an empty tag',
      `image: {repository: ${NAME}, tag: '', digest: '${OLD}'}`,
      `image: {repository: ${NAME}, tag: '', digest: '${NEW}'}`,
    ],
    [
      'an empty digest',
      `image: {repository: ${NAME}, tag: 1.0.0, digest: ''}`,
      `image: {repository: ${NAME}, tag: 2.0.0, digest: ''}`,
    ],
    ['an empty tag', `image:\n  repository: ${NAME}\n  tag:\n`, 'tag: 2.0.0'],
    [
      'an empty tag at the end of its key',
      `image: {repository: ${NAME}, tag: }`,
      `image: {repository: ${NAME}, tag: 2.0.0}`,
    ],
    ['a whole reference', `webImage: ${NAME}:1.0.0`, `webImage: ${NAME}:2.0.0`],
    [
      'a whole reference with its registry apart',
      'registry: contoso.azurecr.io\nimage: shop/web:1.0.0',
      'image: shop/web:2.0.0',
    ],
    ['a whole reference without a version', `image: ${NAME}`, 'unchanged'],
    ['a repository inherited through <<', `base: &b {repository: ${NAME}}\nweb:\n  <<: *b\n  tag: 1.0.0`, 'tag: 2.0.0'],
    [
      'a repository inherited through a list of <<',
      `a: &a {x: 1}\nbase: &b {repository: ${NAME}}\nweb:\n  <<: [*a, *b]\n  tag: 1.0.0`,
      'tag: 2.0.0',
    ],
    ['a merge that leads nowhere', 'web:\n  <<: 5\n  tag: 1.0.0', 'unchanged'],
  ])('%s', (_, text, expected) => {
    expect(changed(text)).toBe(expected);
  });
});

describe('a Kustomization', () => {
  it.each([
    [
      'a digest alone',
      `images:\n- {name: ${NAME}, newTag: '', digest: '${OLD}'}`,
      `- {name: ${NAME}, newTag: '', digest: '${NEW}'}`,
    ],
    ['no version yet', `images:\n- name: ${NAME}`, 'newTag: 2.0.0'],
    ['no version yet, in one line', `images: [{name: ${NAME}}]`, `images: [{name: ${NAME}, newTag: 2.0.0}]`],
    ['a version that it inherits', `x: &x {newTag: 1.0.0}\nimages:\n- <<: *x\n  name: ${NAME}\n`, 'unchanged'],
    [
      'an entry that ends with a list',
      `images:\n- name: ${NAME}\n  x: [1]\n`,
      'refused: the entry has no newTag, and none can be added after its last key',
    ],
    [
      'an entry that ends with text of several lines',
      `images:\n- name: ${NAME}\n  x: |\n    a\n`,
      'refused: the entry has no newTag, and none can be added after its last key',
    ],
  ])('with %s', (_, text, expected) => {
    expect(changed(text, { mode: 'kustomize-images' })).toBe(expected);
  });

  it('gains the key with the line ends and the indentation of its neighbours', () => {
    expect(plan(`images:\r\n  - name: ${NAME} # web\r\n`, { mode: 'kustomize-images' }).after).toBe(
      `images:\r\n  - name: ${NAME} # web\r\n    newTag: 2.0.0\r\n`,
    );
    expect(plan(`images:\n- name: ${NAME}`, { mode: 'kustomize-images' }).after).toBe(
      `images:\n- name: ${NAME}\n  newTag: 2.0.0`,
    );
  });
});

describe('a manifest', () => {
  it.each([
    [
      'a container of any kind',
      `kind: Pod\nspec: {initContainers: [{image: '${NAME}:1.0.0'}]}`,
      `spec: {initContainers: [{image: '${NAME}:2.0.0'}]}`,
    ],
    [
      'an image volume',
      `kind: Pod\nspec:\n  volumes:\n  - image: {reference: '${NAME}:1.0.0'}`,
      `- image: {reference: '${NAME}:2.0.0'}`,
    ],
    [
      'a container without a version',
      `kind: Pod\nspec: {containers: [{image: '${NAME}'}]}`,
      `spec: {containers: [{image: '${NAME}:2.0.0'}]}`,
    ],
    [
      'a list of objects',
      `kind: List\nitems:\n- kind: Pod\n  spec: {containers: [{image: '${NAME}:1.0.0'}]}`,
      `spec: {containers: [{image: '${NAME}:2.0.0'}]}`,
    ],
    ['an annotation', `kind: Pod\nmetadata: {annotations: {image: '${NAME}:1.0.0'}}`, 'unchanged'],
    ['data of a ConfigMap', `kind: ConfigMap\ndata: {image: '${NAME}:1.0.0'}`, 'unchanged'],
    ['something that is no object', `image: ${NAME}:1.0.0`, 'unchanged'],
  ])('%s', (_, text, expected) => {
    expect(changed(text, { mode: 'raw-manifest' })).toBe(expected);
  });
});

describe('exact keys', () => {
  const keys = (key: string, value = '2.0.0'): Query => ({ mode: 'helm-values', keys: [{ key, value }] });

  it.each([
    ['a path', 'a:\n  b: 1.0.0', keys('a.b'), 'b: 2.0.0'],
    ['a list by brackets', 'a:\n- b: 1.0.0', keys('a[0].b'), '- b: 2.0.0'],
    ['a list by a number', 'a:\n- b: 1.0.0', keys('a.0.b'), '- b: 2.0.0'],
    ['a key with dots', 'a.b: 1.0.0', keys('a.b'), 'a.b: 2.0.0'],
    ['an escaped dot', 'a.b:\n  c: 1.0.0', keys('a\\.b.c'), 'c: 2.0.0'],
    ['a path from the root', 'a: 1.0.0', keys('$.a'), 'a: 2.0.0'],
    ['a whole image', `a: ${NAME}:1.0.0`, keys('a', `${NAME}:2.0.0`), `a: ${NAME}:2.0.0`],
    ['a digest', `a: {digest: '${OLD}'}`, keys('a.digest', NEW), `a: {digest: '${NEW}'}`],
    ['every document that has it', 'a: 1.0.0\n---\nb: 1\n---\na: 1.1.0', keys('a'), 'a: 2.0.0\na: 2.0.0'],
    ['a key that does not stand there', 'a: 1', keys('b'), 'refused: none of the keys stands in the file'],
    ['an index beyond the list', 'a: [1]', keys('a[5]'), 'refused: none of the keys stands in the file'],
    ['a word for an index', 'a: [1]', keys('a.b'), 'refused: none of the keys stands in the file'],
    ['a path into a scalar', 'a: 1', keys('a.b'), 'refused: none of the keys stands in the file'],
    ['a collection', 'a: {b: 1}', keys('a'), 'refused: the tag is no scalar'],
  ])('%s', (_, text, query, expected) => {
    expect(changed(text, query)).toBe(expected);
  });

  it('warn of a key that is missing beside one that is there, and of one behind an alias', () => {
    const both = {
      mode: 'helm-values' as const,
      keys: [
        { key: 'a', value: '2.0.0' },
        { key: 'b', value: '2.0.0' },
      ],
    };
    expect(plan('a: 1.0.0', both)).toMatchObject({ outcome: 'edited', warnings: ['b does not stand in the file'] });
    const behind = plan('x: &x {tag: 1.0.0}\na: *x', keys('a.tag'));
    expect(behind.outcome).toBe('refused');
    expect(behind.warnings[0]).toContain("name the anchor's own path");
  });
});
