import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startAzurite } from '../../../../local/azurite/azurite.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { TableRowStore } from '../../../../shared/adapters/azure-storage/row-store.ts';
import { SystemClock } from '../../../../shared/adapters/node/system-clock.ts';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'azurite-'));
});

afterEach(async () => {
  await rm(data, { recursive: true });
});

function openRows(connectionString: string): TableRowStore {
  const random = new SeededRandom(1);
  return new TableRowStore({ account: { connectionString }, table: 'reflex', clock: new SystemClock(), random });
}

function startParent(): ChildProcess {
  const script = fileURLToPath(new URL('parent.ts', import.meta.url));
  return spawn(process.execPath, [script, data], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startAzurite', () => {
  it('saves everything when it is stopped, and stopping twice is harmless', async () => {
    const first = await startAzurite({ data });
    const rows = openRows(first.connectionString);
    await rows.ensureTable();
    await rows.transact('p', [{ kind: 'insert', rowKey: 'a', value: 1 }]);
    await Promise.all([first.stop(), first.stop()]);
    expect(isAlive(first.pid)).toBe(false);

    const second = await startAzurite({ data, ports: first.ports });
    expect(second.ports).toEqual(first.ports);
    expect((await openRows(second.connectionString).get('p', 'a'))?.value).toBe(1);
    await second.stop();
  });

  it('has accounts beside the well-known one, whose data are their own', async () => {
    const azurite = await startAzurite({ data, others: ['second'] });
    const [first, second] = [openRows(azurite.connectionString), openRows(azurite.others['second'] ?? '')];
    await Promise.all([first.ensureTable(), second.ensureTable()]);
    await second.transact('p', [{ kind: 'insert', rowKey: 'a', value: 2 }]);
    expect([await first.get('p', 'a'), (await second.get('p', 'a'))?.value]).toEqual([undefined, 2]);
    await azurite.stop();
  });

  it('loses no row when the process that started it is killed', async () => {
    const parent = startParent();
    await once(parent.stdout!, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'exit');

    const azurite = await startAzurite({ data });
    expect(await openRows(azurite.connectionString).list('p', '')).toHaveLength(50);
    await azurite.stop();
  });

  it('does not start beside another one on the same folder', async () => {
    const other = spawn(process.execPath, ['-e', 'process.stdin.resume()', 'azurite'], { stdio: 'pipe' });
    await writeFile(join(data, 'azurite.pid'), `${other.pid}`);
    await expect(startAzurite({ data, patienceMs: 100 })).rejects.toThrow(/still uses this folder/);
    other.kill();
    await once(other, 'exit');
  });

  it('does not take another program that got the same process id for Azurite', async () => {
    await writeFile(join(data, 'azurite.pid'), `${process.pid}`);
    const azurite = await startAzurite({ data, patienceMs: 100 });
    await azurite.stop();
  });

  it('says why it did not start', async () => {
    const first = await startAzurite({ data });
    const other = join(data, 'other');
    await expect(startAzurite({ data: other, ports: first.ports })).rejects.toThrow(/EADDRINUSE/);
    await first.stop();
  });
});
