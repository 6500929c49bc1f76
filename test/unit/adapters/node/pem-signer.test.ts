import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { PemSigner } from '../../../../shared/adapters/node/pem-signer.ts';
import { InvalidSettingError } from '../../../../shared/errors.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('PemSigner', () => {
  it('signs so that the public half verifies it, and nothing else', async () => {
    const signer = new PemSigner(PEM, 'REFLEX_GATE_KEY');
    const data = new TextEncoder().encode('header.payload');
    const key = createPublicKey({ key: signer.publicKey(), format: 'jwk' });
    const signature = await signer.sign(data);
    expect(verify('sha256', data, key, signature)).toBe(true);
    expect(verify('sha256', new TextEncoder().encode('header.other'), key, signature)).toBe(false);
  });

  it('shows the public half only', () => {
    expect(Object.keys(new PemSigner(PEM, 'X').publicKey()).toSorted()).toEqual(['e', 'kty', 'n']);
  });

  it('takes the older form of an RSA key', () => {
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(new PemSigner(pem, 'X').publicKey()).toEqual(new PemSigner(PEM, 'X').publicKey());
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no PEM', 'secret'],
    ['a public key', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('refuses %s by the name of the setting, without its value', (_, pem) => {
    expect(() => new PemSigner(pem, 'REFLEX_GATE_KEY')).toThrow(InvalidSettingError);
    expect(() => new PemSigner(pem, 'REFLEX_GATE_KEY')).toThrow(/REFLEX_GATE_KEY/);
    if (pem !== '') {
      expect(() => new PemSigner(pem, 'REFLEX_GATE_KEY')).not.toThrow(pem);
    }
  });
});
