import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { isDigest, isRepository, isTag, parseImageReference } from '../../../../shared/domain/image/reference.ts';
import { editImage } from '../../../../shared/domain/image/yaml-edit/edit.ts';

interface EditCase {
  readonly id: string;
  readonly mode: string;
  readonly before: string;
  readonly image: string;
  readonly newTag: string;
  readonly newDigest: string | null;
  readonly after: string;
  readonly strict: boolean;
}

const DIGEST = `sha256:${'d'.repeat(64)}`;
const IMAGE = { registry: 'contoso.azurecr.io', repository: 'shop/web' };
const file = join(import.meta.dirname, '../../../cases/image.json');
const { yamlCases } = JSON.parse(readFileSync(file, 'utf8')) as { yamlCases: readonly EditCase[] };
/** What the first form finds by itself; markers that rename or restrict come with the explicit modes. */
const FOUND = ['kustomize-images', 'helm-values', 'raw-manifest'];
const strict = yamlCases.filter(({ mode, strict: isStrict }) => FOUND.includes(mode) && isStrict);

function edit(text: string, tag = '1.5.0'): string {
  const result = editImage({ path: '', text }, { image: IMAGE }, { tag, digest: DIGEST });
  return result.outcome === 'edited' ? result.after : result.outcome;
}

describe('editImage', () => {
  it.each(strict)('$id ($mode): byte for byte', ({ before, image, newTag, newDigest, after }) => {
    const wanted = { tag: newTag, digest: newDigest ?? DIGEST };
    const result = editImage({ path: '', text: before }, { image: parseImageReference(image)! }, wanted);
    expect(result.outcome === 'edited' ? result.after : before).toBe(after);
  });

  it.each([
    ['a container', 'image: contoso.azurecr.io/shop/web:1.4.0\n', 'image: contoso.azurecr.io/shop/web:1.5.0\n'],
    [
      'a digest that stands there',
      `image: contoso.azurecr.io/shop/web:1.4.0@sha256:${'a'.repeat(64)}`,
      `image: contoso.azurecr.io/shop/web:1.5.0@${DIGEST}`,
    ],
    [
      'a registry apart',
      'image: {registry: contoso.azurecr.io, repository: shop/web, tag: "1.4.0"}',
      'image: {registry: contoso.azurecr.io, repository: shop/web, tag: "1.5.0"}',
    ],
    [
      'a file that begins as JSON and is none',
      '{image: {repository: contoso.azurecr.io/shop/web, tag: 1.4.0}}\n',
      '{image: {repository: contoso.azurecr.io/shop/web, tag: 1.5.0}}\n',
    ],
    [
      'an anchor',
      'a: {repository: contoso.azurecr.io/shop/web, tag: &t 1.4.0}\nb: *t\n',
      'a: {repository: contoso.azurecr.io/shop/web, tag: &t 1.5.0}\nb: *t\n',
    ],
    [
      'single quotes',
      "images:\n- name: contoso.azurecr.io/shop/web\n  newTag: '1.4.0'\n",
      "images:\n- name: contoso.azurecr.io/shop/web\n  newTag: '1.5.0'\n",
    ],
  ])('edits %s', (_what, before, after) => {
    expect(edit(before)).toBe(after);
  });

  it.each([
    ['1.10', '"1.10"'],
    ['0x1f', '"0x1f"'],
    ['1e3', '"1e3"'],
    ['no', '"no"'],
    ['2026-11-21', '"2026-11-21"'],
    ['1.10.0', '1.10.0'],
    ['v2', 'v2'],
  ])('writes %s as %s, so that it stays text', (tag, written) => {
    expect(edit('repository: contoso.azurecr.io/shop/web\ntag: 1.4.0\n', tag)).toBe(
      `repository: contoso.azurecr.io/shop/web\ntag: ${written}\n`,
    );
  });

  it.each([
    ['another image', 'image: contoso.azurecr.io/shop/web-admin:1.4.0\n', 'absent'],
    ['no image at all', 'a: 1\n', 'absent'],
    ['an image without tag', 'image: contoso.azurecr.io/shop/web\n', 'absent'],
    ['text in a ConfigMap', 'kind: ConfigMap\ndata:\n  image: contoso.azurecr.io/shop/web:1.4.0\n', 'absent'],
    ['what stands there already', 'image: contoso.azurecr.io/shop/web:1.5.0\n', 'unchanged'],
    ['a map for a tag', 'repository: contoso.azurecr.io/shop/web\ntag: {a: 1}\n', 'refused'],
    ['YAML that does not parse', 'image: contoso.azurecr.io/shop/web:1.4.0\nb: [\n', 'refused'],
  ])('leaves alone %s', (_what, text, outcome) => {
    expect(edit(text)).toBe(outcome);
  });

  it('tells line, column and values', () => {
    const result = editImage(
      { path: '', text: 'a: 1\r\nimage: contoso.azurecr.io/shop/web:1.4.0 # x\r\n' },
      { image: IMAGE },
      { tag: '1.5.0', digest: DIGEST },
    );
    expect(result).toMatchObject({
      current: ['1.4.0'],
      changes: [{ line: 2, column: 8, from: 'contoso.azurecr.io/shop/web:1.4.0' }],
    });
  });

  it('changes the one value of any document, and back again leaves every byte', () => {
    const noise = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,6}$/),
      fc.oneof(
        fc.stringMatching(/^[a-z0-9 #:]{0,12}$/).map((s) => JSON.stringify(s)),
        fc.nat().map(String),
        fc.constant('~'),
      ),
    );
    const style = fc.constantFrom(
      (t: string) => t,
      (t: string) => `'${t}'`,
      (t: string) => `"${t}"`,
    );
    fc.assert(
      fc.property(
        noise,
        style,
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom('', ' # 1.4.0 stays'),
        (members, quote, newline, comment) => {
          const lines = [
            ...Object.entries(members).map(([key, value]) => `n${key}: ${value}`),
            `image: ${quote('contoso.azurecr.io/shop/web:1.4.0')}${comment}`,
            'last: 1.4.0',
          ];
          const text = lines.join(newline);
          const after = edit(text);
          expect(parseAllDocuments(after)[0]?.toJS()).toMatchObject({
            image: 'contoso.azurecr.io/shop/web:1.5.0',
            last: '1.4.0',
          });
          expect(edit(after, '1.4.0')).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('image references', () => {
  it.each(['localhost/a:1', 'host:5000/a/b', `contoso.azurecr.io/a@${DIGEST}`])('reads %s', (text) => {
    expect(parseImageReference(text)).toBeDefined();
  });

  it.each([
    'web:1.0',
    '/web:1',
    'library/web:1',
    'contoso.azurecr.io/Web:1',
    'contoso.azurecr.io/a:1:2',
    'contoso.azurecr.io/a@b@c',
    'contoso.azurecr.io/a:-x',
    'contoso.azurecr.io/a@sha256:1',
    'con toso.io/a:1',
  ])('refuses %s', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it('knows the OCI grammar', () => {
    expect([
      isRepository('a/b-c__d'),
      isRepository('a//b'),
      isRepository('a'.repeat(256)),
      isTag('v1'),
      isTag('.x'),
      isDigest(DIGEST),
    ]).toEqual([true, false, false, true, false, true]);
  });
});
