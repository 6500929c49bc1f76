/** What an image must show before its tag is written. A gate that is absent asks for nothing. */
export interface ImageGates {
  readonly signature?: SignatureGate;
  readonly vulnerabilities?: VulnerabilityGate;
}

/** Passes when any one of `keys`, `keyless` or `notation` vouches for the image's digest. */
export interface SignatureGate {
  readonly keys: readonly TrustedKey[];
  readonly keyless: readonly TrustedIdentity[];
  /** True: a Notation signature counts where an admission check's outcome confirms it. */
  readonly notation: boolean;
  /** Absent: a signature; else an in-toto attestation of exactly this predicate type. */
  readonly predicateType?: string;
  /** True: signatures by key too must stand in a transparency log of the trusted root. */
  readonly transparencyLog: boolean;
  /** Names, beside the image's own, under which it may have been signed: `docker.io/library/nginx`. */
  readonly signedAs: readonly string[];
}

/** A public key as PEM, or the id of a Key Vault key: `https://VAULT.vault.azure.net/keys/NAME[/VERSION]`. */
export type TrustedKey =
  { readonly kind: 'pem'; readonly pem: string } | { readonly kind: 'key-vault'; readonly id: string };

/** Who a Fulcio certificate must name: the issuer exactly, the identity exactly or by an RE2 pattern for all of it. */
export interface TrustedIdentity {
  readonly issuer: string;
  readonly identity: { readonly exactly: string } | { readonly pattern: string };
}

/** Severities of Microsoft Defender's findings, worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface VulnerabilityGate {
  /** Most vulnerabilities of each severity; absent: any number. */
  readonly max: Readonly<Partial<Record<Severity, number>>>;
  readonly except: readonly VulnerabilityException[];
  /** How long a scan's result is waited for, in milliseconds, from the first look at the digest. */
  readonly waitMs: number;
  /** What becomes of an image without a result by then. */
  readonly unscanned: 'refuse' | 'accept';
}

/** A vulnerability that is not counted up to and including a day (UTC). */
export interface VulnerabilityException {
  readonly cve: string;
  /** `YYYY-MM-DD` */
  readonly until: string;
  readonly reason?: string;
}

/** What a gate said of one image. `reason` is stable; `detail` is for people. */
export interface GateVerdict {
  readonly gate: keyof ImageGates;
  readonly verdict: 'passed' | 'refused' | 'waiting';
  readonly reason: GateReason;
  readonly detail: string;
  /** What was found, piece by piece: signatures, or vulnerabilities that count. Bounded. */
  readonly findings: readonly string[];
  /** When another look is worth it, ISO 8601; only where the verdict is `waiting`. */
  readonly nextLookAt?: string;
}

export type GateReason = SignatureReason | ScanReason;

/** docs/errors.md explains each. */
export type SignatureReason =
  | 'signed'
  | 'unsigned'
  | 'bad-signature'
  | 'untrusted-signer'
  | 'wrong-digest'
  | 'wrong-reference'
  | 'wrong-predicate'
  | 'unreadable-signature'
  | 'notation-unverified'
  | 'no-trusted-root'
  | 'key-unreadable';

export type ScanReason = 'within-limits' | 'vulnerable' | 'waiting-for-scan' | 'not-scanned' | 'unscanned-accepted';

/** True if there is anything to check. */
export function hasGates(gates: ImageGates | undefined): gates is ImageGates {
  return gates?.signature !== undefined || gates?.vulnerabilities !== undefined;
}
