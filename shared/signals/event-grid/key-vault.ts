import { z } from 'zod';

import { optional, present } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';

const TYPES = [
  'Microsoft.KeyVault.CertificateNewVersionCreated',
  'Microsoft.KeyVault.CertificateNearExpiry',
  'Microsoft.KeyVault.CertificateExpired',
  'Microsoft.KeyVault.KeyNewVersionCreated',
  'Microsoft.KeyVault.KeyNearExpiry',
  'Microsoft.KeyVault.KeyExpired',
  'Microsoft.KeyVault.SecretNewVersionCreated',
  'Microsoft.KeyVault.SecretNearExpiry',
  'Microsoft.KeyVault.SecretExpired',
  'Microsoft.KeyVault.VaultAccessPolicyChanged',
] as const;

type KeyVaultType = (typeof TYPES)[number];

export interface KeyVaultData {
  readonly vaultName: string;
  /** Absent when the whole vault is meant, or when neither data nor subject name an object. */
  readonly objectName?: string;
  readonly version?: string;
  readonly notBefore?: Date;
  /** Absent when the service sent none: look it up. */
  readonly expires?: Date;
}

export type KeyVaultBody = SignalBodyOf<'key-vault', KeyVaultType, KeyVaultData>;

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
const VAULT = /^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/;
const OBJECT = /^[A-Za-z0-9-]{1,127}$/;
const VERSION = /^[0-9a-f]{32}$/i;
/** The last second of the year 9999. */
const MAX_SECONDS = 253_402_300_799;

/** Seconds since 1970, a number in deliveries and text in the documentation. */
const seconds = optional(
  z
    .union([z.number(), z.string().regex(/^\d{1,12}$/)])
    .transform(Number)
    .refine((value) => Number.isInteger(value) && value >= 0 && value <= MAX_SECONDS)
    .transform((value) => new Date(value * 1000)),
);

const keyVaultData = z.object({
  vaultname: z.string().regex(VAULT, 'is not the name of a vault'),
  objectname: optional(z.string().regex(OBJECT, 'is not the name of a key, secret or certificate')),
  version: optional(z.union([z.literal('').transform(() => undefined), z.string().regex(VERSION)])),
  nbf: seconds,
  exp: seconds,
});

/**
 * The fields by lower-case name without blanks around names and texts: deliveries write `ObjectName`, the SDK's types
 * `objectName`, the documentation `"ObjectName "` and a blank before the version. Of two that fold alike the first counts.
 */
function tidied(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return data;
  }
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(data)) {
    const folded = key.trim().toLowerCase();
    if (!fields.has(folded)) {
      fields.set(folded, typeof value === 'string' ? value.trim() : value);
    }
  }
  return Object.fromEntries(fields);
}

function decode(type: KeyVaultType): EventEntry<KeyVaultBody> {
  const isAboutVault = type === 'Microsoft.KeyVault.VaultAccessPolicyChanged';
  return [
    type,
    (data, { subject }) =>
      bodyOf(read(keyVaultData, tidied(data), 'data'), ({ vaultname, objectname, version, nbf, exp }) => ({
        family: 'key-vault',
        type,
        data: present({
          vaultName: vaultname,
          objectName: objectname ?? (isAboutVault ? undefined : namedBy(subject)),
          version,
          notBefore: nbf,
          expires: exp,
        }),
      })),
  ];
}

/** The subject is the object's name, if it is a name at all. */
function namedBy(subject: string | undefined): string | undefined {
  return subject !== undefined && OBJECT.test(subject) ? subject : undefined;
}

export const KEY_VAULT_EVENTS: readonly EventEntry<KeyVaultBody>[] = TYPES.map(decode);
