import { describe, expect, it } from 'vitest';

import { sha256 } from '../../shared/domain/digest.ts';
import { TOO_LARGE, type ImageArtifacts } from '../../shared/ports/image-artifacts.ts';

/** What lies beside images, and a client's way to put it there. */
export interface ArtifactsUnderTest {
  readonly artifacts: ImageArtifacts;
  /** A blob, or a manifest with what it refers to. @returns its digest. */
  readonly putBlob: (repository: string, bytes: Uint8Array) => Promise<string>;
  readonly putManifest: (repository: string, manifest: object, tag?: string) => Promise<string>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const KIB = 1024;

function image(extra: object = {}): object {
  return { schemaVersion: 2, mediaType: MANIFEST, layers: [], ...extra };
}

/** Every ImageArtifacts must pass this; repositories are fresh, so one registry serves all cases. */
export function describeImageArtifacts(name: string, open: () => ArtifactsUnderTest): void {
  let repositories = 0;
  const fresh = (): string => `shop/trust-${(repositories += 1)}`;

  describe(`ImageArtifacts contract: ${name}`, () => {
    it('gives the bytes of a manifest, by tag and by digest, and of a blob', async () => {
      const [{ artifacts, putBlob, putManifest }, repository] = [open(), fresh()];
      const digest = await putManifest(repository, image(), 'one');
      const bytes = await artifacts.manifest(repository, 'one', KIB);
      expect(await artifacts.manifest(repository, digest, KIB)).toEqual(bytes);
      expect(`sha256:${sha256(bytes as Uint8Array)}`).toBe(digest);

      const blob = await putBlob(repository, Buffer.from('payload'));
      const read = await artifacts.blob(repository, { digest: blob, size: 7 }, KIB);
      expect(Buffer.from(read as Uint8Array).toString()).toBe('payload');
    });

    it('says that what is not there is not there', async () => {
      const [{ artifacts, putManifest }, repository] = [open(), fresh()];
      await putManifest(repository, image(), 'one');
      const nowhere = `sha256:${'0'.repeat(64)}`;
      expect(await artifacts.manifest(repository, 'two', KIB)).toBeUndefined();
      expect(await artifacts.manifest(repository, nowhere, KIB)).toBeUndefined();
      expect(await artifacts.blob(repository, { digest: nowhere, size: 1 }, KIB)).toBeUndefined();
      expect(await artifacts.referrers(repository, nowhere)).toEqual({ found: [], isComplete: true });
    });

    it('reads nothing that is larger than asked for, whatever its descriptor says', async () => {
      const [{ artifacts, putBlob, putManifest }, repository] = [open(), fresh()];
      await putManifest(repository, image({ annotations: { long: 'x'.repeat(2 * KIB) } }), 'large');
      const blob = await putBlob(repository, Buffer.from('y'.repeat(2 * KIB)));
      expect(await artifacts.manifest(repository, 'large', KIB)).toBe(TOO_LARGE);
      expect(await artifacts.blob(repository, { digest: blob, size: 2 * KIB }, KIB)).toBe(TOO_LARGE);
      expect(await artifacts.blob(repository, { digest: blob, size: 1 }, KIB)).toBe(TOO_LARGE);
    });

    it('lists what refers to an image, with its kind', async () => {
      const [{ artifacts, putManifest }, repository] = [open(), fresh()];
      const subject = await putManifest(repository, image(), 'one');
      const refers = (artifactType: string): object =>
        image({ artifactType, subject: { mediaType: MANIFEST, digest: subject, size: 1 } });
      const referrers = await Promise.all(
        ['application/a', 'application/b'].map((type) => putManifest(repository, refers(type))),
      );
      const { found, isComplete } = await artifacts.referrers(repository, subject);
      expect(isComplete).toBe(true);
      expect(found.map(({ digest, artifactType }) => `${artifactType ?? ''} ${digest}`).toSorted()).toEqual(
        [`application/a ${referrers[0]!}`, `application/b ${referrers[1]!}`].toSorted(),
      );
    });

    it.each(['../x', 'Shop', ''])('refuses %j as a repository', async (repository) => {
      await expect(open().artifacts.manifest(repository, 'one', KIB)).rejects.toThrow(RangeError);
    });
  });
}
