import { X509Certificate, createHash } from 'node:crypto';

import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import * as z from 'zod';

import { parseBoundedJson } from '../../domain/trust/bounded-json.ts';
import type { FoundSignature } from '../../ports/signature-verifier.ts';

type SimpleSigning = Extract<FoundSignature, { readonly kind: 'simple-signing' }>;

/** Certificates and log entries have a few kilobytes. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#properties */
const LogEntry = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.int(),
    logIndex: z.int(),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
const Timestamp = z.object({ SignedRFC3161Timestamp: z.string() });
const LoggedBody = z.object({ kind: z.string(), apiVersion: z.string() });

/**
 * A signature of cosign's older form, with its annotations, as a Sigstore bundle, so that one engine checks both.
 * @returns undefined if the annotations cannot be read.
 */
export function legacyBundle(found: SimpleSigning): Bundle | undefined {
  try {
    return bundleFromJSON({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: { ...signerOf(found), ...proofsOf(found) },
      messageSignature: {
        messageDigest: {
          algorithm: 'SHA2_256',
          digest: createHash('sha256').update(found.payload).digest('base64'),
        },
        signature: found.signature,
      },
    });
  } catch {
    return undefined;
  }
}

function signerOf({ certificate }: SimpleSigning): object {
  // The chain that comes with it is not needed: the trusted root has its own.
  return certificate === undefined
    ? { publicKey: { hint: '' } }
    : {
        x509CertificateChain: {
          certificates: [{ rawBytes: new X509Certificate(certificate).raw.toString('base64') }],
        },
      };
}

function proofsOf({ logEntry, timestamp }: SimpleSigning): object {
  const entry = logEntry === undefined ? undefined : LogEntry.parse(parseAnnotation(logEntry));
  const stamp = timestamp === undefined ? undefined : Timestamp.parse(parseAnnotation(timestamp));
  return {
    tlogEntries: entry === undefined ? [] : [toLogEntry(entry)],
    timestampVerificationData: {
      rfc3161Timestamps: stamp === undefined ? [] : [{ signedTimestamp: stamp.SignedRFC3161Timestamp }],
    },
  };
}

function toLogEntry({ SignedEntryTimestamp, Payload }: z.infer<typeof LogEntry>): object {
  const body = LoggedBody.parse(parseBoundedJson(Buffer.from(Payload.body, 'base64'), MAX_ANNOTATION_BYTES));
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: body.kind, version: body.apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

function parseAnnotation(text: string): unknown {
  return parseBoundedJson(Buffer.from(text, 'utf8'), MAX_ANNOTATION_BYTES);
}
