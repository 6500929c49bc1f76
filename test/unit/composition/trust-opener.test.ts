import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { openTrust, type TrustPorts } from '../../../shared/composition/trust-opener.ts';
import { readSettings } from '../../../shared/settings.ts';
import { LocalSigstore } from '../../../local/registry/local-sigstore.ts';
import { newKey } from '../adapters/sigstore/keys.ts';

const image = { digest: `sha256:${'1'.repeat(64)}` };
const accepted = { keys: [], certificates: true, transparencyLog: false };

describe('what gates ask', () => {
  let sigstore: LocalSigstore;
  let directory: string;
  const blobs = new InMemoryBlobStore();

  beforeAll(async () => {
    sigstore = await LocalSigstore.create();
    directory = await mkdtemp(join(tmpdir(), 'reflex-root-'));
    await writeFile(join(directory, 'root.json'), sigstore.trustedRoot);
    await blobs.put('trust/root.json', Buffer.from(sigstore.trustedRoot), 'any');
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  function open(root: string): TrustPorts {
    const environment = {
      REFLEX_STORAGE: 'UseDevelopmentStorage=true',
      REFLEX_FLEET: 'file:none',
      REFLEX_SIGSTORE_ROOT: root,
    };
    const unused = (): never => {
      throw new Error('not asked');
    };
    return openTrust(readSettings(environment), { clock: new VirtualClock(), blobs, artifacts: unused });
  }

  it.each([
    ['a file', () => `file:${directory}/root.json`, true],
    ['a blob', () => 'blob:trust/root.json', true],
    ['a file that is not there', () => `file:${directory}/none.json`, 'no-trusted-root'],
    ['a blob that is not there', () => 'blob:none', 'no-trusted-root'],
    ['nothing', () => '', 'no-trusted-root'],
  ])('takes its trusted root from %s', async (_what, root, expected) => {
    const check = await open(root()).verifier.verify(await sigstore.bundle(image), accepted);
    expect(check.valid ? true : check.reason).toBe(expected);
  });

  it('refuses a root from anywhere else', () => {
    expect(() => open('https://evil.example/root.json')).toThrow(
      expect.objectContaining({ setting: 'REFLEX_SIGSTORE_ROOT' }),
    );
  });

  it('takes a key that is written down without asking anybody', async () => {
    const { pem } = newKey();
    expect(await open('').trustedKeys.pem({ kind: 'pem', pem })).toBe(pem);
  });
});
