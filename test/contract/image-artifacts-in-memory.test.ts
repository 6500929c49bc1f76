import { InMemoryImageArtifacts } from '../../shared/adapters/in-memory/image-artifacts.ts';
import { describeImageArtifacts } from './image-artifacts.ts';

const artifacts = new InMemoryImageArtifacts();

describeImageArtifacts('in memory', () => ({
  artifacts,
  putBlob: (repository, bytes) => Promise.resolve(artifacts.put(repository, bytes)),
  putManifest: (repository, manifest, tag) => {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = artifacts.put(repository, bytes, tag);
    const { subject, artifactType, mediaType } = manifest as {
      readonly subject?: { readonly digest: string };
      readonly artifactType?: string;
      readonly mediaType: string;
    };
    if (subject !== undefined) {
      artifacts.refer(repository, subject.digest, { mediaType, digest, size: bytes.length, artifactType });
    }
    return Promise.resolve(digest);
  },
}));
