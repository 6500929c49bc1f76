import { createPublicKey, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { LocalGate } from '../../../../local/edge/local-gate.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { signGates } from '../../../../shared/adapters/gate-documents/signed-gates.ts';
import { InMemoryBlobStore } from '../../../../shared/adapters/in-memory/blob-store.ts';
import { PemSigner } from '../../../../shared/adapters/node/pem-signer.ts';

const EDGE = '/subscriptions/s/resourcegroups/g/providers/microsoft.cdn/profiles/shop/origingroups/apps';
const [OURS, THEIRS] = [newKey(), newKey()];

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function bytesOf(sequence: number, closed: readonly string[], pem = OURS): Promise<Uint8Array> {
  const signer = new PemSigner(pem, 'TEST');
  const issued = new Date(sequence).toISOString();
  const document = { schema: 1, edge: EDGE, sequence, issued, closed, origins: ['neu', 'weu'] } as const;
  return Buffer.from(await signGates(document, { algorithm: 'RS256', keyId: 'k', signer, publicKeys: [] }), 'ascii');
}

describe('the gate of a local origin', () => {
  it('follows the newest document of either store that is signed by us, and keeps it while none can be read', async () => {
    const clock = new VirtualClock();
    const stores = [new InMemoryBlobStore(), new InMemoryBlobStore()] as const;
    const seen: boolean[] = [];
    const publicKey = createPublicKey(OURS).export({ type: 'spki', format: 'pem' }).toString();
    const onChange = (isOpen: boolean): void => void seen.push(isOpen);
    const gate = new LocalGate({ edge: EDGE, origin: 'weu', publicKey, blob: 'g', stores, clock, onChange });
    await gate.start();
    expect(seen).toEqual([]);

    await stores[1].put('g', await bytesOf(2, ['weu']), 'new');
    await clock.advance(2_000);
    expect(seen).toEqual([false]);
    await stores[0].put('g', await bytesOf(1, []), 'new');
    await clock.advance(2_000);
    await stores[1].delete('g');
    await clock.advance(2_000);
    await stores[1].put('g', await bytesOf(3, [], THEIRS), 'new');
    await clock.advance(2_000);
    expect(seen).toEqual([false]);
    await stores[1].delete('g');
    await stores[1].put('g', await bytesOf(4, []), 'new');
    await clock.advance(2_000);
    expect(seen).toEqual([false, true]);
    await gate.close();
  });
});
