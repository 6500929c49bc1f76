import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier, type Signer, type VerifierOptions } from '@sigstore/verify';

import { parseBoundedJson } from '../../domain/trust/bounded-json.ts';
import { printable } from '../../domain/trust/claims.ts';
import type { SignatureReason } from '../../domain/trust/gates.ts';
import { MAX_BUNDLE_BYTES } from '../../domain/trust/signature-manifests.ts';
import type {
  AcceptedSigners,
  FoundSignature,
  SignatureCheck,
  SignatureVerifier,
} from '../../ports/signature-verifier.ts';
import { legacyBundle } from './legacy-bundle.ts';
import { hasSigned, readPublicKey, type SigningKey } from './public-keys.ts';

export interface CosignVerifierOptions {
  /** JSON of the trusted root (certificate authorities and logs), or undefined if none is set up. @throws UpstreamError */
  readonly trustedRoot: () => Promise<string | undefined>;
}

/** Type of a statement in a DSSE envelope. https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const IN_TOTO = 'application/vnd.in-toto+json';

/** A signature taken apart: the bytes that were signed, and the whole in the form that the Sigstore engine takes. */
interface Opened {
  readonly kind: 'simple-signing' | 'statement';
  /** What the signer speaks about. */
  readonly content: Uint8Array;
  /** What the signature is over: the content, or the envelope around it. */
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly bundle: Bundle | undefined;
  readonly hasCertificate: boolean;
}

/** SignatureVerifier on the Sigstore project's own verification library. */
export class CosignVerifier implements SignatureVerifier {
  readonly #trustedRoot: CosignVerifierOptions['trustedRoot'];

  constructor({ trustedRoot }: CosignVerifierOptions) {
    this.#trustedRoot = trustedRoot;
  }

  async verify(found: FoundSignature, accepted: AcceptedSigners): Promise<SignatureCheck> {
    const opened = found.kind === 'bundle' ? openBundle(found.bytes) : openSimpleSigning(found);
    if (opened === undefined) {
      return invalid('unreadable-signature', 'neither a bundle nor a signature of cosign');
    }
    if (opened.hasCertificate && !accepted.certificates) {
      return invalid('untrusted-signer', 'signed by certificate, and no identity is trusted');
    }
    return opened.hasCertificate ? await this.#byCertificate(opened) : await this.#byKey(opened, accepted);
  }

  async #byKey(opened: Opened, { keys, transparencyLog }: AcceptedSigners): Promise<SignatureCheck> {
    const readable = keys.map(readPublicKey);
    const signer = readable.find((key) => key !== undefined && hasSigned(key, opened.signedBytes, opened.signature));
    if (signer === undefined) {
      return readable.includes(undefined)
        ? invalid('key-not-allowed', 'a trusted key is none, or of a kind that is not taken')
        : invalid('bad-signature', 'made by none of the trusted keys, or not over these bytes');
    }
    if (transparencyLog) {
      const logged = await this.#check(opened, { ctlogThreshold: 0 }, signer);
      if ('reason' in logged) {
        return logged;
      }
    }
    return { valid: true, signer: { key: signer.name }, signed: { kind: opened.kind, bytes: opened.content } };
  }

  async #byCertificate(opened: Opened): Promise<SignatureCheck> {
    const checked = await this.#check(opened, {});
    if ('reason' in checked) {
      return checked;
    }
    const { subjectAlternativeName: identity = '', extensions } = checked.identity ?? {};
    const certificate = { issuer: extensions?.issuer ?? '', identity };
    return { valid: true, signer: { certificate }, signed: { kind: opened.kind, bytes: opened.content } };
  }

  /** Certificate chain, its log entry, the signature's log entry and time: all that Sigstore promises. */
  async #check(
    { bundle, content }: Opened,
    options: VerifierOptions,
    signer?: SigningKey,
  ): Promise<Signer | Extract<SignatureCheck, { readonly valid: false }>> {
    const text = await this.#trustedRoot();
    const root = text === undefined ? undefined : readTrustedRoot(text);
    if (root === undefined) {
      return invalid('no-trusted-root', 'REFLEX_SIGSTORE_ROOT names no trusted root that can be read');
    }
    if (bundle === undefined) {
      return invalid('unreadable-signature', 'its certificate or log entry cannot be read');
    }
    try {
      const findKey = signer === undefined ? {} : () => ({ publicKey: signer.key, validFor: () => true });
      const verifier = new Verifier(toTrustMaterial(root, findKey), options);
      return verifier.verify(toSignedEntity(bundle, Buffer.from(content)));
    } catch (error) {
      // The library throws errors of its own and of the parsers below it; whatever it is, nothing has been proved.
      return invalid('bad-signature', error instanceof Error ? error.message : 'not valid');
    }
  }
}

function openSimpleSigning(found: Extract<FoundSignature, { readonly kind: 'simple-signing' }>): Opened | undefined {
  const signature = Buffer.from(found.signature, 'base64');
  if (signature.length === 0 || signature.toString('base64') !== found.signature) {
    return undefined;
  }
  return {
    kind: 'simple-signing',
    content: found.payload,
    signedBytes: found.payload,
    signature,
    bundle: legacyBundle(found),
    hasCertificate: found.certificate !== undefined,
  };
}

function openBundle(bytes: Uint8Array): Opened | undefined {
  const json = parseBoundedJson(bytes, MAX_BUNDLE_BYTES);
  if (typeof json !== 'object' || json === null) {
    return undefined;
  }
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch {
    return undefined;
  }
  const envelope = bundle.content.$case === 'dsseEnvelope' ? bundle.content.dsseEnvelope : undefined;
  const [signature] = envelope?.signatures ?? [];
  if (envelope?.payloadType !== IN_TOTO || signature === undefined) {
    return undefined;
  }
  return {
    kind: 'statement',
    content: envelope.payload,
    signedBytes: envelopeBytes(envelope.payloadType, envelope.payload),
    signature: signature.sig,
    bundle,
    hasCertificate: bundle.verificationMaterial.content.$case !== 'publicKey',
  };
}

/** What a DSSE signature is over. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#signature-definition */
function envelopeBytes(type: string, payload: Uint8Array): Uint8Array {
  const header = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `;
  return Buffer.concat([Buffer.from(header, 'utf8'), payload]);
}

function readTrustedRoot(text: string): TrustedRoot | undefined {
  try {
    return TrustedRoot.fromJSON(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function invalid(reason: SignatureReason, detail: string): Extract<SignatureCheck, { readonly valid: false }> {
  return { valid: false, reason, detail: printable(detail) };
}
