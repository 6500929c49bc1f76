import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import { planExportCommand } from '../../../cli/plan-export.ts';
import { answerPerson } from '../../../shared/api/people/answer-person.ts';
import type { RowStore } from '../../../shared/ports/row-store.ts';
import { Office, RITA } from '../api/people/people.ts';
import { overridden, playOut, runsOf } from '../reports/runs.ts';

let rows: RowStore;
let id: string;

beforeAll(async () => {
  const played = await playOut(overridden({ approvedBy: [] }));
  rows = played.world.rows;
  id = (await runsOf(played))[0]?.plan.id ?? '';
});

async function exported(
  args: readonly string[],
  open: () => Promise<RowStore> = () => Promise.resolve(rows),
): Promise<{ readonly out: string; readonly err: string; readonly code: number | undefined }> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  await planExportCommand({ ...output, exit: (given) => (code = given) }, open).parseAsync(args, { from: 'user' });
  return { out: out.join('\n'), err: err.join('\n'), code };
}

describe('reflex plan export', () => {
  it('prints the script of a plan that waits', async () => {
    const { out, code } = await exported([id]);
    expect(out).toMatch(/^#!\/usr\/bin\/env bash\n# What is left of a plan/);
    expect(out).toContain(`'{"properties":{"enabledState":"Disabled"}}'`);
    expect(code).toBe(0);
    expect((await exported([id.slice(0, 8)])).out).toBe(out);
  });

  it('prints what the HTTP API answers', async () => {
    const office = new Office({ rows });
    for (const [direction, args] of [
      ['forth', [id]],
      ['back', [id, '--undo']],
    ] as const) {
      const { body } = await answerPerson(
        {
          method: 'GET',
          path: `plans/${id}/export`,
          query: { format: 'bash', direction },
          authorization: await office.token(RITA),
          idempotencyKey: undefined,
          contentLength: undefined,
          text: () => Promise.resolve(''),
        },
        office.tools,
      );
      expect((await exported(args)).out).toBe(body.trimEnd());
    }
  });

  it('writes an executable file of the way back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reflex-export-'));
    const file = join(folder, 'back.sh');
    expect(await exported([id, '--undo', '--out', file])).toEqual({ out: `written to ${file}`, err: '', code: 0 });
    expect(await readFile(file, 'utf8')).toContain(`'{"properties":{"enabledState":"Enabled"}}'`);
    expect((await stat(file)).mode & 0o111).toBe(0o111);
    await rm(folder, { recursive: true });
  });

  it('ends with 1 where there is no such plan', async () => {
    expect(await exported(['nobody'])).toEqual({
      out: '',
      err: 'reflex plan export: no plan is known as nobody: reflex plans lists them',
      code: 1,
    });
  });

  it('ends with 2 where the storage cannot be read', async () => {
    const { err, code } = await exported([id], () => Promise.reject(new Error('no storage here')));
    expect([err, code]).toEqual(['reflex plan export: no storage here', 2]);
  });
});
