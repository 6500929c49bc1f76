import { RE2JS } from 're2js';

import type { TrustedIdentity } from './gates.ts';

/** Who a certificate names, as its authority vouches for it. */
export interface CertifiedSigner {
  readonly issuer: string;
  readonly identity: string;
}

/** Longest identity that is compared: a URL of a workflow with its ref. */
const MAX_IDENTITY_CHARS = 2048;

/** True if one of `trusted` names this issuer and this identity. Patterns are RE2 and must match all of it. */
export function isTrustedSigner(trusted: readonly TrustedIdentity[], { issuer, identity }: CertifiedSigner): boolean {
  return (
    identity.length <= MAX_IDENTITY_CHARS &&
    trusted.some((one) => one.issuer === issuer && isIdentity(one.identity, identity))
  );
}

function isIdentity(trusted: TrustedIdentity['identity'], identity: string): boolean {
  return 'exactly' in trusted ? trusted.exactly === identity : RE2JS.compile(trusted.pattern).matches(identity);
}

/** Why a pattern is none, or undefined. Pure; RE2 has neither look-around nor back references. */
export function patternFault(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
