import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { editImage } from '../../../../shared/domain/image/yaml-edit/edit.ts';
import { plan, IMAGE, NAME } from './edit-plan.ts';

/** Documents of each share: 20 shares make 10,000. `REFLEX_EDIT_RUNS=5000` for more. */
const RUNS = Number(process.env['REFLEX_EDIT_RUNS'] ?? 500);
const [OLD_TAG, NEW_TAG] = ['v1.0.0-before', 'v2.0.0-after'];

const word = fc.constantFrom('a', 'b1', 'ümläut', '日本', '🚀', 'true', '1.10', 'null', "it''s", 'x-y');
const quoted = fc.oneof(
  word,
  word.map((text) => `"${text}"`),
  word.map((text) => `'${text}'`),
  fc.constant('"esc \\u00e9 \\n end"'),
);

/** Lines of YAML that stand beside an image and must stay as they are; `id` keeps keys and anchors apart. */
const filler = fc
  .record({
    kind: fc.constantFrom('comment', 'scalar', 'map', 'list', 'flow', 'literal', 'folded', 'anchor', 'empty', 'merge'),
    first: quoted,
    second: quoted,
  })
  .map(({ kind, first, second }) => (id: string): readonly string[] => {
    switch (kind) {
      case 'comment':
        return [`# ${second}: [not yaml`, ''];
      case 'scalar':
        return [`s${id}: ${first} # note`];
      case 'map':
        return [`m${id}:`, `  k: ${first}`, `  deeper:`, `    - ${second}`];
      case 'list':
        return [`l${id}:`, `- ${first}`, `- k: ${second}`, `  z: 1`];
      case 'flow':
        return [`f${id}: {a: [${first}, {b: ${second}}], c: }`];
      case 'literal':
        return [`t${id}: |`, `  image: ${NAME}:not-this`, `  ${second}`];
      case 'folded':
        return [`o${id}: >-`, `  some words`, ``, `  ${NAME}:not-this`];
      case 'anchor':
        return [`n${id}: &n${id} {k: ${first}}`, `r${id}: *n${id}`];
      case 'merge':
        return [`b${id}: &b${id}`, `  k: ${first}`, `w${id}:`, `  <<: *b${id}`, `  own: ${second}`];
      case 'empty':
        return ['', `e${id}:`];
    }
  });

/** An image in one of the forms that files hold, with the old tag once. */
const image = fc
  .record({
    form: fc.constantFrom('values', 'flow values', 'kustomize', 'inline', 'anchored', 'block'),
    quote: fc.constantFrom('', "'", '"'),
    comment: fc.constantFrom('', ' # keep me'),
  })
  .map(({ form, quote, comment }) => (id: string): readonly string[] => {
    const tag = `${quote}${OLD_TAG}${quote}`;
    switch (form) {
      case 'values':
        return [`i${id}:`, `  repository: ${NAME}${comment}`, `  tag: ${tag}${comment}`];
      case 'flow values':
        return [`i${id}: {repository: ${NAME}, tag: ${tag}, pull: Always}${comment}`];
      case 'kustomize':
        return [`images:`, `  - name: web${comment}`, `    newName: ${NAME}`, `    newTag: ${tag}${comment}`];
      case 'inline':
        return [`i${id}Image: ${quote}${NAME}:${OLD_TAG}${quote}${comment}`];
      case 'anchored':
        return [`i${id}:`, `  repository: ${NAME}`, `  tag: &tag${id} ${tag}`, `label${id}: *tag${id}`];
      case 'block':
        return [`i${id}:`, `  repository: ${NAME}`, `  tag: |-`, `    ${OLD_TAG}`];
    }
  });

const file = fc
  .record({
    before: fc.array(filler, { maxLength: 6 }),
    image,
    after: fc.array(filler, { maxLength: 6 }),
    others: fc.array(fc.array(filler, { maxLength: 3 }), { maxLength: 2 }),
    eol: fc.constantFrom('\n', '\r\n'),
    hasEnd: fc.boolean(),
    hasMark: fc.boolean(),
    hasBom: fc.boolean(),
  })
  .map(({ before, image: make, after, others, eol, hasEnd, hasMark, hasBom }) => {
    const main = [...before, make, ...after].flatMap((lines, index) => lines(`0x${index}`));
    const more = others.flatMap((lines, document) => [
      '---',
      ...lines.flatMap((one, index) => one(`${document + 1}x${index}`)),
    ]);
    const text = [...(hasMark ? ['---'] : []), ...main, ...more].join(eol);
    return (hasBom ? '\uFEFF' : '') + text + (hasEnd ? eol : '');
  });

function shares(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('an edit of any file', () => {
  it.each(shares(16))('changes the characters of the value and nothing else, once (share %i)', () => {
    let edited = 0;
    fc.assert(
      fc.property(file, (text) => {
        const result = editImage({ path: '', text }, { image: IMAGE }, { tag: NEW_TAG });
        fc.pre(result.outcome !== 'refused' || !result.reason.startsWith('not valid YAML'));
        expect(result.outcome).toBe('edited');
        const { after, changes } = result as Extract<typeof result, { outcome: 'edited' }>;
        expect(after).toBe(text.replace(OLD_TAG, NEW_TAG));
        expect(changes).toHaveLength(1);
        const again = editImage({ path: '', text: after }, { image: IMAGE }, { tag: NEW_TAG });
        expect(again).toMatchObject({ outcome: 'unchanged', current: [NEW_TAG] });
        edited += 1;
      }),
      { numRuns: RUNS },
    );
    expect(edited).toBeGreaterThan(RUNS / 2);
  });

  it.each(shares(4))('is refused or leaves the tree as it was but for its values, whatever the text is (%i)', () => {
    const pieces = fc.constantFrom(
      ...[
        'image:',
        ' ',
        '\n',
        '  ',
        '- ',
        NAME,
        ':1.0',
        'tag: ',
        '&a ',
        '*a',
        '{',
        '}',
        '[',
        ']',
        ', ',
        '|',
        '>',
        '"',
        "'",
        '#',
        '? ',
      ],
      ...[
        'repository: ',
        'images:\n',
        'newTag: ',
        '---\n',
        '!!str ',
        '<<: ',
        '\t',
        '\u0000',
        '\u2028',
        '1.0',
        '@sha256:',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const { outcome, after, edits } = plan(text, {}, { tag: '2.0.0' });
        if (outcome !== 'edited') {
          expect(after).toBe(text);
          return;
        }
        const [was, is] = [text, after].map((one) =>
          parseAllDocuments(one, { uniqueKeys: false }).map((document) =>
            JSON.stringify(document.toJS({ maxAliasCount: 50 })),
          ),
        );
        expect(is).toHaveLength(was?.length ?? -1);
        expect(edits.length).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });
});
