import { beforeEach, describe, expect, it } from 'vitest';

import {
  BlobGateDocuments,
  gateBlobName,
  type GateStore,
} from '../../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { readGates, signGates, type GateKey } from '../../../shared/adapters/gate-documents/signed-gates.ts';
import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { firstGates, withGates, type GateDocument } from '../../../shared/domain/traffic/gate.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import type { Blob, BlobCondition } from '../../../shared/ports/blob-store.ts';
import type { Log } from '../../../shared/ports/log.ts';
import { newGateKey } from './gate-key.ts';

const EDGE =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/providers/microsoft.network/trafficmanagerprofiles/shop';
const NAME = gateBlobName(EDGE);
const ORIGINS = ['weu', 'neu', 'sea'];
const FIRST = firstGates(EDGE, ORIGINS, '2026-11-21T08:00:00.000Z');

/** A region's storage that can be down, or lose the answer of the next write. */
class RegionBlobs extends InMemoryBlobStore {
  isDown = false;
  losesAnswer = false;
  /** What every call waits for. */
  until: Promise<void> = Promise.resolve();

  override async get(name: string): Promise<Blob | undefined> {
    await this.#pass();
    return await super.get(name);
  }

  override async put(name: string, bytes: Uint8Array, condition: BlobCondition): Promise<string> {
    await this.#pass();
    const etag = await super.put(name, bytes, condition);
    if (this.losesAnswer) {
      throw new StorageUnavailableError('write blob');
    }
    return etag;
  }

  async #pass(): Promise<void> {
    await this.until;
    if (this.isDown) {
      throw new StorageUnavailableError('down');
    }
  }
}

const key = newGateKey('ES256');
let west: RegionBlobs;
let north: RegionBlobs;
let warnings: string[];
let log: Log;
let gates: BlobGateDocuments;

beforeEach(() => {
  west = new RegionBlobs();
  north = new RegionBlobs();
  warnings = [];
  const ignore = (): void => undefined;
  log = { debug: ignore, info: ignore, error: ignore, warn: (message) => warnings.push(message) };
  gates = open();
});

function open(more: { stores?: readonly GateStore[]; key?: GateKey; validMs?: number } = {}): BlobGateDocuments {
  const stores = [
    { name: 'west', blobs: west },
    { name: 'north', blobs: north },
  ];
  return new BlobGateDocuments({ stores, key, log, ...more });
}

function closing(document: GateDocument, ...closed: readonly string[]): GateDocument {
  const change = withGates(document, { origins: ORIGINS, closed }, document.issued);
  return change.outcome === 'changed' ? change.document : document;
}

async function textIn(store: RegionBlobs): Promise<string> {
  return Buffer.from((await store.get(NAME))?.bytes ?? []).toString('latin1');
}

async function documentIn(store: RegionBlobs): Promise<GateDocument | undefined> {
  return await readGates(await textIn(store), EDGE, key);
}

