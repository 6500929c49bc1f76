import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BlobGateDocuments, gateBlobName } from '../../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { signGates } from '../../../shared/adapters/gate-documents/signed-gates.ts';
import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { firstGates, withGates, type GateDocument } from '../../../shared/domain/traffic/gate.ts';
import { newGateKey } from '../adapters/gate-key.ts';
import { GateProcess } from './gate-process.ts';

const EDGE =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/providers/microsoft.cdn/profiles/p/origingroups/apps';
const NAME = gateBlobName(EDGE);
const ORIGINS = ['neu', 'weu'];
const FIRST = firstGates(EDGE, ORIGINS, '2026-11-21T08:00:00.000Z');
const SIGN = fileURLToPath(new URL('../../../examples/gate/sign.mjs', import.meta.url));

/** How long a condition may take on a busy machine before it is taken for one that never comes. */
const PATIENTLY = { timeout: 180_000 };

const key = newGateKey('ES256');
const closers: (() => Promise<unknown>)[] = [];
let folder: string;
let regions: Region[];
let gates: BlobGateDocuments;

/** A region's storage, as the gate reads it. */
interface Region {
  readonly blobs: InMemoryBlobStore;
  readonly url: string;
  isDown: boolean;
  /** What every answer waits for. */
  until: Promise<void>;
  isAsked: boolean;
  /** Reads that were answered, well or not. */
  reads: number;
  authorization: string | undefined;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gate-'));
  closers.push(() => rm(folder, { recursive: true }));
  regions = [await openRegion(), await openRegion()];
  const stores = regions.map(({ blobs }, index) => ({ name: `region ${index}`, blobs }));
  const ignore = (): void => undefined;
  gates = new BlobGateDocuments({ stores, key, log: { debug: ignore, info: ignore, warn: ignore, error: ignore } });
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openRegion(): Promise<Region> {
  const blobs = new InMemoryBlobStore();
  const server = createServer((request, response) => {
    region.isAsked = true;
    region.authorization = request.headers.authorization;
    void region.until.then(async () => {
      const blob = await blobs.get(new URL(request.url ?? '', 'http://x').pathname.slice('/container/'.length));
      const status = blob === undefined ? 404 : 200;
      response.writeHead(region.isDown ? 500 : status).end(region.isDown ? undefined : blob?.bytes);
      region.reads += 1;
    });
  });
  const url = `${await listen(server)}/container/${NAME}?sig=secret`;
  const until = Promise.resolve();
  const region: Region = { blobs, url, isDown: false, until, isAsked: false, reads: 0, authorization: undefined };
  return region;
}

function start(env: Readonly<Record<string, string>> = {}): GateProcess {
  const gate = new GateProcess({
    GATE_EDGE: EDGE,
    GATE_ORIGIN: 'weu',
    GATE_REGION: 'westeurope',
    GATE_PUBLIC_KEY: key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    GATE_DOCUMENTS: regions.map(({ url }) => url).join('\n'),
    ...env,
  });
  closers.push(() => gate.kill());
  return gate;
}

/**
 * Waits until what stands in every region now was judged. The first read from now on may have begun before, the second
 * sees it, and a third is not sent before the second was judged.
 */
async function afterAnotherLook(): Promise<void> {
  const from = regions.map(({ reads }) => reads);
  await expect.poll(() => regions.every(({ reads }, index) => reads >= from[index]! + 3), PATIENTLY).toBe(true);
}

async function answers(gate: GateProcess, status: number): Promise<void> {
  await expect.poll(() => gate.probe(), PATIENTLY).toBe(status);
}

async function put(text: string): Promise<void> {
  for (const { blobs } of regions) {
    await blobs.put(NAME, Buffer.from(text), 'any');
  }
}

function moved(document: GateDocument, ...closed: readonly string[]): GateDocument {
  const change = withGates(document, { origins: ORIGINS, closed }, document.issued);
  return change.outcome === 'changed' ? change.document : document;
}

const CLOSED = moved(FIRST, 'weu');
const REOPENED = moved(CLOSED);

describe('the gate server', () => {
  it('follows what reflex writes, and nothing else, through everything that goes wrong', async () => {
    const etag = await gates.write(FIRST, 'new');
    const gate = start();
    await answers(gate, 200);

    const closedEtag = await gates.write(CLOSED, { etag });
    await answers(gate, 503);

    regions.forEach((region) => (region.isDown = true));
    await afterAnotherLook();
    expect(await gate.probe()).toBe(503);
    regions.forEach((region) => (region.isDown = false));
    for (const { blobs } of regions) {
      await blobs.delete(NAME);
    }
    await afterAnotherLook();
    expect(await gate.probe()).toBe(503);

    await put(await signGates(FIRST, key));
    await afterAnotherLook();
    expect(await gate.probe()).toBe(503);

    await put(await signGates(REOPENED, newGateKey('ES256')));
    await afterAnotherLook();
    expect(await gate.probe()).toBe(503);
    const refusal = expect.objectContaining({ is: 'refused', why: 'no key of ours signed it' }) as unknown;
    await expect.poll(() => gate.lines, PATIENTLY).toContainEqual(refusal);

    await put(await signGates(CLOSED, key));
    await gates.write(REOPENED, { etag: closedEtag });
    await answers(gate, 200);
    expect(JSON.stringify(gate.lines)).not.toContain('secret');
  });

  it('is open before there is any document, and closes with one region alone', async () => {
    regions[0]!.isDown = true;
    const gate = start();
    await answers(gate, 200);
    await regions[1]!.blobs.put(NAME, Buffer.from(await signGates(CLOSED, key)), 'new');
    await answers(gate, 503);
  });

  it('answers nobody before it has asked everywhere', async () => {
    await gates.write(CLOSED, 'new');
    let goOn = (): void => undefined;
    regions[0]!.until = new Promise((resolve) => (goOn = resolve));
    const gate = start();
    await expect.poll(() => regions.every(({ isAsked }) => isAsked), PATIENTLY).toBe(true);
    expect(await gate.probe()).toBe(0);
    goOn();
    await expect.poll(() => gate.lines.map(({ event }) => event), PATIENTLY).toContain('listening');
    expect(await gate.probe()).toBe(503);
    const events = gate.lines.map(({ event }) => event);
    expect(events.indexOf('gate')).toBeLessThan(events.indexOf('listening'));
  });

  it('takes the newest of two', async () => {
    await regions[0]!.blobs.put(NAME, Buffer.from(await signGates(FIRST, key)), 'new');
    await regions[1]!.blobs.put(NAME, Buffer.from(await signGates(CLOSED, key)), 'new');
    const gate = start();
    await answers(gate, 503);
    await afterAnotherLook();
    expect(await gate.probe()).toBe(503);
  });

  it('agrees with reflex on two documents of one sequence', async () => {
    const rival = { ...CLOSED, closed: ['neu'] };
    await regions[0]!.blobs.put(NAME, Buffer.from(await signGates(CLOSED, key)), 'new');
    await regions[1]!.blobs.put(NAME, Buffer.from(await signGates(rival, key)), 'new');
    const gate = start();
    await expect.poll(() => gate.probe(), PATIENTLY).not.toBe(0);
    await afterAnotherLook();
    const status = await gate.probe();
    expect(status).toBe((await gates.read(EDGE))?.document.closed.includes('weu') === true ? 503 : 200);
  });

  it('says which region answered, to GET and HEAD alone, and tells a person why', async () => {
    await gates.write(CLOSED, 'new');
    const gate = start();
    await answers(gate, 503);
    const head = await gate.ask('/any/path', 'HEAD');
    expect([head.status, head.headers.get('x-reflex-region'), head.headers.get('x-reflex-gate')]).toEqual([
      503,
      'westeurope',
      'closed',
    ]);
    expect((await gate.ask('/any/path', 'POST')).status).toBe(405);
    const health = await gate.ask('/healthz?x');
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ gate: 'closed', sequence: CLOSED.sequence, issued: CLOSED.issued });
  });

