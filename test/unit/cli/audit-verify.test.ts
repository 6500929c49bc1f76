import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { auditVerifyCommand } from '../../../cli/audit-verify.ts';
import { openRows } from '../../../cli/storage.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { RowStore } from '../../../shared/ports/row-store.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { auditKey } from '../../../shared/records/audit.ts';

const TARGET = 'contoso/shop-gitops#main';

async function chainOf(length: number): Promise<InMemoryRowStore> {
  const rows = new InMemoryRowStore();
  const targets = new TargetRows(rows);
  for (let seq = 1; seq <= length; seq += 1) {
    const entry = { kind: 'acted' as const, at: `2026-01-0${seq}T00:00:00.000Z`, facts: { seq } };
    await targets.save({ kind: 'dial', key: TARGET }, await targets.load({ kind: 'dial', key: TARGET }), {
      audit: [entry],
    });
  }
  return rows;
}

async function verify(
  open: () => Promise<RowStore>,
  ...args: readonly string[]
): Promise<{ out: string; err: string; code: number | undefined }> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  await auditVerifyCommand({ ...output, exit: (given) => (code = given) }, open).parseAsync(args, { from: 'user' });
  return { out: out.join('\n'), err: err.join('\n'), code };
}

describe('audit verify', () => {
  it('ends with 0 where every chain is whole', async () => {
    const rows = await chainOf(3);
    const { out, code } = await verify(() => Promise.resolve(rows));
    expect(code).toBe(0);
    expect(out).toMatch(/contoso\/shop-gitops#main +3 +[0-9a-f]{12} +whole/);
  });

  it('ends with 1 and the fault where one is not', async () => {
    const rows = await chainOf(3);
    await rows.transact(TARGET, [{ kind: 'put', rowKey: auditKey(2), value: { schema: 1, seq: 2 } }]);
    const { out, code } = await verify(() => Promise.resolve(rows), '--target', TARGET, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      chains: [{ target: TARGET, fault: expect.stringMatching(/record 2/) as unknown }],
    });
  });

  it('says that there is nothing yet', async () => {
    const { out, code } = await verify(() => Promise.resolve(new InMemoryRowStore()));
    expect([out, code]).toEqual(['no target has records yet', 0]);
  });

  it('ends with 1 for a target without records', async () => {
    expect((await verify(() => Promise.resolve(new InMemoryRowStore()), '--target', 'nobody')).code).toBe(1);
  });

  it('ends with 2 where the storage cannot be read', async () => {
    const { err, code } = await verify(() => Promise.reject(new Error('no storage here')));
    expect([err, code]).toEqual(['reflex audit verify: no storage here', 2]);
  });
});

describe('the storage of the command line', () => {
  it('is that of a running local stack, of the settings, or an error that says what to set', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflex-storage-'));
    const connectionString = 'UseDevelopmentStorage=true';
    await expect(openRows(folder, { REFLEX_STORAGE: connectionString })).rejects.toThrow(/npm start.*REFLEX_STORAGE/);
    writeFileSync(join(folder, 'endpoints.json'), JSON.stringify({ storage: { connectionString } }));
    await expect(openRows(folder, {})).resolves.toBeDefined();
    await expect(openRows(undefined, { REFLEX_STORAGE: connectionString })).resolves.toBeDefined();
    rmSync(folder, { recursive: true });
  });
});
