import { beforeAll, describe, expect, it } from 'vitest';

import { attach } from '../../local/registry/sign.ts';
import { CosignVerifier } from '../../shared/adapters/sigstore/cosign-verifier.ts';
import { NotFoundError, UpstreamError } from '../../shared/errors.ts';
import type { SignatureGate, TrustedIdentity } from '../../shared/domain/trust/gates.ts';
import { IDENTITY, ISSUER, LocalSigstore } from '../../local/registry/local-sigstore.ts';
import { newKey } from '../unit/adapters/sigstore/keys.ts';
import { GatedWorld } from './gated-world.ts';

const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const { pem, key } = newKey();

function gate(change: Partial<SignatureGate>): SignatureGate {
  return { keys: [], keyless: [], transparencyLog: false, signedAs: [], waitMs: 0, ...change };
}

describe('a rule that trusts identities', () => {
  let sigstore: LocalSigstore;

  beforeAll(async () => {
    sigstore = await LocalSigstore.create();
  });

  function world(change: Partial<SignatureGate>, root: string | undefined = sigstore.trustedRoot): GatedWorld {
    const verifier = new CosignVerifier({ trustedRoot: () => Promise.resolve(root) });
    return new GatedWorld({ signature: gate(change) }, { verifier });
  }

  async function outcome(
    on: GatedWorld,
    { claims, identity = IDENTITY }: { readonly claims?: string; readonly identity?: string } = {},
  ): Promise<string> {
    const digest = await on.push('1.5.0');
    const found = await sigstore.bundle({ digest: claims ?? digest }, { identity });
    await attach(on.client, { repository: 'shop/web', digest }, { artifactType, content: found.bytes });
    on.raised.splice(1);
    const [signal = ''] = await on.deliver();
    return await on.outcome(signal);
  }

  const trusted = (identity: TrustedIdentity['identity'], issuer = ISSUER): Partial<SignatureGate> => ({
    keyless: [{ issuer, identity }],
  });

  it.each([
    ['the very identity', trusted({ exactly: IDENTITY }), 'acted: written'],
    ['a pattern of it', trusted({ pattern: 'https://github\\.com/contoso/.+@refs/heads/main' }), 'acted: written'],
    ['another one', trusted({ exactly: 'a@contoso.com' }), 'held: gate-refused: signature untrusted-signer'],
    [
      'another issuer',
      trusted({ exactly: IDENTITY }, 'https://evil.example'),
      'held: gate-refused: signature untrusted-signer',
    ],
    ['a key alone', { keys: [{ kind: 'pem', pem }] } as const, 'held: gate-refused: signature untrusted-signer'],
  ])('%s', async (_what, change, expected) => {
    expect(await outcome(world(change))).toBe(expected);
  });

  it('takes no signature over something else', async () => {
    const claims = `sha256:${'9'.repeat(64)}`;
    const expected = 'held: gate-refused: signature wrong-digest';
    expect(await outcome(world(trusted({ exactly: IDENTITY })), { claims })).toBe(expected);
  });

  it('says so when there is no trusted root', async () => {
    const none = new CosignVerifier({ trustedRoot: () => Promise.resolve(undefined) });
    const on = new GatedWorld({ signature: gate(trusted({ exactly: IDENTITY })) }, { verifier: none });
    expect(await outcome(on)).toBe('held: gate-refused: signature no-trusted-root');
  });

  it('asks for an attestation of one kind where it is told to, and takes no plain signature for it', async () => {
    const predicateType = 'https://slsa.dev/provenance/v1';
    const on = world({ ...trusted({ exactly: IDENTITY }), keys: [{ kind: 'pem', pem }], predicateType });
    expect(await outcome(on)).toBe('held: gate-refused: signature wrong-predicate');
    await on.sign('tag', await on.push('1.6.0'), key);
    on.raised.splice(1);
    const [signal = ''] = await on.deliver();
    expect(await on.outcome(signal)).toBe('held: gate-refused: signature wrong-predicate');
  });
});

describe('a rule whose key cannot be read', () => {
  const id = 'https://contoso.vault.azure.net/keys/cosign';

  it.each([
    ['for now, waits', new UpstreamError('read a public key', 503), 'held: gate-waiting: signature unreachable'],
    ['because it is not there, says so', new NotFoundError('no'), 'held: gate-refused: signature key-unreadable'],
  ])('%s', async (_what, error, expected) => {
    const trustedKeys = { pem: () => Promise.reject(error) };
    const world = new GatedWorld({ signature: gate({ keys: [{ kind: 'key-vault', id }] }) }, { trustedKeys });
    await world.sign('tag', await world.push('1.5.0'), key);
    const [signal = ''] = await world.deliver();
    expect(await world.outcome(signal)).toBe(expected);
  });

  it('still takes what another key has signed', async () => {
    const trustedKeys = {
      pem: (one: { readonly kind: string }) =>
        one.kind === 'pem' ? Promise.resolve(pem) : Promise.reject(new UpstreamError('read', 503)),
    };
    const keys = [{ kind: 'key-vault', id } as const, { kind: 'pem', pem } as const];
    const world = new GatedWorld({ signature: gate({ keys }) }, { trustedKeys });
    await world.sign('tag', await world.push('1.5.0'), key);
    await world.deliver();
    expect(await world.tagInGit()).toBe('1.5.0');
  });
});
