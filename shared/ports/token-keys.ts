/** A public key of the token issuer as it publishes it (RFC 7517). */
export interface TokenKey {
  readonly kid?: string;
  readonly kty?: string;
  readonly [member: string]: unknown;
}

/** The keys that sign the tenant's tokens. */
export interface TokenKeys {
  /**
   * @param unknownKid - a key id that the last answer did not hold: the issuer is asked again, unless it was asked a
   *   moment ago. Anybody can make up key ids.
   * @throws UpstreamError if the issuer does not answer and no keys are held.
   */
  keys(unknownKid?: string): Promise<readonly TokenKey[]>;
}
