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

/** A tag with what it names, and when it was pushed. */
export interface PushedTag {
  readonly name: string;
  readonly digest: string;
  /** RFC 3339. */
  readonly createdAt: string;
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
  /**
   * All tags, those that were pushed last first; `createdAt` is when the tag was last pushed.
   * @throws like `tags`; NotFoundError also if the registry does not keep such a list.
   */
  builds(repository: string): AsyncIterable<PushedTag>;
  /**
   * One tag as `builds` lists it.
   * @returns undefined if the registry does not (yet) have it.
   * @throws RateLimitedError or UpstreamError.
   */
  build(repository: string, tag: string): Promise<PushedTag | undefined>;
  /**
   * Names of all repositories, page by page.
   * @throws RateLimitedError or UpstreamError (403 where we may not list them).
   */
  repositories(): AsyncIterable<string>;
}