  it.each<[string, (jws: string) => string | Promise<string>, string]>([
    ['of another edge', () => signGates({ ...CLOSED, edge: EDGE.replace('apps', 'x') }, key), 'of another edge'],
    ['that closes every gate', () => signGates({ ...CLOSED, closed: ORIGINS }, key), 'not valid'],
    [
      'that does not name it',
      () => signGates({ ...CLOSED, origins: ['neu', 'sea'], closed: [] }, key),
      'does not name weu',
    ],
    ['that has expired', () => signGates(CLOSED, key, new Date(0)), 'expired'],
    ['but a token of the same key', (jws) => signAs('JWT', jws), 'not a signed gate document'],
    ['of another key type', () => signGates(CLOSED, newGateKey('RS256')), 'no key of ours signed it'],
    ['without a signature', (jws) => jws.replace(/[^.]+$/, ''), 'not a signed gate document'],
    ['with half a signature', (jws) => jws.slice(0, -40), 'no key of ours signed it'],
    ['that is none', () => '{}', 'not a signed gate document'],
  ])('takes no document %s', async (_, make, why) => {
    await put(await make(await signGates(CLOSED, key)));
    const gate = start();
    await answers(gate, 200);
    expect(gate.lines).toContainEqual(expect.objectContaining({ event: 'source', is: 'refused', why }));
  });

