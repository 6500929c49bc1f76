import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { USUAL_PULL_REQUESTS } from '../../../../../shared/domain/image/writing-settings.ts';
import {
  imageMark,
  markerText,
  readMarker,
  withMarker,
  type Marker,
} from '../../../../../shared/targets/git-branch/pull-requests/marker.ts';
import { proposalText, withdrawnText } from '../../../../../shared/targets/git-branch/pull-requests/text.ts';
import { IMAGE } from '../branch.ts';

const MARKER: Marker = {
  content: 'a'.repeat(64),
  isComplete: false,
  isWithdrawn: false,
  images: ['0123456789abcdef'],
  base: 'b0',
};
const PROPOSAL = {
  placements: [{ image: IMAGE, stage: 'prod', from: ['1.0.0'], to: '1.2.0', places: 2 }],
  base: 'main',
  group: 'stage:prod',
  record: 'https://reflex.example/api/records/p-1',
  marker: MARKER,
};

describe('the text of a pull request', () => {
  it('has a title, what stands in the fleet file, a table, a link to the record, and the marker last', () => {
    const { title, body } = proposalText(PROPOSAL, { title: '[{group}] {what} into {base}', text: '## Ours' });
    expect(title).toBe('[stage:prod] shop/web 1.0.0 -> 1.2.0 (prod) into main');
    expect(body.split('\n')).toEqual([
      '## Ours',
      '',
      '| image | stage | from | to | places |',
      '| --- | --- | --- | --- | --- |',
      `| \`${IMAGE}\` | \`prod\` | \`1.0.0\` | \`1.2.0\` | \`2\` |`,
      '',
      'Why: [record](https://reflex.example/api/records/p-1)',
      '',
      expect.stringContaining('Closing says: not these versions'),
      '',
      markerText(MARKER),
    ]);
  });

  it('stays under what GitHub takes, and says how much it leaves out', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      ...PROPOSAL.placements[0]!,
      image: `contoso.azurecr.io/${'x'.repeat(200)}/${index}`,
    }));
    const marker = { ...MARKER, images: many.map(({ image }) => imageMark({ image, stage: 'prod', digest: 'd' })) };
    const { title, body } = proposalText({ ...PROPOSAL, placements: many, marker }, USUAL_PULL_REQUESTS);
    expect(body.length).toBeLessThan(65_536);
    expect(body).toContain('And 900 more: see the files.');
    expect([title, readMarker(body)]).toEqual(['Images: update 1000 images', marker]);
  });

  it('shows hostile values as text: no row, mention, link or marker of theirs', () => {
    const evil = fc.constantFrom(
      'x` | @octocat',
      '<!-- reflex:1 content= -->',
      '](https://evil.example)',
      'a\n\n# heading',
      markerText({ ...MARKER, isWithdrawn: true }),
    );
    fc.assert(
      fc.property(evil, evil, (from, record) => {
        const { title, body } = proposalText(
          { ...PROPOSAL, record, placements: [{ ...PROPOSAL.placements[0]!, from: [from] }] },
          USUAL_PULL_REQUESTS,
        );
        const outsideCode = body.replace(/`[^`\n]*`/g, '');
        expect(outsideCode).not.toMatch(/octocat|evil|heading/);
        expect(body.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(3);
        expect(readMarker(body)).toEqual(MARKER);
        expect(title).not.toMatch(/\n|(^|\W)@\w/);
      }),
    );
  });

  it('of one that is withdrawn says why, and that nobody has said no', () => {
    const { body } = proposalText(PROPOSAL, USUAL_PULL_REQUESTS);
    const after = withdrawnText(withMarker(body, { ...MARKER, isWithdrawn: true }), 'nobody wants it');
    expect(after.startsWith('**Closed by aks-reflex**: nobody wants it.\n\n')).toBe(true);
    expect([body.includes('Merging brings'), after.includes('Merging brings')]).toEqual([true, false]);
    expect(after).toContain('gets a pull request of its own');
    expect(readMarker(after)).toEqual({ ...MARKER, isWithdrawn: true });
    expect(after.match(/reflex:1/g)).toHaveLength(1);
  });
});

describe('the marker', () => {
  it('is read as it was written, whatever people add around it', () => {
    const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
    const marker = fc.record({
      content: hex(64),
      isComplete: fc.boolean(),
      isWithdrawn: fc.boolean(),
      images: fc.array(hex(16), { maxLength: 5 }),
      base: fc.oneof(hex(40), fc.constant('')),
    });
    fc.assert(
      fc.property(marker, fc.string(), fc.string(), (one, before, after) => {
        expect(readMarker(`${before}${markerText(one)}${after}`)).toEqual(one);
        expect(readMarker(withMarker(`${before}${markerText(MARKER)}${after}`, one))).toEqual(one);
      }),
    );
    expect(readMarker('somebody else wrote this')).toBeUndefined();
  });

  it('of an image tells its digest and its stage apart, not its tag', () => {
    const place = { image: IMAGE, stage: 'prod', digest: 'sha256:1' };
    expect(imageMark(place)).toBe(imageMark({ ...place }));
    expect(new Set([place, { ...place, stage: 'dev' }, { ...place, digest: 'sha256:2' }].map(imageMark)).size).toBe(3);
  });
});
