import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { NotFoundError } from '../../shared/errors.ts';
import type { ImageRegistry } from '../../shared/ports/image-registry.ts';

interface Push {
  readonly repository: string;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Missing: pushed by its digest. */
  readonly tag?: string;
}

/** A registry under test and an OCI client's way into it. */
export interface RegistryUnderTest {
  readonly registry: ImageRegistry;
  readonly push: (manifest: Push) => Promise<void>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 };

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(value: object): Uint8Array {
  return new Uint8Array(Buffer.from(`${JSON.stringify(value, undefined, 3)}\n`));
}

function image(extra: object = {}, mediaType = MANIFEST): Uint8Array {
  return json({ schemaVersion: 2, mediaType, config: { ...EMPTY, mediaType: CONFIG }, layers: [], ...extra });
}

async function all(tags: AsyncIterable<string>): Promise<readonly string[]> {
  const list: string[] = [];
  for await (const tag of tags) {
    list.push(tag);
  }
  return list;
}

/** Every ImageRegistry must pass this; repositories are fresh, so one registry serves all cases. */
export function describeImageRegistry(name: string, open: () => RegistryUnderTest): void {
  let repositories = 0;
  const fresh = (): string => `shop/web-${(repositories += 1)}`;

  describe(`ImageRegistry contract: ${name}`, () => {
    it('finds an image by tag and by digest, with the digest of its bytes', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      const annotations = { 'org.opencontainers.image.revision': 'abc', 'org.opencontainers.image.title': 'ünicode' };
      const bytes = image({ annotations });
      await push({ repository, bytes, mediaType: MANIFEST, tag: '1.7.2' });
      const expected = {
        digest: digestOf(bytes),
        mediaType: MANIFEST,
        size: bytes.length,
        artifactType: CONFIG,
        annotations,
      };
      expect({ ...(await registry.manifest(repository, '1.7.2')) }).toEqual(expected);
      expect({ ...(await registry.manifest(repository, expected.digest)) }).toEqual(expected);
    });

    it.each([
      ['a Docker image', DOCKER, image({}, DOCKER), { artifactType: CONFIG }],
      [
        'a signature',
        MANIFEST,
        image({ artifactType: 'application/vnd.cncf.notary.signature', subject: { ...EMPTY, mediaType: MANIFEST } }),
        { artifactType: 'application/vnd.cncf.notary.signature', subject: EMPTY.digest },
      ],
      [
        'a chart',
        MANIFEST,
        image({ config: { ...EMPTY, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }),
        { artifactType: 'application/vnd.cncf.helm.config.v1+json' },
      ],
    ])('tells what %s is', async (_, mediaType, bytes, expected) => {
      const [{ registry, push }, repository] = [open(), fresh()];
      await push({ repository, bytes, mediaType, tag: 'one' });
      expect(await registry.manifest(repository, 'one')).toMatchObject({
        mediaType,
        digest: digestOf(bytes),
        ...expected,
      });
    });

    it('answers the tag of an index with the index, not with one of its platforms', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      const child = image();
      await push({ repository, bytes: child, mediaType: MANIFEST });
      const descriptor = {
        mediaType: MANIFEST,
        digest: digestOf(child),
        size: child.length,
        platform: { os: 'linux', architecture: 'amd64' },
      };
      const bytes = json({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] });
      await push({ repository, bytes, mediaType: INDEX, tag: 'multi' });
      const facts = await registry.manifest(repository, 'multi');
      expect(facts).toMatchObject({ mediaType: INDEX, digest: digestOf(bytes), annotations: {} });
      expect(facts).not.toHaveProperty('artifactType');
      expect(facts).not.toHaveProperty('subject');
      expect(await registry.manifest(repository, digestOf(child))).toMatchObject({ mediaType: MANIFEST });
    });

    it('answers a moved tag with what it names now', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      const [one, two] = [image({ annotations: { n: '1' } }), image({ annotations: { n: '2' } })];
      await push({ repository, bytes: one, mediaType: MANIFEST, tag: 'latest' });
      await push({ repository, bytes: two, mediaType: MANIFEST, tag: 'latest' });
      expect((await registry.manifest(repository, 'latest'))?.digest).toBe(digestOf(two));
      expect((await registry.manifest(repository, digestOf(one)))?.digest).toBe(digestOf(one));
    });

    it('answers undefined for what is not (yet) there', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      expect(await registry.manifest(repository, '1.0.0')).toBeUndefined();
      await push({ repository, bytes: image(), mediaType: MANIFEST, tag: '1.0.0' });
      expect(await registry.manifest(repository, '1.0.1')).toBeUndefined();
      expect(await registry.manifest(repository, `sha256:${'0'.repeat(64)}`)).toBeUndefined();
    });

    it('lists every tag of more than one page, once', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      const expected = Array.from({ length: 1_050 }, (_, index) => `v${index}`);
      for (const tag of expected) {
        await push({ repository, bytes: image(), mediaType: MANIFEST, tag });
      }
      const tags = await all(registry.tags(repository));
      expect([...tags].sort()).toEqual([...expected].sort());
    });

    it('lists what was pushed last first, each tag once with what it names now', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      const [one, two] = [image({ annotations: { n: '1' } }), image({ annotations: { n: '2' } })];
      for (const [tag, bytes] of [
        ['b', one],
        ['c', one],
        ['a', one],
        ['b', two],
      ] as const) {
        await push({ repository, bytes, mediaType: MANIFEST, tag });
      }
      const builds = [];
      for await (const build of registry.builds(repository)) {
        builds.push(build);
      }
      expect(new Set(builds.map(({ name: tag }) => tag))).toEqual(new Set(['a', 'b', 'c']));
      expect(builds.find(({ name: tag }) => tag === 'b')?.digest).toBe(digestOf(two));
      const times = builds.map(({ createdAt }) => Date.parse(createdAt));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      for (const build of builds) {
        expect(await registry.build(repository, build.name)).toEqual(build);
      }
      expect(await registry.build(repository, 'never')).toBeUndefined();
      expect(await registry.build(fresh(), 'one')).toBeUndefined();
    });

    it('lists its repositories', async () => {
      const [{ registry, push }, repository] = [open(), fresh()];
      await push({ repository, bytes: image(), mediaType: MANIFEST, tag: 'one' });
      expect(await all(registry.repositories())).toContain(repository);
    });

    it('says that a repository does not exist', async () => {
      await expect(all(open().registry.tags(fresh()))).rejects.toThrow(NotFoundError);
    });

    it.each(['../secrets', 'UPPER', '', 'a//b', 'a?b'])('refuses the repository name %j', async (repository) => {
      const { registry } = open();
      await expect(registry.manifest(repository, 'one')).rejects.toThrow(RangeError);
      await expect(all(registry.tags(repository))).rejects.toThrow(RangeError);
    });

    it.each(['../x', '', 'a/b', '-a', 'sha256:abc', 'x'.repeat(129)])('refuses the reference %j', async (reference) => {
      await expect(open().registry.manifest('shop/web', reference)).rejects.toThrow(RangeError);
    });
  });
}
