import type { AdmissionQuery, TrustedKey } from '../domain/trust/gates.ts';
import type { VulnerabilityFinding } from '../domain/trust/judge-findings.ts';

/** Public keys that signatures are checked with. */
export interface TrustedKeys {
  /** @returns PEM. @throws NotFoundError if there is no such key; UpstreamError. */
  pem(key: TrustedKey): Promise<string>;
}

/** What a scanner has found. */
export interface VulnerabilityScans {
  /**
   * Findings by digest; a digest that is absent has no result yet, one with an empty list was scanned and is clean.
   *
   * @param scope - subscription of the registry.
   * @throws RateLimitedError or UpstreamError, also for an answer in part.
   */
  findings(scope: string, digests: readonly string[]): Promise<ReadonlyMap<string, readonly VulnerabilityFinding[]>>;
}

/** What the clusters' own admission checks have made of a digest. */
export interface AdmissionOutcomes {
  /** @returns undefined if none has seen it. @throws RateLimitedError or UpstreamError. */
  isVerified(query: AdmissionQuery, digest: string): Promise<boolean | undefined>;
}
