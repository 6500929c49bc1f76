import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { signBundle, signPayload } from '../../../../local/registry/sign.ts';
import { CosignVerifier } from '../../../../shared/adapters/sigstore/cosign-verifier.ts';
import type { AcceptedSigners, FoundSignature } from '../../../../shared/ports/signature-verifier.ts';
import { IDENTITY, ISSUER, LocalSigstore } from '../../../../local/registry/local-sigstore.ts';
import { newKey, signedBy } from './keys.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const image = { digest: DIGEST };
const trusted = newKey();

function verifierWith(root?: string): CosignVerifier {
  return new CosignVerifier({ trustedRoot: () => Promise.resolve(root) });
}

async function outcome(found: FoundSignature, accepted: Partial<AcceptedSigners> = {}, root?: string): Promise<string> {
  const check = await verifierWith(root).verify(found, {
    keys: [trusted.pem],
    certificates: true,
    transparencyLog: false,
    ...accepted,
  });
  if (!check.valid) {
    return check.reason;
  }
  const { signer } = check;
  return 'key' in signer ? 'key' : `${signer.certificate.issuer} ${signer.certificate.identity}`;
}

function simple(key: KeyObject, options = {}): FoundSignature {
  return { kind: 'simple-signing', ...signPayload(image, key, options) };
}

function bundle(key: KeyObject, options = {}): FoundSignature {
  return { kind: 'bundle', bytes: signBundle(image, key, options) };
}

describe('a signature by key', () => {
  it.each([
    ['simple signing', simple],
    ['bundle', bundle],
  ])('counts as %s when a trusted key made it over these very bytes, and else not', async (_name, make) => {
    expect(await outcome(make(trusted.key))).toBe('key');
    expect(await outcome(make(newKey().key))).toBe('bad-signature');
    expect(await outcome(make(trusted.key, { tamper: true }))).toBe('bad-signature');
    expect(await outcome(make(trusted.key), { keys: [newKey().pem, trusted.pem] })).toBe('key');
    expect(await outcome(make(trusted.key), { keys: [] })).toBe('bad-signature');
  });

  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256', 'key'],
    ['RSA with another digest', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha512', 'bad-signature'],
    ['RSA with SHA-1', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha1', 'bad-signature'],
    ['short RSA', generateKeyPairSync('rsa', { modulusLength: 1024 }), 'sha256', 'key-not-allowed'],
    ['P-384 as cosign signs', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }), 'sha256', 'key'],
    ['P-384 as its curve wants', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }), 'sha384', 'key'],
    ['P-256 with SHA-1', generateKeyPairSync('ec', { namedCurve: 'prime256v1' }), 'sha1', 'bad-signature'],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'sha256', 'key-not-allowed'],
    ['Ed25519', generateKeyPairSync('ed25519'), null, 'key'],
  ])('%s: the key decides the algorithm', async (_name, { publicKey, privateKey }, digest, expected) => {
    const { payload } = signPayload(image, trusted.key);
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(await outcome(signedBy(payload, privateKey, digest), { keys: [pem] })).toBe(expected);
  });

  it('takes no private key for a public one', async () => {
    const pem = trusted.key.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(await outcome(simple(trusted.key), { keys: [pem] })).toBe('key-not-allowed');
  });

  it.each(['', '!', 'AAAA=', ' MEUCIQ=='])('signature %j is none', async (signature) => {
    const { payload } = signPayload(image, trusted.key);
    expect(await outcome({ kind: 'simple-signing', payload, signature })).toBe('unreadable-signature');
  });

  it('never fails for what is in it, and never counts', async () => {
    const text = signBundle(image, trusted.key).toString();
    const broken = fc.tuple(fc.nat(text.length - 1), fc.string({ maxLength: 3 })).map(([at, piece]) => {
      return Buffer.from(text.slice(0, at) + piece + text.slice(at + 1));
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(broken, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
        const result = await outcome({ kind: 'bundle', bytes });
        // A change outside of what is signed (a hint, a blank) is no change of the signature.
        expect(['bad-signature', 'unreadable-signature', 'no-trusted-root', 'key']).toContain(result);
        if (result === 'key') {
          const check = await verifierWith().verify(
            { kind: 'bundle', bytes },
            { keys: [trusted.pem], certificates: true, transparencyLog: false },
          );
          expect(check.valid && Buffer.from(check.signed.bytes).toString()).toContain('1'.repeat(64));
        }
      }),
    );
  });
});

describe('a signature by certificate', () => {
  let sigstore: LocalSigstore;
  let other: LocalSigstore;

  beforeAll(async () => {
    [sigstore, other] = await Promise.all([LocalSigstore.create(), LocalSigstore.create()]);
  });

  it('names its issuer and identity, in the older form and as a bundle', async () => {
    for (const found of [await sigstore.simpleSigning(image), await sigstore.bundle(image)]) {
      expect(await outcome(found, {}, sigstore.trustedRoot)).toBe(`${ISSUER} ${IDENTITY}`);
    }
  });

  it('is not looked at where no identity is trusted', async () => {
    const found = await sigstore.bundle(image);
    expect(await outcome(found, { certificates: false }, sigstore.trustedRoot)).toBe('untrusted-signer');
  });

  it('of an authority or a log that is not trusted counts for nothing', async () => {
    for (const found of [await other.simpleSigning(image), await other.bundle(image)]) {
      expect(await outcome(found, {}, sigstore.trustedRoot)).toBe('bad-signature');
    }
  });

  it('over bytes that were changed afterwards counts for nothing', async () => {
    expect(await outcome(await sigstore.simpleSigning(image, { tamper: true }), {}, sigstore.trustedRoot)).toBe(
      'bad-signature',
    );
    expect(await outcome(await sigstore.bundle(image, { tamper: true }), {}, sigstore.trustedRoot)).toBe(
      'bad-signature',
    );
  });

  it('without its log entry counts for nothing: nobody can tell when it was made', async () => {
    const { kind, payload, signature, certificate = '' } = await sigstore.simpleSigning(image);
    expect(await outcome({ kind, payload, signature, certificate }, {}, sigstore.trustedRoot)).toBe('bad-signature');
  });

  it('with the log entry of another signature counts for nothing', async () => {
    const [one, two] = [await sigstore.simpleSigning(image), await sigstore.simpleSigning(image)];
    expect(await outcome({ ...one, logEntry: two.logEntry ?? '' }, {}, sigstore.trustedRoot)).toBe('bad-signature');
  });

  it.each(['{', '[]', '{"Payload":1}', `{"__proto__":{}}`])('with log entry %j cannot be read', async (logEntry) => {
    const found = await sigstore.simpleSigning(image);
    expect(await outcome({ ...found, logEntry }, {}, sigstore.trustedRoot)).toBe('unreadable-signature');
  });

  it.each([undefined, '', 'nonsense', '{}'])('with trusted root %j: says that there is none', async (root) => {
    const result = await outcome(await sigstore.simpleSigning(image), {}, root);
    expect(['no-trusted-root', 'bad-signature']).toContain(result);
  });

  it('a key that must be logged counts with its log entry alone', async () => {
    const logged = await sigstore.simpleSigning(image, { key: trusted.key });
    expect(await outcome(logged, { transparencyLog: true }, sigstore.trustedRoot)).toBe('key');
    expect(await outcome(logged, { transparencyLog: true }, other.trustedRoot)).toBe('bad-signature');
    expect(await outcome(simple(trusted.key), { transparencyLog: true }, sigstore.trustedRoot)).toBe('bad-signature');
    expect(await outcome(simple(trusted.key), { transparencyLog: true })).toBe('no-trusted-root');
  });
});
