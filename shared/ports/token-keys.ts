/** A public key of the token issuer as it publishes it (RFC 7517). */
export interface TokenKey {
  readonly kid?: string;
  readonly kty?: string;
  readonly [member: string]: unknown;
}

/** The keys that sign the tenant's tokens. */
export interface TokenKeys {
  /**
   * The key of this id. The issuer is asked about one that its last answer did not hold, unless it was asked a moment
   * ago: anybody can make up key ids.
   *
   * @returns undefined if the issuer does not publish it: it was asked since the call began.
   * @throws RateLimitedError while it is not known and the issuer may not be asked again yet.
   * @throws UpstreamError while there are no keys at all and the issuer does not answer.
   */
  key(kid: string): Promise<TokenKey | undefined>;
}
