import type { Descriptor } from '../domain/trust/signature-manifests.ts';

/** Bytes that were larger than whoever asked for them takes. */
export const TOO_LARGE = 'too-large';

/** What refers to an image. */
export interface Referrers {
  readonly found: readonly Descriptor[];
  /** False: the list goes in circles, or on and on. */
  readonly isComplete: boolean;
}

/** What lies beside images in an OCI registry, byte by byte. Read only; `repository` has no host. */
export interface ImageArtifacts {
  /**
   * A manifest's own bytes, by tag or digest.
   * @returns undefined if the registry does not have it. @throws RateLimitedError or UpstreamError.
   */
  manifest(repository: string, reference: string, maxBytes: number): Promise<Uint8Array | typeof TOO_LARGE | undefined>;
  /**
   * A blob, whose bytes have the digest that was asked for.
   * @returns undefined if the registry does not have it. @throws RateLimitedError or UpstreamError.
   */
  blob(
    repository: string,
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
    maxBytes: number,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined>;
  /** By the referrers API, or by the referrers tag where there is no API. @throws RateLimitedError or UpstreamError. */
  referrers(repository: string, digest: string): Promise<Referrers>;
}
