import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type Azurite, startAzurite } from '../../../../local/azurite/azurite.ts';
import { type Handler, serve, type Served } from '../../../../local/http/serve.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { ContainerBlobStore } from '../../../../shared/adapters/azure-storage/blob-store.ts';
import { TableRowStore } from '../../../../shared/adapters/azure-storage/row-store.ts';
import { StorageSignalQueue } from '../../../../shared/adapters/azure-storage/signal-queue.ts';
import { BlobConflictError, RowConflictError, StorageUnavailableError } from '../../../../shared/errors.ts';
import type { Clock } from '../../../../shared/ports/clock.ts';

/** What happens to the next write: passed on with its answer lost, refused unseen, or forwarded. */
type Fault = 'lost' | 'busy' | 'none';

const random = new SeededRandom(7);
const impatient: Clock = { now: () => new Date(), sleep: () => Promise.resolve() };
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

let data: string;
let azurite: Azurite;
const proxies: Served[] = [];
let faults: Fault[] = [];
let writes = 0;
/** Runs between a faulty write and its retry: what somebody else does meanwhile. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve();
let direct: { rows: TableRowStore; blobs: ContainerBlobStore };
let shaky: { rows: TableRowStore; blobs: ContainerBlobStore; queue: StorageSignalQueue };

function open(connectionString: string): typeof shaky {
  const account = { connectionString };
  return {
    rows: new TableRowStore({ account, table: 'reflex', clock: impatient, random }),
    blobs: new ContainerBlobStore({ account, container: 'reflex', clock: impatient, random }),
    queue: new StorageSignalQueue({ account, queue: 'signals', clock: impatient }),
  };
}

/** Passes requests on to Azurite, except for what `faults` says of writes. */
function proxy(port: number): Handler {
  return async (request) => {
    const fault = request.method === 'GET' || request.method === 'HEAD' ? 'none' : (faults.shift() ?? 'none');
    writes += request.method === 'GET' || request.method === 'HEAD' ? 0 : 1;
    const answer = fault === 'busy' ? undefined : await forward(request, port);
    if (fault === 'none' && answer !== undefined) {
      return answer;
    }
    await meanwhile();
    return new Response(null, { status: 503 });
  };
}

async function forward(request: Request, port: number): Promise<Response> {
  const headers = new Headers(request.headers);
  ['host', 'connection', 'content-length', 'transfer-encoding'].forEach((name) => headers.delete(name));
  const { pathname, search } = new URL(request.url);
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : await request.arrayBuffer();
  return await fetch(`http://127.0.0.1:${port}${pathname}${search}`, { method: request.method, headers, body });
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'azurite-'));
  azurite = await startAzurite({ data });
  let connectionString = azurite.connectionString;
  for (const port of Object.values(azurite.ports) as number[]) {
    const served = await serve(proxy(port));
    proxies.push(served);
    connectionString = connectionString.replace(`127.0.0.1:${port}`, `127.0.0.1:${served.port}`);
  }
  direct = open(azurite.connectionString);
  shaky = open(connectionString);
  await direct.rows.ensureTable();
  await direct.blobs.put('warm', bytes('up'), 'any');
});

afterAll(async () => {
  await Promise.all(proxies.map((served) => served.close()));
  await azurite.stop();
  await rm(data, { recursive: true });
});

let partition = 0;
beforeEach(() => {
  partition += 1;
  faults = [];
  writes = 0;
  meanwhile = () => Promise.resolve();
});

