import { describe, expect, it } from 'vitest';

import { UpstreamError } from '../../../shared/errors.ts';
import { gatherParts } from '../../../shared/fleet/read/gather.ts';
import type { PartText } from '../../../shared/fleet/read/part.ts';
import { MemoryTextSource } from './fleet-text.ts';

const ROOT = `version: 1
fleet: small
include:
  - { repo: contoso/platform, path: "fleet/*.yaml", owns: "*" }
  - { repo: contoso/shop, path: reflex.yaml, owns: [images], team: shop }
`;
const PLATFORM = { 'fleet/clusters.yaml': 'clusters: {}\n', 'fleet/edges.yaml': 'edges: {}\n', 'other.yaml': '' };

async function gather(
  places: Readonly<Record<string, MemoryTextSource>>,
  lastGood: readonly PartText[] = [],
): ReturnType<typeof gatherParts> {
  const root = {
    source: new MemoryTextSource({ 'fleet.yaml': ROOT }),
    path: 'fleet.yaml',
    file: 'fleet.yaml',
    stored: { repo: 'contoso/ops', path: 'fleet.yaml' },
  };
  return await gatherParts({ root, openRepository: (repo) => places[repo], lastGood });
}

describe('includes', () => {
  it('are read from their repositories, with what they may do and where they lie', async () => {
    const shop = new MemoryTextSource({ 'reflex.yaml': 'images: {}\n' });
    const { choices, findings } = await gather({
      'contoso/platform': new MemoryTextSource(PLATFORM),
      'contoso/shop': shop,
    });
    expect(findings).toEqual([]);
    expect(choices.map(({ current }) => [current?.file, current?.grant])).toEqual([
      ['fleet.yaml', undefined],
      ['contoso/platform/fleet/clusters.yaml', { owns: '*' }],
      ['contoso/platform/fleet/edges.yaml', { owns: '*' }],
      ['contoso/shop/reflex.yaml', { owns: ['images'], team: 'shop' }],
    ]);
    expect(choices[0]?.current?.stored).toEqual({ repo: 'contoso/ops', path: 'fleet.yaml' });
    expect(choices[3]?.current?.stored).toEqual({ repo: 'contoso/shop', path: 'reflex.yaml' });
  });

  it('of a repository that nobody handed in are noted', async () => {
    const { choices, findings } = await gather({});
    expect(choices).toHaveLength(1);
    expect(findings.map(({ severity, code, line }) => [severity, code, line])).toEqual([
      ['note', 'not-included', 4],
      ['note', 'not-included', 5],
    ]);
  });

  it('that cannot be read or are gone stay as they last were good', async () => {
    const working = {
      'contoso/platform': new MemoryTextSource(PLATFORM),
      'contoso/shop': new MemoryTextSource({ 'reflex.yaml': 'images: {}\n' }),
    };
    const before = (await gather(working)).choices.flatMap(({ current }) => (current === undefined ? [] : [current]));
    const broken = new MemoryTextSource(PLATFORM);
    broken.failure = new UpstreamError('read', 503);
    const { choices, findings } = await gather(
      { 'contoso/platform': broken, 'contoso/shop': new MemoryTextSource({}) },
      before,
    );
    expect(choices.slice(1).map(({ current, lastGood }) => [current, lastGood?.file])).toEqual([
      [undefined, 'contoso/platform/fleet/clusters.yaml'],
      [undefined, 'contoso/platform/fleet/edges.yaml'],
      [undefined, 'contoso/shop/reflex.yaml'],
    ]);
    expect(findings.map(({ code, line }) => [code, line])).toEqual([
      ['unreadable', 4],
      ['unreadable', 5],
    ]);
  });

  it('lets mistakes in our own code through', async () => {
    const wrong = new MemoryTextSource(PLATFORM);
    wrong.failure = new TypeError('a mistake');
    await expect(gather({ 'contoso/platform': wrong })).rejects.toBeInstanceOf(TypeError);
  });
});
