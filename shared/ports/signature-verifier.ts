import type { SignatureReason } from '../domain/trust/gates.ts';
import type { CertifiedSigner } from '../domain/trust/signers.ts';

/** One signature with what it is about, as a registry gave it: nothing of it is believed. */
export type FoundSignature =
  | {
      readonly kind: 'simple-signing';
      readonly payload: Uint8Array;
      /** Base64. */
      readonly signature: string;
      readonly certificate?: string;
      readonly logEntry?: string;
      readonly timestamp?: string;
    }
  | { readonly kind: 'bundle'; readonly bytes: Uint8Array };

/** Who may have signed, and what must be proved beside that. */
export interface AcceptedSigners {
  /** PEM. */
  readonly keys: readonly string[];
  /** False: nobody's certificate counts, so none is checked. */
  readonly certificates: boolean;
  readonly transparencyLog: boolean;
}

/** What the mathematics says: who signed which bytes. Whether that counts is the gate's matter. */
export type SignatureCheck =
  | {
      readonly valid: true;
      readonly signer: { readonly key: string } | { readonly certificate: CertifiedSigner };
      readonly signed: { readonly kind: 'simple-signing' | 'statement'; readonly bytes: Uint8Array };
    }
  | { readonly valid: false; readonly reason: SignatureReason; readonly detail: string };

/** Checks signatures of cosign. Hostile input is an answer, never an exception. */
export interface SignatureVerifier {
  /** @throws UpstreamError if the trusted root cannot be read just now. */
  verify(found: FoundSignature, accepted: AcceptedSigners): Promise<SignatureCheck>;
}
