import type { ImageGates, SignatureGate, TrustedIdentity, TrustedKey } from '../../domain/trust/gates.ts';
import { durationMs } from '../schema/scalars.ts';
import type { Gates } from '../schema/trust.ts';

/** A rule's gates as the reaction asks them. */
export function expandGates({ signature, vulnerabilities }: Gates): ImageGates {
  return {
    ...(signature === undefined ? {} : { signature: expandSignature(signature) }),
    ...(vulnerabilities === undefined ? {} : { vulnerabilities: expandVulnerabilities(vulnerabilities) }),
  };
}

function expandSignature(gate: NonNullable<Gates['signature']>): SignatureGate {
  const { keys, keyless, notation, predicateType, transparencyLog, signedAs, wait } = gate;
  return {
    keys: keys.map((key): TrustedKey =>
      'pem' in key ? { kind: 'pem', pem: key.pem } : { kind: 'key-vault', id: key.keyVault },
    ),
    keyless: keyless.map(({ issuer, identity, identityPattern = '' }): TrustedIdentity => ({
      issuer,
      identity: identity === undefined ? { pattern: identityPattern } : { exactly: identity },
    })),
    transparencyLog,
    signedAs,
    waitMs: durationMs(wait),
    ...(notation === undefined ? {} : { notation }),
    ...(predicateType === undefined ? {} : { predicateType }),
  };
}

function expandVulnerabilities(
  gate: NonNullable<Gates['vulnerabilities']>,
): NonNullable<ImageGates['vulnerabilities']> {
  const { max, except, wait, unscanned } = gate;
  const limits = Object.entries(max).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    max: Object.fromEntries(limits),
    except: except.map(({ cve, until, reason }) => ({ cve, until, ...(reason === undefined ? {} : { reason }) })),
    waitMs: durationMs(wait),
    unscanned,
  };
}
