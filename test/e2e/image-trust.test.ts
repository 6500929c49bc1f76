import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { pushImage } from '../../local/registry/client.ts';
import { IDENTITY, ISSUER } from '../../local/registry/local-sigstore.ts';
import { signByReferrer, signByTag } from '../../local/registry/sign.ts';
import { ContainerBlobStore } from '../../shared/adapters/azure-storage/blob-store.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../../shared/adapters/node/system-random.ts';
import type { DecisionRecord } from '../../shared/pipeline/decision-records.ts';
import { newKey } from '../unit/adapters/sigstore/keys.ts';
import { commitOf, commitsOf, commitsWith } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/contoso');
const { pem, key } = newKey();
const gates = {
  web: { signature: { keys: [{ pem }], keyless: [{ issuer: ISSUER, identity: IDENTITY }], wait: '0s' } },
  api: { vulnerabilities: { max: { critical: 0 }, wait: '12s' } },
};

/** The example fleet, with a signature gate on `web` and a scan gate on `api`. */
async function gatedFleet(directory: string): Promise<string> {
  await cp(EXAMPLE, directory, { recursive: true });
  const file = join(directory, 'fleet.yaml');
  let text = await readFile(file, 'utf8');
  for (const [name, gate] of Object.entries(gates)) {
    text = text.replace(
      `    image: contoso.azurecr.io/shop/${name}\n`,
      (line) => `${line}    gates: ${JSON.stringify(gate)}\n`,
    );
  }
  await writeFile(file, text);
  return file;
}

interface Explained {
  readonly facts?: Readonly<Record<string, string>>;
  readonly gates?: readonly Readonly<Record<'tag' | 'verdict' | 'reason', string>>[];
}

describe('what is written must be trusted', () => {
  let stack: StackProcess;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflex-fleet-'));
    stack = await StackProcess.create();
    await stack.start({}, ['--fleet', await gatedFleet(directory)]);
  });

  afterAll(async () => {
    await stack.remove();
    await rm(directory, { recursive: true, force: true });
  });

  const client = (): Parameters<typeof signByTag>[0] => ({ ...stack.registry, fetch });
  const push = async (name: string, tag: string): Promise<{ repository: string; digest: string }> => {
    const repository = `shop/${name}`;
    return { repository, digest: await pushImage({ ...client(), repository, tag }) };
  };

  /** The decision record of a push, as the app has stored it. */
  async function decisionOn(name: string, tag: string): Promise<DecisionRecord & { readonly explained: Explained }> {
    const { connectionString } = stack.endpoints.storage;
    const tools = { clock: new SystemClock(), random: new SystemRandom() };
    const blobs = new ContainerBlobStore({ account: { connectionString }, container: 'reflex', ...tools });
    return await until(async () => {
      for (const blob of await blobs.list('decisions/')) {
        const text = new TextDecoder().decode((await blobs.get(blob))?.bytes);
        const record = JSON.parse(text) as DecisionRecord & { readonly explained: Explained };
        const { image, pushedTag } = record.explained.facts ?? {};
        if (image?.endsWith(`/shop/${name}`) === true && pushedTag === tag) {
          return record;
        }
      }
      return undefined;
    });
  }

  it('an unsigned push leads to no commit and a record with the reason; its signature, to the commit', async () => {
    const before = await stack.git('rev-parse', 'main');
    const image = await push('web', '1.5.0');
    const { outcome, explained } = await decisionOn('web', '1.5.0');
    expect(outcome).toMatchObject({ outcome: 'held', reason: 'gate-refused: signature unsigned' });
    expect(explained.gates).toMatchObject([{ tag: '1.5.0', verdict: 'fail', reason: 'unsigned' }]);
    expect(await stack.git('rev-parse', 'main')).toBe(before);

    await signByReferrer(client(), image, key);
    await commitOf(stack, '1.5.0');
  });

  it('signed by a stranger, or changed afterwards, leads to none, and a signed one goes on from there', async () => {
    await signByTag(client(), await push('web', '1.6.0'), newKey().key);
    await signByReferrer(client(), await push('web', '1.6.1'), key, { tamper: true });
    let patch = 1;
    const newer = await until(async () => {
      const tag = `1.5.${patch}`;
      patch += 1;
      await signByTag(client(), await push('web', tag), key);
      await commitOf(stack, tag);
      const { explained } = await decisionOn('web', tag);
      const told = explained.gates?.slice(0, 2).map((gate) => `${gate.tag} ${gate.verdict}`) ?? [];
      // A registry that did not answer in time says nothing of a signature: the next push asks again.
      return told.some((one) => one.endsWith(' wait')) ? undefined : told;
    });
    expect(newer).toEqual(['1.6.1 fail', '1.6.0 fail']);
    expect([...(await commitsOf(stack, '1.6.0')), ...(await commitsOf(stack, '1.6.1'))]).toEqual([]);
  });

  it('signed without a key counts by whose certificate it is, under the tag of old and as a referrer', async () => {
    const sign = async (tag: string, ...options: string[]): Promise<void> => {
      const args = [
        join(ROOT, 'local/sign.ts'),
        '--data',
        stack.data,
        '--push',
        '--keyless',
        ...options,
        `shop/web:${tag}`,
      ];
      await promisify(execFile)(process.execPath, args);
    };
    await sign('1.7.0', 'somebody@contoso.com');
    await sign('1.7.1', IDENTITY, '--tamper');
    // Above whatever the test before had to push until the registry answered in time.
    await sign('1.5.200', IDENTITY, '--by', 'tag');
    await commitOf(stack, '1.5.200');
    await sign('1.5.300', IDENTITY);
    await commitOf(stack, '1.5.300');
    const { explained } = await decisionOn('web', '1.5.300');
    expect(explained.gates?.slice(0, 2)).toMatchObject([
      { tag: '1.7.1', verdict: 'fail', reason: 'bad-signature' },
      { tag: '1.7.0', verdict: 'fail', reason: 'untrusted-signer' },
    ]);
  });

  it('a scan that comes late is waited for on the queue', async () => {
    const { digest } = await push('api', '2.3.9');
    const { outcome } = await decisionOn('api', '2.3.9');
    expect(outcome.reason).toBe('gate-waiting: vulnerabilities not-scanned');
    const answer = await fetch(`${stack.endpoints.arm.url}/_local/scans`, {
      method: 'POST',
      body: JSON.stringify({ digest, findings: [{ cve: 'CVE-2026-0001', severity: 'High' }] }),
    });
    expect(answer.status).toBe(204);
    const commits = await until(async () => {
      const found = await commitsWith(stack, 'shop/api@dev.* -> 2\\.3\\.9$');
      return found.length > 0 ? found : undefined;
    });
    expect(await stack.git('log', '-1', '--format=%B', commits[0]!)).toContain(digest);
  });
});