  it('goes on where it was when it starts anew while no storage can be read', async () => {
    const env = { GATE_STATE_FILE: join(folder, 'state.jws') };
    await put(await signGates(CLOSED, key, new Date(Date.now() + 60_000)));
    const first = start(env);
    await answers(first, 503);
    await first.kill();
    regions.forEach((region) => (region.isDown = true));
    await answers(start(env), 503);
    await writeFile(env.GATE_STATE_FILE, await signGates(CLOSED, newGateKey('ES256')));
    await answers(start(env), 200);
  });

  it('answers 503 while the ingress beside it does not answer', async () => {
    let status = 200;
    const hosts: unknown[] = [];
    const ingress = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.writeHead(status).end();
    });
    const gate = start({ GATE_CHECK_URL: await listen(ingress), GATE_CHECK_HOST: 'shop.example' });
    await answers(gate, 200);
    status = 502;
    await answers(gate, 503);
    expect((await gate.ask()).headers.get('x-reflex-gate')).toBe('failing');
    status = 204;
    await answers(gate, 200);
    expect(new Set(hosts)).toEqual(new Set(['shop.example']));
  });

  it('reads with a token of its workload identity', async () => {
    const seen: string[] = [];
    const issuer = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => seen.push(`${request.url} ${body}`));
      request.on('end', () => response.end(JSON.stringify({ access_token: 'token-1', expires_in: 3600 })));
    });
    await writeFile(join(folder, 'federated'), 'assertion-1');
    await gates.write(CLOSED, 'new');
    const gate = start({
      GATE_STORAGE_AUTH: 'workload-identity',
      AZURE_AUTHORITY_HOST: `${await listen(issuer)}/`,
      AZURE_TENANT_ID: 'tenant',
      AZURE_CLIENT_ID: 'client',
      AZURE_FEDERATED_TOKEN_FILE: join(folder, 'federated'),
    });
    await answers(gate, 503);
    expect(regions.map(({ authorization }) => authorization)).toEqual(['Bearer token-1', 'Bearer token-1']);
    expect(seen[0]).toMatch(/^\/tenant\/oauth2\/v2\.0\/token .*client_assertion=assertion-1/);
  });

  it.each([
    ['GATE_EDGE', EDGE.toUpperCase()],
    ['GATE_ORIGIN', ''],
    ['GATE_REGION', 'two words'],
    ['GATE_POLL_MS', 'often'],
    ['PORT', '-1'],
    ['GATE_STORAGE_AUTH', 'workload-identity', 'AZURE_AUTHORITY_HOST'],
  ])('does not start with %s=%j', async (name, value, named = name) => {
    const { code, errors } = await start({ [name]: value }).ended();
    expect(code).toBe(1);
    expect(errors).toContain(named);
  });
});

