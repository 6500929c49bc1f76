import { compactVerify, importJWK, type JWK } from 'jose';

import { canonicalJson } from '../../domain/json.ts';
import { gateDocumentOf, type GateDocument } from '../../domain/traffic/gate.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';

/** Keeps other things that the same key signs (an app's tokens) from passing for a gate document. */
const TYPE = 'reflex-gate+json';

/** With what documents are signed, and how they are known to be ours. */
export interface GateKey {
  /** What `signer` does: RS256, or ES256 with a signature of 64 bytes (RFC 7518 section 3.4). */
  readonly algorithm: 'ES256' | 'RS256';
  /** Goes into the header, so that a person can tell with which key a document was signed. */
  readonly keyId: string;
  readonly signer: JwtSigner;
  /** Ours first; while keys are changed, also the one before. */
  readonly publicKeys: readonly JWK[];
}

/**
 * A document as compact JWS (RFC 7515).
 * @param expires - gates that have not taken it by then will not take it any more; one that has keeps it.
 * @throws UpstreamError if the key cannot be used now.
 */
export async function signGates(document: GateDocument, key: GateKey, expires?: Date): Promise<string> {
  const { algorithm: alg, keyId: kid, signer } = key;
  const exp = expires === undefined ? {} : { exp: Math.floor(expires.getTime() / 1000) };
  const signed = [{ alg, kid, typ: TYPE, ...exp }, { ...document }]
    .map((part) => Buffer.from(canonicalJson(part), 'utf8').toString('base64url'))
    .join('.');
  const signature = await signer.sign(Buffer.from(signed, 'ascii'));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

/**
 * The document that a JWS holds. Its expiry is for gates alone: a writer must know what was written last.
 * @returns undefined unless one of our keys signed it and it is a valid document of this edge.
 */
export async function readGates(jws: string, edge: string, key: GateKey): Promise<GateDocument | undefined> {
  for (const publicKey of key.publicKeys) {
    const payload = await verify(jws, publicKey, key.algorithm);
    if (payload !== undefined) {
      const document = gateDocumentOf(payload);
      return document?.edge === edge ? document : undefined;
    }
  }
  return undefined;
}

async function verify(jws: string, key: JWK, algorithm: GateKey['algorithm']): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(key, algorithm), {
      algorithms: [algorithm],
    });
    return protectedHeader.typ === TYPE ? JSON.parse(new TextDecoder().decode(payload)) : undefined;
  } catch {
    return undefined;
  }
}
