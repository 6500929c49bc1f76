import type { Clock } from '../ports/clock.ts';
import type { TokenKeys } from '../ports/token-keys.ts';
import {
  judgePersonClaims,
  judgeSenderClaims,
  type PersonRole,
  type PersonTrust,
  type PersonVerdict,
  type SenderTrust,
  type SenderVerdict,
  type TokenRefusal,
} from './token-claims.ts';
import { verifyBearer, type TokenFlaw, type Verified } from './verified-claims.ts';

/**
 * 401: the token proves nothing about who calls. 403: it does, and they may not. 503: it may, once the issuer has been
 * asked again for its keys.
 */
export interface Denied {
  readonly status: 401 | 403 | 503;
  readonly reason: TokenFlaw | TokenRefusal;
  /** With 503. */
  readonly retryAfterMs?: number;
}

/** Whom a delegated token proves, and what they may do. */
export interface Person {
  readonly objectId: string;
  readonly roles: readonly PersonRole[];
  /** Object ids of Entra groups. */
  readonly groups: readonly string[];
}

export interface AuthenticationTools {
  readonly keys: TokenKeys;
  readonly clock: Clock;
}

/** Refusals of somebody whom we know, but who is not the right one. */
const FORBIDDEN: readonly TokenRefusal[] = [
  'user-token',
  'application-token',
  'missing-scope',
  'wrong-application',
  'missing-role',
];

/**
 * Tells which application sends something.
 * @throws UpstreamError while the issuer's keys cannot be had.
 */
export async function authenticateSender(
  authorization: string | undefined,
  trust: SenderTrust,
  { keys, clock }: AuthenticationTools,
): Promise<{ readonly applicationId: string } | Denied> {
  const judge = (claims: unknown): SenderVerdict => judgeSenderClaims(claims, trust, clock.now());
  const token = await verifyBearer(authorization, keys, (claims) => judge(claims).accepted);
  if (!token.verified) {
    return unproved(token);
  }
  const verdict = judge(token.claims);
  return verdict.accepted ? { applicationId: verdict.applicationId } : denied(verdict.refusal);
}

/**
 * Tells which person calls, and what they may do. An application is never a person.
 * @throws UpstreamError while the issuer's keys cannot be had.
 */
export async function authenticatePerson(
  authorization: string | undefined,
  trust: PersonTrust,
  { keys, clock }: AuthenticationTools,
): Promise<Person | Denied> {
  const judge = (claims: unknown): PersonVerdict => judgePersonClaims(claims, trust, clock.now());
  const token = await verifyBearer(authorization, keys, (claims) => judge(claims).accepted);
  if (!token.verified) {
    return unproved(token);
  }
  const verdict = judge(token.claims);
  return verdict.accepted
    ? { objectId: verdict.objectId, roles: verdict.roles, groups: verdict.groups }
    : denied(verdict.refusal);
}

function unproved(token: Extract<Verified, { readonly verified: false }>): Denied {
  return token.flaw === 'unread-key'
    ? { status: 503, reason: token.flaw, retryAfterMs: token.retryAfterMs }
    : { status: 401, reason: token.flaw };
}

function denied(refusal: TokenRefusal): Denied {
  return { status: FORBIDDEN.includes(refusal) ? 403 : 401, reason: refusal };
}
