import * as z from 'zod';

import { isDigest } from '../image/reference.ts';
import { parseBoundedJson } from './bounded-json.ts';

/** A manifest that may hold signatures is small; its layers are fetched one by one. */
export const MAX_SIGNATURE_MANIFEST_BYTES = 1024 * 1024;
/** The registry specification's own bound for a manifest; bundles stay below it. */
export const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;
/** Simple signing payloads have a few hundred bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;
/** Signatures of one image that are looked at. */
export const MAX_SIGNATURES = 50;

/** https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v0\.[0-9]+\+json|\+json;version=0\.[0-9]+)$/;
/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const COSIGN_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
/** https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md */
const NOTATION = 'application/vnd.cncf.notary.signature';

/** What OCI calls a descriptor, as far as signatures need it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
}

/** Where one signature lies, and what its annotations say. Everything is the pusher's word. */
export type SignatureLayer =
  | { readonly kind: 'bundle'; readonly blob: Descriptor }
  | {
      readonly kind: 'simple-signing';
      readonly payload: Descriptor;
      /** Base64. */
      readonly signature: string;
      /** PEM. */
      readonly certificate?: string;
      /** JSON of a transparency log's entry, and of an RFC 3161 timestamp. */
      readonly logEntry?: string;
      readonly timestamp?: string;
    };

/** Which kind of signature a referrer is, by what the registry says of it; undefined for SBOMs and all else. Pure. */
export function signatureKind({ artifactType = '' }: Pick<Descriptor, 'artifactType'>): SignatureKind | undefined {
  if (artifactType === NOTATION) {
    return 'notation';
  }
  return artifactType === COSIGN_ARTIFACT || BUNDLE.test(artifactType) ? 'cosign' : undefined;
}

export type SignatureKind = 'cosign' | 'notation';

/** Tag of cosign's legacy scheme for the signatures of a digest. Pure. */
export function legacySignatureTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** Tag under which clients keep the referrers of a digest where the registry has no referrers API. Pure. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
export function referrersTag(digest: string): string {
  return digest.replace(':', '-');
}

const Layer = z.object({
  mediaType: z.string().max(255),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
  annotations: z.record(z.string(), z.unknown()).nullish(),
});
const Manifest = z.object({
  layers: z.array(Layer).max(1000),
  subject: z.object({ digest: z.string() }).nullish(),
});
const Index = z.object({
  manifests: z
    .array(
      z.object({
        mediaType: z.string().max(255),
        digest: z.string().refine(isDigest),
        size: z.int().min(0),
        artifactType: z.string().max(255).nullish(),
        platform: z.object({ os: z.string().nullish() }).nullish(),
      }),
    )
    .max(10_000),
});

export interface ReadManifest {
  /** Digest of the manifest that it says to be about. */
  readonly subject?: string;
  readonly signatures: readonly SignatureLayer[];
}

/** Reads the signatures that a manifest holds. Pure. @returns undefined if the bytes are no manifest. */
export function readSignatureManifest(bytes: Uint8Array): ReadManifest | undefined {
  const parsed = Manifest.safeParse(parseBoundedJson(bytes, MAX_SIGNATURE_MANIFEST_BYTES));
  if (!parsed.success) {
    return undefined;
  }
  const { layers, subject } = parsed.data;
  return {
    signatures: layers.flatMap(toSignature),
    ...(subject === undefined || subject === null ? {} : { subject: subject.digest }),
  };
}

function toSignature({ annotations, ...blob }: z.infer<typeof Layer>): readonly SignatureLayer[] {
  if (BUNDLE.test(blob.mediaType)) {
    return [{ kind: 'bundle', blob }];
  }
  if (blob.mediaType !== SIMPLE_SIGNING) {
    return [];
  }
  const text = (name: string): string | undefined => {
    const value = annotations !== undefined && annotations !== null && Object.hasOwn(annotations, name);
    const found: unknown = value ? annotations[name] : undefined;
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const certificate = text('dev.sigstore.cosign/certificate');
  const logEntry = text('dev.sigstore.cosign/bundle');
  const timestamp = text('dev.sigstore.cosign/rfc3161timestamp');
  return [
    {
      kind: 'simple-signing',
      payload: blob,
      signature: text('dev.cosignproject.cosign/signature') ?? '',
      ...(certificate === undefined ? {} : { certificate }),
      ...(logEntry === undefined ? {} : { logEntry }),
      ...(timestamp === undefined ? {} : { timestamp }),
    },
  ];
}

/** Descriptors of an index; undefined if the bytes are none. Pure. */
export function readIndex(bytes: Uint8Array): readonly Descriptor[] | undefined {
  return Index.safeParse(parseBoundedJson(bytes, MAX_BUNDLE_BYTES)).data?.manifests.map(
    ({ mediaType, digest, size, artifactType }) => ({
      mediaType,
      digest,
      size,
      ...(typeof artifactType === 'string' ? { artifactType } : {}),
    }),
  );
}

/**
 * The images of a multi-platform index: what a scanner looks at. Attestations that builders put beside them have the
 * platform `unknown`. Pure.
 */
export function platformImages(bytes: Uint8Array): readonly string[] | undefined {
  return Index.safeParse(parseBoundedJson(bytes, MAX_BUNDLE_BYTES))
    .data?.manifests.filter(({ platform }) => platform?.os !== 'unknown')
    .map(({ digest }) => digest);
}
