/** What a registry says of one manifest. */
export interface ManifestFacts {
  /** `sha256:` and 64 hex digits, computed by us from the bytes or confirmed by the registry's header. */
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  /** OCI `artifactType`, or the config's media type: tells a signature, an SBOM or a chart from an image. */
  readonly artifactType?: string;
  /** Digest of the manifest that this one refers to (`subject`): a referrer is never an image to roll out. */
  readonly subject?: string;
  /** OCI annotations of the manifest (`org.opencontainers.image.*`). */
  readonly annotations: Readonly<Record<string, string>>;
}

/** An OCI registry, read only. `repository` has no host: `shop/web`. */
export interface ImageRegistry {
  /**
   * @param reference - a tag or a digest.
   * @returns undefined if the registry does not (yet) have it: a geo-replica may lag.
   * @throws RateLimitedError or UpstreamError.
   */
  manifest(repository: string, reference: string): Promise<ManifestFacts | undefined>;
  /**
   * All tags, page by page, in the registry's order.
   * @throws NotFoundError if the repository does not exist; RateLimitedError or UpstreamError (also mid-way: a list
   *   that broke off is never taken for a shorter one).
   */
  tags(repository: string): AsyncIterable<string>;
}
