import type { Clock } from '../ports/clock.ts';
import type { TokenKeys } from '../ports/token-keys.ts';
import {
  judgePersonClaims,
  judgeSenderClaims,
  type PersonRole,
  type PersonTrust,
  type SenderTrust,
  type TokenRefusal,
} from './token-claims.ts';
import { verifyBearer, type TokenFlaw } from './verified-claims.ts';

/** 401: the token proves nothing about who calls. 403: it does, and they may not. */
export interface Denied {
  readonly status: 401 | 403;
  readonly reason: TokenFlaw | TokenRefusal;
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
  const token = await verifyBearer(authorization, keys);
  if (!token.verified) {
    return { status: 401, reason: token.flaw };
  }
  const verdict = judgeSenderClaims(token.claims, trust, clock.now());
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
  const token = await verifyBearer(authorization, keys);
  if (!token.verified) {
    return { status: 401, reason: token.flaw };
  }
  const verdict = judgePersonClaims(token.claims, trust, clock.now());
  return verdict.accepted
    ? { objectId: verdict.objectId, roles: verdict.roles, groups: verdict.groups }
    : denied(verdict.refusal);
}

function denied(refusal: TokenRefusal): Denied {
  return { status: FORBIDDEN.includes(refusal) ? 403 : 401, reason: refusal };
}
