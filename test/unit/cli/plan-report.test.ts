import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { planReportCommand } from '../../../cli/plan-report.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { RowStore } from '../../../shared/ports/row-store.ts';
import { planKey } from '../../../shared/reconcile/plan.ts';
import { playOut, runsOf, SHIFT_AND_RESTORE } from '../reports/runs.ts';

let rows: RowStore;
let id: string;

beforeAll(async () => {
  const played = await playOut(SHIFT_AND_RESTORE);
  rows = played.world.rows;
  id = (await runsOf(played))[0]?.plan.id ?? '';
});

async function report(
  args: readonly string[],
  open: () => Promise<RowStore> = () => Promise.resolve(rows),
): Promise<{ readonly out: string; readonly err: string; readonly code: number | undefined }> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const command = planReportCommand({ ...output, exit: (given) => (code = given) }, open).exitOverride();
  await command.parseAsync(args, { from: 'user' });
  return { out: out.join('\n'), err: err.join('\n'), code };
}

describe('reflex plan report', () => {
  it('prints Markdown by itself', async () => {
    const { out, code } = await report([id]);
    expect(out).toMatch(/^# p1\/og: east out\n/);
    expect(code).toBe(0);
  });

  it('writes HTML into a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reflex-report-'));
    const file = join(folder, 'run.html');
    expect(await report([id, '--format', 'html', '--out', file])).toEqual({
      out: `written to ${file}`,
      err: '',
      code: 0,
    });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
    await rm(folder, { recursive: true });
  });

  it('ends with 1 where there is no such plan', async () => {
    const err = 'reflex plan report: no plan is known as nobody: reflex plans lists them';
    expect(await report(['nobody'])).toEqual({ out: '', err, code: 1 });
    expect((await report([id], () => Promise.resolve(new InMemoryRowStore()))).code).toBe(1);
  });

  it('knows a plan by the beginning of its id, if no other begins so', async () => {
    expect(await report([id.slice(0, 8).toUpperCase()])).toEqual(await report([id]));
    expect(await report([id.slice(0, 3)])).toMatchObject({
      err: `reflex plan report: no plan is known as ${id.slice(0, 3)}: give at least 4 of its digits`,
      code: 1,
    });
    const two = new InMemoryRowStore();
    const rowKeys = [id, `${id.slice(0, -1)}x`].map(planKey);
    const value = (await rows.get('edges', planKey(id)))?.value ?? {};
    await two.transact(
      'edges',
      ['head', ...rowKeys].map((rowKey) => ({ kind: 'put', rowKey, value })),
    );
    expect(await report([id.slice(0, 8)], () => Promise.resolve(two))).toMatchObject({
      err: expect.stringContaining(`${id.slice(0, 8)} is how ${id} and `) as string,
      code: 1,
    });
  });

  it('ends with 2 where the storage cannot be read', async () => {
    const { err, code } = await report([id], () => Promise.reject(new Error('no storage here')));
    expect([err, code]).toEqual(['reflex plan report: no storage here', 2]);
  });

  it('knows two formats', async () => {
    await expect(report([id, '--format', 'pdf'])).rejects.toThrow(/expected md or html/);
  });
});
