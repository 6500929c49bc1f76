/** What makes a gate document ours, valid and the one in force. Must agree with `shared/domain/traffic/gate.ts`. */
import { Buffer } from 'node:buffer';
import { createPublicKey, verify } from 'node:crypto';

/** In the header of each document: a token that the same key signed is no gate document. */
export const TYPE = 'reflex-gate+json';

/** How far the signer's clock may be ahead or behind where a document says when it expires. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Reads PEM blocks, a JWK or a JWK set. Two keys may be given while keys are changed.
 * @throws Error for anything else, and for keys that sign neither RS256 nor ES256.
 */
export function readKeys(text) {
  const pems = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g);
  const jwks = pems === null ? JSON.parse(text) : {};
  const inputs = pems ?? (jwks.keys ?? [jwks]).map((key) => ({ key, format: 'jwk' }));
  return inputs.map((input) => {
    const key = createPublicKey(input);
    const alg = { rsa: 'RS256', ec: 'ES256' }[key.asymmetricKeyType];
    if (alg === undefined || (alg === 'ES256' && key.asymmetricKeyDetails.namedCurve !== 'prime256v1')) {
      throw new Error('a key must be RSA or P-256');
    }
    return { key, alg };
  });
}

/**
 * Judges a compact JWS (RFC 7515).
 * @param jws - as it was read, from whomever.
 * @param gate - `{ keys, edge, origin }` of the gate that asks.
 * @param now - milliseconds since 1970; undefined where expiry does not matter.
 * @returns `{ document }`, or `{ why }` it is none for this gate.
 */
export function judge(jws, { keys, edge, origin }, now) {
  const [head, body, signature, ...more] = jws.trim().split('.');
  const header = parse(head);
  if (!signature || more.length > 0 || header?.typ !== TYPE || header.crit !== undefined) {
    return { why: 'not a signed gate document' };
  }
  if (!keys.some((one) => one.alg === header.alg && isSigned(`${head}.${body}`, signature, one.key))) {
    return { why: 'no key of ours signed it' };
  }
  const document = parse(body);
  if (!isGateDocument(document)) {
    return { why: 'not valid' };
  }
  if (document.edge !== edge) {
    return { why: 'of another edge' };
  }
  if (!document.origins.includes(origin)) {
    return { why: `does not name ${origin}` };
  }
  // An expiry that is no number is NaN, and nothing is before that.
  const isTimely = header.exp === undefined || now === undefined || now - CLOCK_SKEW_MS < Number(header.exp) * 1000;
  return isTimely ? { document } : { why: 'expired' };
}

/** Two writers may have given out one sequence twice; then any order will do, as long as every gate has the same. */
export function outranks(one, other) {
  const tieBreak = ({ issued, closed, origins }) => JSON.stringify([issued, closed, origins]);
  return one.sequence === other.sequence ? tieBreak(one) > tieBreak(other) : one.sequence > other.sequence;
}

function parse(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** JWS signs with 64 bytes on P-256 (RFC 7518 section 3.4), where OpenSSL would use DER. */
function isSigned(input, signature, key) {
  const options = { key, dsaEncoding: 'ieee-p1363' };
  return verify('sha256', Buffer.from(input, 'ascii'), options, Buffer.from(signature, 'base64url'));
}

/** Also refuses to close every origin: no gate trusts that the others are open. */
function isGateDocument(value) {
  const { schema, sequence, issued, closed, origins } = value ?? {};
  return (
    schema === 1 &&
    Number.isSafeInteger(sequence) &&
    sequence > 0 &&
    Date.parse(issued) > 0 &&
    isListOfNames(closed) &&
    isListOfNames(origins) &&
    closed.length < origins.length &&
    closed.every((name) => origins.includes(name))
  );
}

function isListOfNames(list) {
  return Array.isArray(list) && list.every((one) => typeof one === 'string') && new Set(list).size === list.length;
}
