import { z } from 'zod';

/** Whom the deployment trusts; `clientId` is the audience, `apiUri` the same application's identifier URI. */
export interface TokenTrust {
  readonly tenantId: string;
  readonly clientId: string;
  readonly apiUri: string;
  /** How far the issuer's clock may be off, in seconds. */
  readonly skewSeconds: number;
}

/** What an application must be to send us something. */
export interface SenderTrust extends TokenTrust {
  readonly applicationIds: readonly string[];
  readonly role: string;
}

/** Whose delegated tokens we take: those that our own client got for a person. */
export interface PersonTrust extends TokenTrust {
  readonly clientApplicationId: string;
  readonly scope: string;
}

/** What a person may do; approvals need `Approver`. */
export type PersonRole = 'Reader' | 'Operator' | 'Approver';

export type TokenRefusal =
  | 'malformed'
  | 'wrong-tenant'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'user-token'
  | 'application-token'
  | 'missing-scope'
  | 'wrong-application'
  | 'missing-role';

export type SenderVerdict =
  | { readonly accepted: true; readonly applicationId: string }
  | { readonly accepted: false; readonly refusal: TokenRefusal };

export type PersonVerdict =
  | {
      readonly accepted: true;
      readonly objectId: string;
      readonly roles: readonly PersonRole[];
      /** Object ids of the Entra groups that the token names; none if it names too many to list them. */
      readonly groups: readonly string[];
    }
  | { readonly accepted: false; readonly refusal: TokenRefusal };

const PERSON_ROLES: readonly PersonRole[] = ['Reader', 'Operator', 'Approver'];

const claimsSchema = z.object({
  aud: z.string(),
  iss: z.string(),
  exp: z.number(),
  nbf: z.number(),
  tid: z.string(),
  azp: z.string().optional(),
  appid: z.string().optional(),
  scp: z.unknown().optional(),
  oid: z.string().optional(),
  idtyp: z.string().optional(),
  roles: z.array(z.string()).default([]),
  groups: z.array(z.string()).default([]),
});
type Claims = z.infer<typeof claimsSchema>;

/**
 * Judges the claims of an application token whose signature was verified before.
 *
 * Version 1 tokens name the application in `appid`, version 2 tokens in `azp`.
 * Any application of the tenant can get a token for our audience, so issuer and audience alone prove nothing.
 *
 * @param at - now
 * @returns the sender, or the first refusal that applies; never throws.
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function judgeSenderClaims(input: unknown, trust: SenderTrust, at: Date): SenderVerdict {
  const parsed = claimsSchema.safeParse(input);
  if (!parsed.success) {
    return { accepted: false, refusal: 'malformed' };
  }
  const claims = parsed.data;
  const refusal = refusalOfToken(claims, trust, at) ?? refusalOfSender(claims, trust);
  return refusal === undefined
    ? { accepted: true, applicationId: applicationOf(claims) }
    : { accepted: false, refusal };
}

/**
 * Judges the claims of a person's delegated token whose signature was verified before.
 *
 * A token without `scp` is an application's own: it is never a person, whatever its roles, and so never approves.
 *
 * @param at - now
 * @returns the person with the roles that we know, at least one; or the first refusal that applies; never throws.
 */
export function judgePersonClaims(input: unknown, trust: PersonTrust, at: Date): PersonVerdict {
  const parsed = claimsSchema.safeParse(input);
  if (!parsed.success) {
    return { accepted: false, refusal: 'malformed' };
  }
  const claims = parsed.data;
  const roles = PERSON_ROLES.filter((role) => claims.roles.includes(role));
  const refusal = refusalOfToken(claims, trust, at) ?? refusalOfPerson(claims, trust);
  if (refusal !== undefined) {
    return { accepted: false, refusal };
  }
  if (claims.oid === undefined || claims.oid === '') {
    return { accepted: false, refusal: 'malformed' };
  }
  return roles.length === 0
    ? { accepted: false, refusal: 'missing-role' }
    : { accepted: true, objectId: claims.oid, roles, groups: claims.groups };
}

function refusalOfPerson(claims: Claims, trust: PersonTrust): TokenRefusal | undefined {
  if (typeof claims.scp !== 'string' || claims.scp === '' || claims.idtyp === 'app') {
    return 'application-token';
  }
  if (applicationOf(claims) === '' || applicationOf(claims) !== trust.clientApplicationId) {
    return 'wrong-application';
  }
  return claims.scp.split(' ').includes(trust.scope) ? undefined : 'missing-scope';
}

function refusalOfToken(claims: Claims, trust: TokenTrust, at: Date): TokenRefusal | undefined {
  const seconds = at.getTime() / 1000;
  if (claims.tid !== trust.tenantId) {
    return 'wrong-tenant';
  }
  if (!issuersOf(trust.tenantId).includes(claims.iss)) {
    return 'wrong-issuer';
  }
  if (claims.aud !== trust.clientId && claims.aud !== trust.apiUri) {
    return 'wrong-audience';
  }
  if (seconds >= claims.exp + trust.skewSeconds) {
    return 'expired';
  }
  return seconds < claims.nbf - trust.skewSeconds ? 'not-yet-valid' : undefined;
}

function refusalOfSender(claims: Claims, trust: SenderTrust): TokenRefusal | undefined {
  if (claims.scp !== undefined) {
    return 'user-token';
  }
  if (!trust.applicationIds.includes(applicationOf(claims))) {
    return 'wrong-application';
  }
  return claims.roles.includes(trust.role) ? undefined : 'missing-role';
}

function applicationOf(claims: Claims): string {
  return claims.azp ?? claims.appid ?? '';
}

function issuersOf(tenantId: string): readonly string[] {
  return [`https://login.microsoftonline.com/${tenantId}/v2.0`, `https://sts.windows.net/${tenantId}/`];
}
