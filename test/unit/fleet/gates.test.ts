import { describe, expect, it } from 'vitest';

import { formatFinding } from '../../../shared/fleet/findings.ts';
import type { FleetImage } from '../../../shared/fleet/model.ts';
import { newKey } from '../adapters/sigstore/keys.ts';
import { build } from './fleet-text.ts';

const REGISTRY =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
const { pem } = newKey();

function load(gates: unknown): ReturnType<typeof build> {
  return build(
    JSON.stringify({
      version: 1,
      fleet: 'test',
      registries: { contoso: { resourceId: REGISTRY } },
      gitops: { shop: { github: 'contoso/shop-gitops', branch: 'main' } },
      rollouts: { standard: [{ name: 'dev', path: 'clusters/**' }] },
      images: {
        web: {
          image: 'contoso.azurecr.io/shop/web',
          gitops: 'shop',
          rollout: 'standard',
          policy: { semver: { range: '1.x' } },
          gates,
        },
      },
    }),
  );
}

function gatesOf(gates: unknown): FleetImage['gates'] {
  const { fleet, findings } = load(gates);
  expect(findings.map(formatFinding)).toEqual([]);
  return fleet?.images[0]?.gates;
}

describe('gates of an image', () => {
  it('have these settings where the file says little', () => {
    expect(gatesOf({ signature: { keys: [{ pem }] }, vulnerabilities: {} })).toEqual({
      signature: {
        keys: [{ kind: 'pem', pem }],
        keyless: [],
        transparencyLog: false,
        signedAs: [],
        waitMs: 600_000,
      },
      vulnerabilities: { max: { critical: 0 }, except: [], waitMs: 14_400_000, unscanned: 'refuse' },
    });
  });

  it('have whatever the file says', () => {
    const issuer = 'https://token.actions.githubusercontent.com';
    const notation = { workspace: '00000000-0000-4000-8000-00000000000f', query: 'Ratify' };
    const predicateType = 'https://slsa.dev/provenance/v1';
    const signature = {
      keys: [{ keyVault: 'https://contoso.vault.azure.net/keys/cosign' }],
      keyless: [
        { issuer, identity: 'a@contoso.com' },
        { issuer, identityPattern: '.+@contoso\\.com' },
      ],
      notation,
      predicateType,
      transparencyLog: true,
      signedAs: ['docker.io/library/nginx'],
      wait: '0s',
    };
    const except = [{ cve: 'CVE-2026-1', until: '2026-12-31', reason: 'not reachable' }];
    const vulnerabilities = { max: { critical: 0, high: 5 }, except, wait: '7d', unscanned: 'accept' };
    expect(gatesOf({ signature, vulnerabilities })).toEqual({
      signature: {
        keys: [{ kind: 'key-vault', id: 'https://contoso.vault.azure.net/keys/cosign' }],
        keyless: [
          { issuer, identity: { exactly: 'a@contoso.com' } },
          { issuer, identity: { pattern: '.+@contoso\\.com' } },
        ],
        notation,
        predicateType,
        transparencyLog: true,
        signedAs: ['docker.io/library/nginx'],
        waitMs: 0,
      },
      vulnerabilities: { max: { critical: 0, high: 5 }, except, waitMs: 604_800_000, unscanned: 'accept' },
    });
  });

  it.each([
    [{ signature: {} }, /signature: expected at least one of `keys`, `keyless` and `notation`/],
    [{ signature: { keys: [{ pem: 'x' }] } }, /keys\[0\]\.pem: expected a public key in PEM/],
    [
      { signature: { keys: [{ pem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' }] } },
      /expected a public key in PEM/,
    ],
    [{ signature: { keys: [{ keyVault: 'https://evil.example/keys/x' }] } }, /expected the id of a Key Vault key/],
    [{ signature: { keyless: [{ issuer: 'https://a' }] } }, /expected either `identity` or `identityPattern`/],
    [
      { signature: { keyless: [{ issuer: 'https://a', identityPattern: '(?=x)' }] } },
      /identityPattern: expected an RE2 pattern/,
    ],
    [{ signature: { keys: [{ pem }], wait: '8d' } }, /wait: expected a duration .*at most 7 days/],
    [{ signature: { keys: [{ pem }], wiat: '1d' } }, /unknown key `wiat`, did you mean `wait`/],
    [{ vulnerabilities: { max: { critcal: 0 } } }, /unknown key `critcal`, did you mean `critical`/],
    [{ vulnerabilities: { max: { high: -1 } } }, /expected a whole number from 0/],
    [{ vulnerabilities: { except: [{ cve: 'CVE-1' }] } }, /`until` is missing/],
    [{ vulnerabilities: { except: [{ cve: 'CVE-1', until: '2026-02-31' }] } }, /until: expected a date/],
    [{ vulnerabilities: { unscanned: 'maybe' } }, /expected refuse or accept/],
    [{ signature: { keys: 7 } }, /keys: expected/],
    [{ signature: { keys: [], keyless: [] } }, /expected at least one of/],
    [{ sigature: {} }, /did you mean `signature`/],
  ])('%j is refused with what was expected', (gates, message) => {
    expect(load(gates).findings.map(formatFinding).join('\n')).toMatch(message);
  });
});
