/** What an image must show before its tag is written. A gate that is absent asks for nothing. */
export interface ImageGates {
  readonly signature?: SignatureGate;
  readonly vulnerabilities?: VulnerabilityGate;
}

/** Passes when any one of `keys`, `keyless` or `notation` vouches for the image's digest. */
export interface SignatureGate {
  readonly keys: readonly TrustedKey[];
  readonly keyless: readonly TrustedIdentity[];
  /** Absent: a Notation signature is reported, and counts for nothing. */
  readonly notation?: AdmissionQuery;
  /** Absent: a signature; else an in-toto attestation of exactly this predicate type. */
  readonly predicateType?: string;
  /** True: signatures by key too must stand in a transparency log of the trusted root. */
  readonly transparencyLog: boolean;
  /** Names, beside the image's own, under which it may have been signed: `docker.io/library/nginx`. */
  readonly signedAs: readonly string[];
  /** How long a signature is waited for, in milliseconds, from the first look at the digest: images are signed after they are pushed. */
  readonly waitMs: number;
}

/** Where clusters' admission checks say what they made of an image: rows of a Log Analytics query with columns `digest` and `verified`. */
export interface AdmissionQuery {
  /** Workspace id, a GUID. */
  readonly workspace: string;
  readonly query: string;
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

/** The image that a gate is asked about. */
export interface GateQuestion {
  /** Of the registry. */
  readonly subscription: string;
  /** `contoso.azurecr.io` */
  readonly registry: string;
  /** Without host. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly gates: ImageGates;
  /** When gates were first asked about this digest, and now; milliseconds since 1970. */
  readonly firstLookAt: number;
  readonly now: number;
}

/** What a gate says of one image. `reason` is stable; `detail` is for people. */
export type GateAnswer = GateFinding &
  (
    | { readonly verdict: 'pass' | 'fail' }
    /** `until`: when another look is worth it, milliseconds since 1970. */
    | { readonly verdict: 'wait'; readonly until: number }
  );

export interface GateFinding {
  readonly reason: GateReason;
  readonly detail: string;
  /** What was found, piece by piece: signatures, or vulnerabilities that count. Bounded. */
  readonly found: readonly string[];
}

/** docs/image-trust.md explains each. */
export const SIGNATURE_REASONS = [
  'signed',
  'unsigned',
  'bad-signature',
  'untrusted-signer',
  'wrong-digest',
  'wrong-reference',
  'wrong-predicate',
  'unreadable-signature',
  'signature-too-large',
  'endless-referrers',
  'too-many-signatures',
  'notation-unverified',
  'notation-denied',
  'no-trusted-root',
  'key-unreadable',
  'key-not-allowed',
] as const;
export const SCAN_REASONS = ['within-limits', 'vulnerable', 'not-scanned', 'unscanned-accepted'] as const;

export type SignatureReason = (typeof SIGNATURE_REASONS)[number];
export type ScanReason = (typeof SCAN_REASONS)[number];
export type GateReason = SignatureReason | ScanReason | 'unreachable';

/** True if there is anything to check. */
export function hasGates(gates: ImageGates | undefined): gates is ImageGates {
  return gates?.signature !== undefined || gates?.vulnerabilities !== undefined;
}
