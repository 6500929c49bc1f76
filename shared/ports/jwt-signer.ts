/** Signs with a private key that never leaves its place. */
export interface JwtSigner {
  /**
   * RS256 over the bytes given (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3).
   * @throws UpstreamError if the key cannot be used now.
   */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
