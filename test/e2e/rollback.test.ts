import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { commitOf, push } from './pushed-image.ts';
import { StackProcess } from './stack-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLACE = ['contoso.azurecr.io/shop/web', 'dev'];

describe('a person rolls an image back', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await stack.start();
  });

  afterAll(async () => {
    await stack.remove();
  });

  async function images(verb: string, ...options: string[]): Promise<Record<string, unknown>> {
    const args = ['images', verb, ...PLACE, ...options, '--as', 'alice', '--data', stack.data, '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'cli/reflex.ts'), ...args]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('by the command line; the same digest stays out, another one goes on', async () => {
    await push(stack, '1.5.0');
    await commitOf(stack, '1.5.0');
    const bad = await push(stack, '1.6.0');
    await commitOf(stack, '1.6.0');
    expect(await images('history')).toMatchObject({ standing: [{ tag: '1.6.0' }] });

    const became = await images('rollback', '--reason', 'it fails');
    expect(became).toMatchObject({ decision: 'rolled-back', to: '1.5.0' });
    const head = await stack.git('rev-parse', 'main');
    expect(became['commit']).toBe(head);
    expect(await images('history')).toMatchObject({
      standing: [{ tag: '1.5.0' }],
      holds: [{ kind: 'hold', refuses: [bad] }],
    });

    expect(await push(stack, '1.6.0')).toBe(bad);
    await push(stack, '1.6.1');
    const next = await commitOf(stack, '1.6.1');
    expect(await stack.git('rev-parse', `${next}^`)).toBe(head);
  });
});
