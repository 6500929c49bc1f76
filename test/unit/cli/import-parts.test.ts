import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

import { assemble } from '../../../cli/import/assemble.ts';
import { readFlux } from '../../../cli/import/flux.ts';
import { readImageUpdater } from '../../../cli/import/image-updater.ts';
import { nameOf, uniqueName } from '../../../cli/import/names.ts';
import { covers, globBelow, narrowest } from '../../../cli/import/places.ts';
import { printFleet } from '../../../cli/import/print.ts';
import { readObjects } from '../../../cli/import/read-objects.ts';
import { readRepositoryUrl } from '../../../cli/import/repository-url.ts';
import { Name } from '../../../shared/fleet/schema/scalars.ts';

describe('a Git URL', () => {
  it.each([
    ['https://github.com/contoso/shop.git', { github: 'contoso/shop' }],
    ['ssh://git@github.com/contoso/shop', { github: 'contoso/shop' }],
    ['git@github.com:contoso/shop.git', { github: 'contoso/shop' }],
    ['https://git.contoso.com/a/b', { github: 'a/b', apiUrl: 'https://git.contoso.com/api/v3' }],
    ['https://gitlab.com/contoso/shop', undefined],
    ['https://dev.azure.com/contoso/_git/shop', undefined],
    ['https://github.com/contoso', undefined],
    ['', undefined],
  ])('%s', (url, expected) => {
    expect(readRepositoryUrl(url)).toEqual(expected);
  });
});

describe('places', () => {
  it.each([
    ['./clusters/prod/', 'clusters/prod/**'],
    ['.', '**'],
    ['../../etc', 'etc/**'],
  ])('below %s are %s', (path, glob) => {
    expect(globBelow(path)).toBe(glob);
  });

  const path = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 4 }).map((one) => one.join('/'));

  it('are never narrower than the files that they are for', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 5 }), (files) => {
        const glob = narrowest(files);
        expect(files.every((file) => covers(glob, file))).toBe(true);
      }),
    );
  });
});

describe('names', () => {
  it('are what a fleet file takes, whatever they come from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(Name.safeParse(uniqueName(new Map([[nameOf(text), 1]]), nameOf(text), 2)).success).toBe(true);
      }),
    );
  });
});

/** Objects of the kinds that are read, with anything at all where something is expected. */
function anyObject(): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('web', 'contoso.azurecr.io/shop/web', '1.x', './apps', 'https://github.com/contoso/shop'),
  );
  const keys = [
    'image',
    'policy',
    'imageRepositoryRef',
    'update',
    'git',
    'sourceRef',
    'url',
    'source',
    'applicationRefs',
  ];
  const spec = fc.oneof(anything, fc.dictionary(fc.constantFrom(...keys), anything));
  const kind = fc.constantFrom(
    ['image.toolkit.fluxcd.io/v1', 'ImagePolicy'],
    ['image.toolkit.fluxcd.io/v1', 'ImageRepository'],
    ['image.toolkit.fluxcd.io/v1', 'ImageUpdateAutomation'],
    ['source.toolkit.fluxcd.io/v1', 'GitRepository'],
    ['argoproj.io/v1alpha1', 'Application'],
    ['argocd-image-updater.argoproj.io/v1alpha1', 'ImageUpdater'],
  );
  const annotations = fc.dictionary(
    fc
      .constantFrom('image-list', 'update-strategy', 'allow-tags', 'git-branch')
      .map((name) => `argocd-image-updater.argoproj.io/${name}`),
    anything,
  );
  const metadata = fc.oneof(anything, fc.record({ name: anything, annotations }));
  return fc.tuple(kind, metadata, spec).map(([[apiVersion, name], of, body]) => ({
    apiVersion,
    kind: name,
    metadata: of,
    spec: body,
  }));
}

describe('objects of any shape', () => {
  it('become a fleet file or remarks, never an error', () => {
    fc.assert(
      fc.property(fc.array(anyObject(), { maxLength: 6 }), (documents) => {
        const marker = '---\nimage: x # {"$imagepolicy": "a:web"}\n';
        const text = documents.map((one) => `---\n${stringify(one)}`).join('') + marker;
        const { objects, markers } = readObjects({ path: 'a.yaml', text });
        const readings = [readFlux(objects, markers), readImageUpdater(objects)];
        const draft = assemble(
          readings.flatMap(({ drafts }) => drafts),
          { github: undefined, branch: undefined },
        );
        const remarks = [...readings, draft].flatMap((one) => one.remarks);
        expect(parse(printFleet(draft, remarks))).toMatchObject({ version: 1 });
      }),
    );
  });
});