describe('rows over a shaky line', () => {
  const insert = (rowKey: string, value: number) => ({ kind: 'insert' as const, rowKey, value });

  it.each([1, 2])('takes an insert whose answer was lost %d times for done', async (lost) => {
    faults = Array.from({ length: lost }, () => 'lost');
    const [etag] = await shaky.rows.transact(`${partition}`, [insert('a', 1)]);
    expect(await direct.rows.get(`${partition}`, 'a')).toEqual({ rowKey: 'a', etag, value: 1 });
  });

  it('takes a transaction whose answer was lost for done, with the etags of its rows', async () => {
    const [old] = await direct.rows.transact(`${partition}`, [insert('a', 1)]);
    const [gone] = await direct.rows.transact(`${partition}`, [insert('b', 1)]);
    faults = ['lost'];
    const etags = await shaky.rows.transact(`${partition}`, [
      { kind: 'replace', rowKey: 'a', etag: old!, value: 2 },
      { kind: 'delete', rowKey: 'b', etag: gone! },
      insert('c', 3),
    ]);
    const rows = await direct.rows.list(`${partition}`, '');
    expect(rows.map(({ etag }) => etag)).toEqual([etags[0], etags[2]]);
    expect(etags[1]).toBe('');
  });

  it('gives no usable etag for a row that somebody else has written since', async () => {
    faults = ['lost'];
    meanwhile = () => direct.rows.transact(`${partition}`, [{ kind: 'put', rowKey: 'a', value: 'theirs' }]);
    const [etag] = await shaky.rows.transact(`${partition}`, [insert('a', 1), insert('b', 1)]);
    const late = shaky.rows.transact(`${partition}`, [{ kind: 'replace', rowKey: 'a', etag: etag!, value: 2 }]);
    await expect(late).rejects.toThrow(RowConflictError);
  });

  it('does not know the outcome when nothing of its own is left to see', async () => {
    faults = ['lost'];
    meanwhile = () => direct.rows.transact(`${partition}`, [{ kind: 'put', rowKey: 'a', value: 'theirs' }]);
    await expect(shaky.rows.transact(`${partition}`, [insert('a', 1)])).rejects.toThrow(StorageUnavailableError);
  });

  it('does not know the outcome of a delete whose answer was lost', async () => {
    const [etag] = await direct.rows.transact(`${partition}`, [insert('a', 1)]);
    faults = ['lost'];
    const late = shaky.rows.transact(`${partition}`, [{ kind: 'delete', rowKey: 'a', etag: etag! }]);
    await expect(late).rejects.toThrow(StorageUnavailableError);
  });

  it('writes once the service is no longer busy', async () => {
    faults = ['busy', 'busy'];
    await shaky.rows.transact(`${partition}`, [insert('a', 1)]);
    expect((await direct.rows.get(`${partition}`, 'a'))?.value).toBe(1);
  });

  it('gives up after three attempts', async () => {
    faults = ['busy', 'busy', 'busy', 'busy'];
    await expect(shaky.rows.transact(`${partition}`, [insert('a', 1)])).rejects.toThrow(StorageUnavailableError);
    expect(writes).toBe(3);
  });

  it('tells a conflict at once, without another attempt', async () => {
    await direct.rows.transact(`${partition}`, [insert('a', 1)]);
    await expect(shaky.rows.transact(`${partition}`, [insert('a', 2)])).rejects.toThrow(RowConflictError);
    expect(writes).toBe(1);
  });

  it('says that a table is missing, not that its rows are', async () => {
    const account = { connectionString: azurite.connectionString };
    const rows = new TableRowStore({ account, table: 'missing', clock: impatient, random });
    await expect(rows.get('p', 'a')).rejects.toThrow(StorageUnavailableError);
    await expect(rows.transact('p', [insert('a', 1)])).rejects.toThrow(StorageUnavailableError);
    await expect(rows.list('p', '')).rejects.toThrow(StorageUnavailableError);
  });
});

describe('blobs over a shaky line', () => {
  it('takes a write whose answer was lost for done', async () => {
    faults = ['lost'];
    const etag = await shaky.blobs.put(`lost-${partition}`, bytes('mine'), 'new');
    expect(await direct.blobs.get(`lost-${partition}`)).toEqual({ bytes: bytes('mine'), etag });
    faults = ['lost'];
    const next = await shaky.blobs.put(`lost-${partition}`, bytes('mine 2'), { etag });
    expect(await direct.blobs.get(`lost-${partition}`)).toEqual({ bytes: bytes('mine 2'), etag: next });
  });

  it('does not know the outcome when somebody else has written since', async () => {
    faults = ['lost'];
    meanwhile = () => direct.blobs.put(`theirs-${partition}`, bytes('theirs'), 'any');
    await expect(shaky.blobs.put(`theirs-${partition}`, bytes('mine'), 'new')).rejects.toThrow(StorageUnavailableError);
  });

  it('tells a conflict at once', async () => {
    await direct.blobs.put(`there-${partition}`, bytes('theirs'), 'any');
    await expect(shaky.blobs.put(`there-${partition}`, bytes('mine'), 'new')).rejects.toThrow(BlobConflictError);
    expect(writes).toBe(1);
  });
});

describe('the signal queue over a shaky line', () => {
  it('gives up after three attempts', async () => {
    await shaky.queue.send('first');
    writes = 0;
    faults = ['busy', 'busy', 'busy', 'busy'];
    await expect(shaky.queue.send('second')).rejects.toThrow(StorageUnavailableError);
    expect(writes).toBe(3);
  });

  it('says that nobody answers', async () => {
    const connectionString = azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
    const { rows, blobs, queue } = open(connectionString);
    await expect(queue.send('a')).rejects.toThrow(StorageUnavailableError);
    await expect(rows.get('p', 'a')).rejects.toThrow(StorageUnavailableError);
    await expect(blobs.get('a')).rejects.toThrow(StorageUnavailableError);
  });
});
