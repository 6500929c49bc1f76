import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { gateBlobName } from '../../../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { readGates, signGates, type GateKey } from '../../../../shared/adapters/gate-documents/signed-gates.ts';
import { PemSigner } from '../../../../shared/adapters/node/pem-signer.ts';
import { firstGates, type GateDocument } from '../../../../shared/domain/traffic/gate.ts';
import type { Step } from '../../../../shared/reconcile/plan.ts';
import { gatePrelude } from '../../../../shared/reports/export/bash-gates.ts';
import { arm, bash, change, EAST, ORIGINS, planOf, scriptOf, stepOf, withArm, type Ran } from './scripts.ts';

const EDGE = dirname(ORIGINS);
const ACCOUNTS = ['gatesweu', 'gatesneu'] as const;
const KEY_ID = 'https://vault.vault.azure.net/keys/reflex-gate';
const ACCESS = { accounts: ACCOUNTS, key: KEY_ID };
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' });
const OTHER_PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const CLOSE: Step = {
  ...stepOf(change(EAST, { isShut: false }, { isShut: true }), 'east: out by its gate'),
  predicates: ['east is enabled with weight 500', 'west is enabled with weight 500'],
};
const PLAN = planOf([CLOSE]);

function keyOf(pem: string): GateKey {
  const signer = new PemSigner(pem, 'TEST');
  return { algorithm: 'RS256', keyId: 'test', signer, publicKeys: [signer.publicKey()] };
}

const KEY = keyOf(String(PEM));
let stores: string;

beforeEach(async () => {
  stores = await mkdtemp(join(tmpdir(), 'reflex-gates-'));
  await writeFile(join(stores, 'key.pem'), PEM);
  for (const account of ACCOUNTS) {
    await mkdir(join(stores, account));
  }
});

afterEach(async () => {
  await rm(stores, { recursive: true });
});

function fileOf(account: string): string {
  return join(stores, account, 'reflex-gate', gateBlobName(EDGE));
}

async function put(account: string, document: GateDocument, key = KEY): Promise<void> {
  await mkdir(dirname(fileOf(account)), { recursive: true });
  await writeFile(fileOf(account), await signGates(document, key));
}

async function held(account: string): Promise<GateDocument | undefined> {
  return existsSync(fileOf(account))
    ? await readGates(await readFile(fileOf(account), 'latin1'), EDGE, KEY)
    : undefined;
}

async function run(script: string, more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  return await bash(script, { FAKE_AZ_STORES: stores, FAKE_AZ_KEY: join(stores, 'key.pem'), ...more });
}

function documentOf(closed: readonly string[], sequence = 7): GateDocument {
  return { ...firstGates(EDGE, ['east', 'west'], '2026-01-01T00:00:00.000Z'), sequence, closed };
}

