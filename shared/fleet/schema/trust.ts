import { createPublicKey } from 'node:crypto';

import * as z from 'zod';

import { isRepository, parseImageReference } from '../../domain/image/reference.ts';
import { SEVERITIES } from '../../domain/trust/gates.ts';
import { patternFault } from '../../domain/trust/signers.ts';
import { CalendarDate, durationMs, Kql, text, whole, WorkspaceId } from './scalars.ts';

const MAX_WAIT_MS = 7 * 86_400_000;

/** A wait is a message on a queue, and messages live for seven days. */
const GateWait = text({
  expected: 'a duration such as 30s, 10m, 2h or 7d (at most 7 days), or 0s for none',
  pattern: /^(0s|[1-9][0-9]{0,7}[smhd])$/,
  test: (value) => durationMs(value) <= MAX_WAIT_MS,
  examples: ['10m', '4h'],
});

const PublicKey = text({
  expected: 'a public key in PEM (-----BEGIN PUBLIC KEY-----), as `cosign public-key` prints it',
  pattern: /^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/,
  test: isPublicKey,
  examples: ['-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n'],
});

function isPublicKey(pem: string): boolean {
  try {
    createPublicKey(pem);
    return true;
  } catch {
    return false;
  }
}

const KeyVaultKey = text({
  expected: 'the id of a Key Vault key such as https://contoso.vault.azure.net/keys/cosign',
  pattern:
    /^https:\/\/[a-z0-9-]{3,24}[.](vault[.]azure[.](net|cn)|vault[.]usgovcloudapi[.]net)\/keys\/[A-Za-z0-9-]{1,127}(\/[0-9a-f]{32})?$/,
  examples: ['https://contoso.vault.azure.net/keys/cosign'],
});

const Key = z.union([z.strictObject({ pem: PublicKey }), z.strictObject({ keyVault: KeyVaultKey })]);

const Issuer = text({
  expected: 'the address of an OpenID issuer such as https://token.actions.githubusercontent.com',
  pattern: /^https:\/\/[^\s]{1,500}$/,
  examples: ['https://token.actions.githubusercontent.com'],
});

const Identity = z
  .strictObject({
    issuer: Issuer,
    identity: text({
      expected: 'the identity in the certificate: an e-mail address, or the address of a workflow with its ref',
      pattern: /^\S{1,2048}$/,
      examples: ['https://github.com/contoso/shop/.github/workflows/build.yaml@refs/heads/main'],
    }).optional(),
    identityPattern: text({
      expected: 'an RE2 pattern for the whole identity (no look-around, no back references)',
      pattern: /^\S{1,2048}$/,
      test: (value) => patternFault(value) === undefined,
      examples: ['https://github\\.com/contoso/shop/\\.github/workflows/.+@refs/tags/v.+'],
    }).optional(),
  })
  .refine(({ identity, identityPattern }) => (identity === undefined) !== (identityPattern === undefined), {
    error: 'expected either `identity` or `identityPattern`',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

const SignedAs = text({
  expected: 'an image without tag, such as docker.io/library/nginx',
  pattern: /^[a-z0-9.:-]+(\/[a-z0-9._-]+)+$/,
  test: (value) => isRepository(parseImageReference(value)?.repository ?? ''),
  examples: ['docker.io/library/nginx'],
});

const Signature = z
  .strictObject({
    keys: z.array(Key).max(20).default([]).meta({ description: 'public keys, any of which may have signed' }),
    keyless: z.array(Identity).max(20).default([]).meta({ description: 'identities of Sigstore certificates' }),
    notation: z
      .strictObject({
        workspace: WorkspaceId,
        query: Kql.meta({ description: 'KQL with columns digest and verified' }),
      })
      .optional()
      .meta({ description: 'a Notation signature counts where this query of admission checks confirms it' }),
    predicateType: text({
      expected: 'the type of an in-toto predicate such as https://slsa.dev/provenance/v1',
      pattern: /^\S{1,500}$/,
      examples: ['https://slsa.dev/provenance/v1'],
    })
      .optional()
      .meta({ description: 'an attestation of this type instead of a signature' }),
    transparencyLog: z.boolean().default(false).meta({ description: 'signatures by key too must stand in a log' }),
    signedAs: z.array(SignedAs).max(20).default([]).meta({ description: 'other names that it was signed under' }),
    wait: GateWait.default('10m').meta({ description: 'how long after the push a signature is waited for' }),
  })
  .refine(namesSomebody, {
    error: 'expected at least one of `keys`, `keyless` and `notation`',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

/** It is asked although other keys are wrong, and what is wrong is not there. */
function namesSomebody(gate: {
  readonly keys?: unknown;
  readonly keyless?: unknown;
  readonly notation?: unknown;
}): boolean {
  const lists = [gate.keys, gate.keyless].filter((list) => list !== undefined && Array.isArray(list));
  return gate.notation !== undefined || lists.some((list) => list.length > 0) || lists.length < 2;
}

const Count = whole(0, 100_000);

const Vulnerabilities = z.strictObject({
  max: z
    .strictObject(Object.fromEntries(SEVERITIES.map((one) => [one, Count.optional()])) as Limits)
    .default({ critical: 0 })
    .meta({ description: 'most vulnerabilities of each severity; absent: any number' }),
  except: z
    .array(
      z.strictObject({
        cve: text({
          expected: 'the id of a vulnerability such as CVE-2026-12345',
          pattern: /^[A-Za-z0-9._:-]{1,100}$/,
          examples: ['CVE-2026-12345'],
        }),
        until: CalendarDate.meta({ description: 'the last day (UTC) on which it is not counted' }),
        reason: z.string().max(500).optional(),
      }),
    )
    .max(1000)
    .default([]),
  wait: GateWait.default('4h').meta({ description: 'how long a scan is waited for' }),
  unscanned: z.enum(['refuse', 'accept']).default('refuse').meta({ description: 'an image without result by then' }),
});

type Limits = Record<(typeof SEVERITIES)[number], z.ZodOptional<typeof Count>>;

export const Gates = z
  .strictObject({
    signature: Signature.optional().meta({ description: 'who must have signed' }),
    vulnerabilities: Vulnerabilities.optional().meta({ description: 'what Defender may have found' }),
  })
  .meta({ description: 'what a tag must show before it is written' });

export type Gates = z.infer<typeof Gates>;
