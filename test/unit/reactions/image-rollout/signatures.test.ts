import { describe, expect, it } from 'vitest';

import { signBundle, signPayload } from '../../../../local/registry/sign.ts';
import { InMemoryImageArtifacts } from '../../../../shared/adapters/in-memory/image-artifacts.ts';
import { legacySignatureTag, referrersTag } from '../../../../shared/domain/trust/signature-manifests.ts';
import { findSignatures } from '../../../../shared/reactions/image-rollout/signatures.ts';
import { newKey } from '../../adapters/sigstore/keys.ts';

const [REPOSITORY, BUNDLE] = ['shop/web', 'application/vnd.dev.sigstore.bundle.v0.3+json'];
const DIGEST = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const { key } = newKey();

class Registry {
  readonly artifacts = new InMemoryImageArtifacts();

  manifest(layers: readonly object[], { subject, tag }: { subject?: string; tag?: string } = {}): string {
    const about = subject === undefined ? {} : { subject: { mediaType: 'm', digest: subject, size: 1 } };
    return this.artifacts.put(REPOSITORY, Buffer.from(JSON.stringify({ layers, ...about })), tag);
  }

  layer(mediaType: string, bytes: Uint8Array, annotations = {}): object {
    return { mediaType, digest: this.artifacts.put(REPOSITORY, bytes), size: bytes.length, annotations };
  }

  refer(digest: string, artifactType = BUNDLE): void {
    this.artifacts.refer(REPOSITORY, DIGEST, { mediaType: 'm', digest, size: 1, artifactType });
  }

  async found(): Promise<{
    readonly kinds: readonly string[];
    readonly faults: readonly string[];
    readonly hasNotation: boolean;
  }> {
    const { cosign, faults, hasNotation } = await findSignatures(this.artifacts, REPOSITORY, DIGEST);
    return { kinds: cosign.map(({ kind }) => kind), faults: faults.map(({ reason }) => reason), hasNotation };
  }
}

describe('the signatures of an image', () => {
  it('are none where nothing is', async () => {
    expect(await new Registry().found()).toEqual({ kinds: [], faults: [], hasNotation: false });
  });

  it('lie under the legacy tag and among the referrers, each once', async () => {
    const registry = new Registry();
    const { payload, signature } = signPayload({ digest: DIGEST }, key);
    const annotations = { 'dev.cosignproject.cosign/signature': signature };
    const simple = registry.layer('application/vnd.dev.cosign.simplesigning.v1+json', payload, annotations);
    registry.manifest([simple], { tag: legacySignatureTag(DIGEST) });
    const bundle = registry.layer(BUNDLE, signBundle({ digest: DIGEST }, key));
    const referrer = registry.manifest([bundle], { subject: DIGEST });
    registry.refer(referrer);
    registry.refer(referrer);
    registry.refer(registry.manifest([bundle], { subject: DIGEST }), 'application/spdx+json');
    expect(await registry.found()).toEqual({ kinds: ['simple-signing', 'bundle'], faults: [], hasNotation: false });
  });

  it('that a list claims for this image, and that say they are of another, do not count', async () => {
    const registry = new Registry();
    const bundle = registry.layer(BUNDLE, signBundle({ digest: DIGEST }, key));
    for (const subject of [OTHER, undefined]) {
      registry.refer(registry.manifest([bundle], subject === undefined ? {} : { subject }));
    }
    // Both have been given the same image's descriptor by somebody who may write the list.
    expect(await registry.found()).toEqual({ kinds: [], faults: ['wrong-digest', 'wrong-digest'], hasNotation: false });
  });

  it('that are listed and not there, or not readable, are told of', async () => {
    const registry = new Registry();
    registry.refer(OTHER);
    registry.refer(registry.artifacts.put(REPOSITORY, Buffer.from('{')));
    registry.refer(registry.manifest([{ mediaType: BUNDLE, digest: OTHER, size: 5 }], { subject: DIGEST }));
    const { kinds, faults } = await registry.found();
    expect([kinds, faults]).toEqual([[], Array(3).fill('unreadable-signature')]);
  });

  it('may be listed under a tag where the registry has no list of its own; a tag may also list itself', async () => {
    const registry = new Registry();
    const bundle = registry.layer(BUNDLE, signBundle({ digest: DIGEST }, key));
    const referrer = registry.manifest([bundle], { subject: DIGEST });
    const entry = (digest: string, artifactType: string): object => ({ mediaType: 'm', digest, size: 1, artifactType });
    const index = { manifests: [entry(referrer, BUNDLE), entry(OTHER, 'application/vnd.cncf.notary.signature')] };
    registry.artifacts.put(REPOSITORY, Buffer.from(JSON.stringify(index)), referrersTag(DIGEST));
    expect(await registry.found()).toEqual({ kinds: ['bundle'], faults: [], hasNotation: true });
  });

  it('are given up where their list does not end', async () => {
    const registry = new Registry();
    registry.artifacts.referrers = () => Promise.resolve({ found: [], isComplete: false });
    expect(await registry.found()).toEqual({ kinds: [], faults: ['endless-referrers'], hasNotation: false });
  });

  it('with too large a manifest are not read', async () => {
    const registry = new Registry();
    const padding = { mediaType: 'x', digest: OTHER, size: 1, annotations: { a: 'x'.repeat(1_100_000) } };
    registry.refer(registry.manifest([padding], { subject: DIGEST }));
    expect((await registry.found()).faults).toEqual(['signature-too-large']);
  });
});
