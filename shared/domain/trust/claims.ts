import * as z from 'zod';

import { cutReference, formatImageName, readImageName } from '../image/reference.ts';
import { parseBoundedJson } from './bounded-json.ts';
import type { SignatureReason } from './gates.ts';

/** The image that a signature has to speak about. */
export interface SignedImage {
  /** `contoso.azurecr.io/shop/web` */
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
}

/** What the signed bytes claim: about this image, or why not. */
export type Claim =
  { readonly holds: true } | { readonly holds: false; readonly reason: SignatureReason; readonly detail: string };

/** What cosign 3 attests when it signs. https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
/** A payload of simple signing is a few hundred bytes. */
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** What a registry answers at most: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;

const SimpleSigning = z.object({
  critical: z.object({
    type: z.literal('cosign container image signature'),
    image: z.object({ 'docker-manifest-digest': z.string() }),
    identity: z.object({ 'docker-reference': z.string().nullish() }).nullish(),
  }),
});

const Statement = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']),
  predicateType: z.string(),
  subject: z
    .array(z.object({ digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1000),
});

/**
 * What a payload of simple signing claims. The digest must be the image's; a reference, where one is set, must name the
 * image (or one of `signedAs`), with its tag if it has one: else a signature of another tag could be replayed.
 * https://github.com/containers/image/blob/main/docs/containers-signature.5.md
 */
export function simpleSigningClaim(payload: Uint8Array, image: SignedImage, signedAs: readonly string[]): Claim {
  const parsed = SimpleSigning.safeParse(parseBoundedJson(payload, MAX_PAYLOAD_BYTES));
  if (!parsed.success) {
    return { holds: false, reason: 'unreadable-signature', detail: 'the payload is no simple signing' };
  }
  const { image: signed, identity } = parsed.data.critical;
  const digest = signed['docker-manifest-digest'];
  if (digest !== image.digest) {
    return { holds: false, reason: 'wrong-digest', detail: `the payload is about ${printable(digest)}` };
  }
  const reference = identity?.['docker-reference'] ?? '';
  return reference === '' || namesImage(reference, image, signedAs)
    ? { holds: true }
    : { holds: false, reason: 'wrong-reference', detail: `signed as ${printable(reference)}` };
}

function namesImage(reference: string, { image, tag, digest }: SignedImage, signedAs: readonly string[]): boolean {
  const parts = cutReference(reference);
  const name = formatImageName(readImageName(parts.name));
  const names = [image, ...signedAs].map((one) => formatImageName(readImageName(one)));
  return names.includes(name) && (parts.tag ?? tag) === tag && (parts.digest ?? digest) === digest;
}

/** What an in-toto statement claims. @param predicateType - what is asked for; absent: a signature by cosign 3. */
export function statementClaim(statement: Uint8Array, { digest }: SignedImage, predicateType?: string): Claim {
  const parsed = Statement.safeParse(parseBoundedJson(statement, MAX_STATEMENT_BYTES));
  if (!parsed.success) {
    return { holds: false, reason: 'unreadable-signature', detail: 'the envelope holds no in-toto statement' };
  }
  const { subject, predicateType: found } = parsed.data;
  if (!subject.some((one) => `sha256:${one.digest['sha256'] ?? ''}` === digest)) {
    return { holds: false, reason: 'wrong-digest', detail: 'the statement is about another digest' };
  }
  const wanted = predicateType ?? COSIGN_SIGN;
  return found === wanted
    ? { holds: true }
    : { holds: false, reason: 'wrong-predicate', detail: `the statement's type is ${printable(found)}` };
}

/** Somebody else's text for a record: printable ASCII, and not much of it. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