describe('BlobGateDocuments', () => {
  it('has nothing at first, then what was written, in every store', async () => {
    expect(await gates.read(EDGE)).toBeUndefined();
    const etag = await gates.write(FIRST, 'new');
    expect(await gates.read(EDGE)).toEqual({ document: FIRST, etag, isComplete: true });
    expect(await documentIn(west)).toEqual(FIRST);
    expect(await documentIn(north)).toEqual(FIRST);
    const next = closing(FIRST, 'weu');
    const nextEtag = await gates.write(next, { etag });
    expect(await gates.read(EDGE)).toEqual({ document: next, etag: nextEtag, isComplete: true });
    expect(warnings).toEqual([]);
  });

  it('names an edge by its ARM id', () => {
    expect(NAME).toBe(`gates${EDGE}.jws`);
    expect(encodeURI(NAME)).toBe(NAME);
  });

  it('counts a write that one store has, and the next look brings the other up to date', async () => {
    const etag = await gates.write(FIRST, 'new');
    north.isDown = true;
    const next = closing(FIRST, 'weu');
    const nextEtag = await gates.write(next, { etag });
    expect(await gates.read(EDGE)).toEqual({ document: next, etag: nextEtag, isComplete: false });
    expect(warnings).toContain('a gate store does not answer and may stay behind');
    north.isDown = false;
    expect(await documentIn(north)).toEqual(FIRST);
    expect(await gates.read(EDGE)).toEqual({ document: next, etag: nextEtag, isComplete: true });
    expect(await textIn(north)).toBe(await textIn(west));
  });

  it('brings a store up to date with the next write, also one that never had a document', async () => {
    north.isDown = true;
    const etag = await gates.write(FIRST, 'new');
    north.isDown = false;
    const next = closing(FIRST, 'neu');
    await gates.write(next, { etag });
    expect(await documentIn(north)).toEqual(next);
    expect(await documentIn(west)).toEqual(next);
  });

  it('does not let a store that hangs keep a document from the other', async () => {
    let goOn = (): void => undefined;
    north.until = new Promise((resolve) => {
      goOn = resolve;
    });
    const writing = gates.write(FIRST, 'new');
    await expect.poll(() => documentIn(west)).toEqual(FIRST);
    goOn();
    await writing;
    expect(await documentIn(north)).toEqual(FIRST);
  });

  it('does not say that there is no document while a store is silent', async () => {
    west.isDown = true;
    await expect(gates.read(EDGE)).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
    north.isDown = true;
    await expect(gates.read(EDGE)).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
    await expect(gates.write(FIRST, 'new')).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
  });

  it('lets one of two writers through', async () => {
    const etag = await gates.write(FIRST, 'new');
    await gates.write(closing(FIRST, 'weu'), { etag });
    const late = closing(FIRST, 'neu');
    await expect(gates.write(late, { etag })).rejects.toMatchObject({ code: 'REFLEX_BLOB_CONFLICT' });
    await expect(gates.write(late, 'new')).rejects.toMatchObject({ code: 'REFLEX_BLOB_CONFLICT' });
    const rival = { etag: `${late.sequence}-${'0'.repeat(64)}` };
    await expect(gates.write(closing(late, 'sea'), rival)).rejects.toMatchObject({ code: 'REFLEX_BLOB_CONFLICT' });
    expect((await gates.read(EDGE))?.document.closed).toEqual(['weu']);
  });

  it('lets at most one of two through that write at the same moment', async () => {
    const etag = await gates.write(FIRST, 'new');
    const rivals = [closing(FIRST, 'weu'), closing(FIRST, 'neu')];
    const results = await Promise.allSettled(rivals.map((one) => gates.write(one, { etag })));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    const { document } = (await gates.read(EDGE))!;
    expect(rivals).toContainEqual(document);
    expect([await documentIn(west), await documentIn(north)]).toEqual([document, document]);
  });

  it('agrees on one document where two writers each reached another store', async () => {
    const etag = await gates.write(FIRST, 'new');
    north.isDown = true;
    await gates.write(closing(FIRST, 'weu'), { etag });
    [west.isDown, north.isDown] = [true, false];
    await gates.write(closing(FIRST, 'neu'), { etag });
    west.isDown = false;
    const { document, etag: agreed } = (await gates.read(EDGE))!;
    expect([await documentIn(west), await documentIn(north)]).toEqual([document, document]);
    await gates.write(closing(document, 'sea'), { etag: agreed });
  });

  it('takes the same write again after its answers were lost', async () => {
    west.losesAnswer = north.losesAnswer = true;
    await expect(gates.write(FIRST, 'new')).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
    west.losesAnswer = north.losesAnswer = false;
    const etag = await gates.write(FIRST, 'new');
    expect(await gates.read(EDGE)).toEqual({ document: FIRST, etag, isComplete: true });
  });

  it.each<[string, GateDocument, 'new' | { etag: string }]>([
    ['that closes every gate', { ...FIRST, closed: ORIGINS }, 'new'],
    ['that does not outrank the last', FIRST, { etag: `${FIRST.sequence}-x` }],
    ['after an etag that is none', FIRST, { etag: 'W/"1"' }],
  ])('writes no document %s', async (_, document, condition) => {
    await expect(gates.write(document, condition)).rejects.toThrow(RangeError);
    expect(await west.list('')).toEqual([]);
  });

  it('passes on what is no fault of a store', async () => {
    west.get = () => Promise.reject(new TypeError('a bug'));
    await expect(gates.read(EDGE)).rejects.toThrow(TypeError);
    west.get = () => Promise.resolve(undefined);
    west.put = () => Promise.reject(new TypeError('a bug'));
    await expect(gates.write(FIRST, 'new')).rejects.toThrow(TypeError);
  });

  it('replaces what it did not sign', async () => {
    const etag = await gates.write(FIRST, 'new');
    const forged = await signGates(closing(FIRST, 'weu'), newGateKey('ES256'));
    await north.put(NAME, Buffer.from(forged), 'any');
    expect(await gates.read(EDGE)).toEqual({ document: FIRST, etag, isComplete: true });
    expect(await documentIn(north)).toEqual(FIRST);
    expect(warnings).toEqual(['a gate document is not ours and will be replaced']);
  });
});

describe('a signed gate document', () => {
  it.each(['ES256', 'RS256'] as const)('is read with the public key of %s', async (algorithm) => {
    const signing = newGateKey(algorithm);
    const jws = await signGates(FIRST, signing);
    expect(await readGates(jws, EDGE, signing)).toEqual(FIRST);
    expect(headOf(jws)).toEqual({ alg: algorithm, kid: `${algorithm}-1`, typ: 'reflex-gate+json' });
  });

  it('is read with the key before while keys are changed', async () => {
    const next = newGateKey('ES256');
    const both = { ...next, publicKeys: [...next.publicKeys, ...key.publicKeys] };
    expect(await readGates(await signGates(FIRST, key), EDGE, both)).toEqual(FIRST);
  });

  it('says when it expires, where that is asked for, and stays readable for its writer', async () => {
    const etag = await open({ validMs: 1_500 }).write(FIRST, 'new');
    expect(headOf(await textIn(west))).toMatchObject({ exp: FIRST.sequence / 1000 + 1 });
    expect((await gates.read(EDGE))?.etag).toBe(etag);
  });

  it.each<[string, (jws: string) => string | Promise<string>]>([
    ['nothing', () => ''],
    ['no JWS', () => 'x.y.z'],
    ['one whose payload was changed', (jws) => jws.replace(/\.[^.]+\./, `.${encode({ ...FIRST, closed: ['weu'] })}.`)],
    ['one without a signature', (jws) => jws.replace(/[^.]+$/, '')],
    ['one that says it needs none', (jws) => jws.replace(/^[^.]+/, encode({ alg: 'none' }))],
    ['one of another edge', () => signGates({ ...FIRST, edge: EDGE.replace('shop', 'admin') }, key)],
    ['a token that the same key signed', () => signed({ alg: 'ES256', typ: 'JWT' }, FIRST)],
    ['a document that is none', () => signed({ alg: 'ES256', typ: 'reflex-gate+json' }, { schema: 2 })],
  ])('is not %s', async (_, change) => {
    const jws = await signGates(FIRST, key);
    expect(await readGates(await change(jws), EDGE, key)).toBeUndefined();
  });
});

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function headOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split('.')[0]!, 'base64url').toString());
}

async function signed(header: object, payload: object): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${Buffer.from(await key.signer.sign(Buffer.from(input))).toString('base64url')}`;
}