describe('an exported script that moves gates', () => {
  it('signs a document that closes the gate in every store, and its undo script opens it again', async () => {
    await withArm(async () => {
      await put('gatesweu', documentOf([]));
      const forth = await run(scriptOf(PLAN, 'forth', ACCESS));
      expect(forth).toMatchObject({ code: 0, err: '' });
      expect(forth.out).toContain('the gate of east is closed in 2 of 2 stores');
      const shut = await held('gatesweu');
      expect(shut).toMatchObject({ closed: ['east'], origins: ['east', 'west'], edge: EDGE });
      expect(shut?.sequence).toBeGreaterThan(7);
      expect(await held('gatesneu')).toEqual(shut);
      expect(await run(scriptOf(PLAN, 'back', ACCESS))).toMatchObject({ code: 0, err: '' });
      expect(await held('gatesneu')).toMatchObject({ closed: [], origins: ['east', 'west'] });
      expect((await held('gatesneu'))?.sequence).toBeGreaterThan(shut?.sequence ?? Infinity);
      expect(arm.accepted).toEqual([]);
    });
  });

  it('outranks a document whose number is ahead of the clock', async () => {
    await withArm(async () => {
      await put('gatesweu', documentOf([], 9_999_999_999_999));
      await put('gatesneu', documentOf(['west'], 3));
      expect(await run(scriptOf(PLAN, 'forth', ACCESS))).toMatchObject({ code: 0 });
      expect(await held('gatesneu')).toMatchObject({ closed: ['east'], sequence: 10_000_000_000_000 });
    });
  });

  it('leaves a gate that is closed already, and can be run again', async () => {
    await withArm(async () => {
      await put('gatesweu', documentOf(['east']));
      const { code, out } = await run(scriptOf(PLAN, 'forth', ACCESS));
      expect([code, out]).toEqual([0, expect.stringContaining('the gate of east is closed already')]);
      expect(await held('gatesneu')).toBeUndefined();
    });
  });

  it('never closes the last open gate', async () => {
    await withArm(async () => {
      await put('gatesweu', documentOf(['west']));
      expect(await run(scriptOf(PLAN, 'forth', ACCESS))).toMatchObject({
        code: 1,
        err: 'stopped: no other gate is open\n',
      });
    });
  });

  it('signs nothing that another key has signed', async () => {
    await withArm(async () => {
      await put('gatesweu', documentOf([]), keyOf(String(OTHER_PEM.export({ format: 'pem', type: 'pkcs8' }))));
      expect(await run(scriptOf(PLAN, 'forth', ACCESS))).toMatchObject({
        code: 1,
        err: `stopped: a gate document was not signed by ${KEY_ID}\n`,
      });
    });
  });

  it('goes on with one store, and not where the one that is down may hold the only document', async () => {
    await withArm(async () => {
      await rm(join(stores, 'gatesweu'), { recursive: true });
      const blind = await run(scriptOf(PLAN, 'forth', ACCESS));
      expect(blind.code).toBe(1);
      expect(blind.err).toContain('stopped: a store that may have the gate document does not answer');
      await put('gatesneu', documentOf([]));
      expect((await run(scriptOf(PLAN, 'forth', ACCESS))).out).toContain('is closed in 1 of 2 stores');
    });
  });

  it('stops where another origin is not as planned, and does not need the control plane to answer', async () => {
    await withArm(async () => {
      arm.change(`${ORIGINS}/west`, { enabledState: 'Disabled' });
      const { code, err } = await run(scriptOf(PLAN, 'forth', ACCESS));
      expect([code, err]).toEqual([
        1,
        `stopped: properties.enabledState is Disabled, not Enabled, at ${ORIGINS}/west\n`,
      ]);
      arm.faults.set([{ on: 'GET *', status: 503, times: 9 }]);
      const { code: blind, out } = await run(scriptOf(PLAN, 'forth', ACCESS));
      expect([blind, out]).toEqual([0, expect.stringContaining('cannot be read, and is left unchecked')]);
      expect(await held('gatesweu')).toMatchObject({ closed: ['east'] });
    });
  });

  it('asks for the stores and the key where nobody has told it, and takes nothing for them that is neither', async () => {
    await withArm(async () => {
      const script = scriptOf(PLAN, 'forth', { accounts: ['AccountKey=secret', "x'; id"], key: '-----BEGIN KEY-----' });
      expect(script).not.toMatch(/secret|BEGIN/);
      expect((await run(script)).err).toBe('stopped: set REFLEX_GATE_ACCOUNTS and REFLEX_GATE_KEY_ID\n');
      const told = { REFLEX_GATE_ACCOUNTS: ACCOUNTS.join(' '), REFLEX_GATE_KEY_ID: KEY_ID };
      expect(await run(script, told)).toMatchObject({ code: 0 });
    });
  });

  it('reads its gate functions without a warning of bash', async () => {
    expect(await bash(`set -n\n${gatePrelude(ACCESS)}`)).toMatchObject({ code: 0, err: '' });
  });
});