describe('sign.mjs', () => {
  it.each(['ec', 'rsa'] as const)('signs by hand what the gate takes, with a key of type %s', async (type) => {
    const pair = newPair(type);
    await writeFile(join(folder, 'gate.key'), pair.privateKey);
    const file = join(folder, 'weu.jws');
    const sign = (...more: readonly string[]): Buffer =>
      execFileSync(process.execPath, [
        SIGN,
        ...['--edge', EDGE.toUpperCase(), '--origins', 'weu,neu', '--key', join(folder, 'gate.key'), ...more],
      ]);
    await writeFile(file, sign('--closed', 'weu'));
    const gate = start({ GATE_DOCUMENTS: pathToFileURL(file).href, GATE_PUBLIC_KEY: pair.publicKey });
    await answers(gate, 503);
    await writeFile(file, sign());
    await answers(gate, 200);
  });

  it('lets the vault sign, by the Azure CLI', async () => {
    const pair = newPair('rsa');
    await writeFile(join(folder, 'vault.key'), pair.privateKey);
    await writeFile(join(folder, 'az'), `#!${process.execPath}\n${FAKE_AZ}`, { mode: 0o755 });
    const vaultKey = 'https://contoso.vault.azure.net/keys/reflex-gate';
    const args = ['--edge', EDGE, '--origins', 'weu,neu', '--closed', 'weu', '--vault-key', vaultKey];
    const file = join(folder, 'weu.jws');
    await writeFile(file, execFileSync(process.execPath, [SIGN, ...args], { env: { PATH: folder } }));
    const gate = start({ GATE_DOCUMENTS: pathToFileURL(file).href, GATE_PUBLIC_KEY: pair.publicKey });
    await answers(gate, 503);
  });

  it.each([
    ['all gates closed', ['--edge', EDGE, '--origins', 'weu', '--closed', 'weu', '--key', 'x']],
    ['a gate that it does not know', ['--edge', EDGE, '--origins', 'weu,neu', '--closed', 'sea', '--key', 'x']],
    ['no key', ['--edge', EDGE, '--origins', 'weu,neu']],
    ['a key that is not there', ['--edge', EDGE, '--origins', 'weu,neu', '--key', '/nowhere/gate.key']],
    ['what it does not know', ['--edgy', EDGE]],
  ])('refuses %s in one line', (_, args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SIGN, ...args], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a key of which no gate takes the signature', async () => {
    const pair = generateKeyPairSync('ec', {
      namedCurve: 'P-384',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    await writeFile(join(folder, 'long.key'), pair.privateKey);
    const args = ['--edge', EDGE, '--origins', 'weu,neu', '--key', join(folder, 'long.key')];
    expect(spawnSync(process.execPath, [SIGN, ...args]).status).toBe(1);
  });
});

/** Signs a digest as a vault does, which is the DER prefix of a SHA-256 DigestInfo (RFC 8017 section 9.2) and the digest. */
const FAKE_AZ = `
  const { constants, privateEncrypt } = require('node:crypto');
  const { readFileSync } = require('node:fs');
  const { values } = require('node:util').parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(['id', 'algorithm', 'digest', 'query', 'output'].map((name) => [name, { type: 'string' }])),
  });
  if (!values.id.endsWith('/keys/reflex-gate') || values.algorithm !== 'RS256' || values.query !== 'signature') {
    process.exit(2);
  }
  const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const key = { key: readFileSync(__dirname + '/vault.key'), padding: constants.RSA_PKCS1_PADDING };
  console.log(privateEncrypt(key, Buffer.concat([prefix, Buffer.from(values.digest, 'base64')])).toString('base64'));
`;

/** The same payload under another type, signed with the gate's key. */
async function signAs(typ: string, jws: string): Promise<string> {
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ })).toString('base64url');
  const input = `${header}.${jws.split('.')[1]}`;
  return `${input}.${Buffer.from(await key.signer.sign(Buffer.from(input))).toString('base64url')}`;
}

function newPair(type: 'ec' | 'rsa'): { readonly privateKey: string; readonly publicKey: string } {
  const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const;
  return type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding })
    : generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
}
