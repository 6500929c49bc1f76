import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runFunction, runs, Stage } from './stage.ts';

let folder: string;

beforeEach(() => {
  runs.clear();
  folder = mkdtempSync(join(tmpdir(), 'durable-restart-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function stageOnFile(): Stage {
  return new Stage(join(folder, 'history.db'));
}

async function finish(id: string): Promise<unknown> {
  const second = stageOnFile();
  const end = second.end(id);
  await second.start();
  await second.clock.run(end);
  const { output } = await second.status(id);
  await second.durable.stop();
  return output;
}

describe('a durable engine that is stopped and started again', () => {
  it('waits for what runs and stores its outcome, but begins nothing more', async () => {
    const first = stageOnFile();
    const gate = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    await first.start(async (name, kind, payload) => {
      begun.push(kind);
      await (kind === 'activity' ? gate.promise : undefined);
      return runFunction(name, kind, payload);
    });
    await first.call('POST', 'orchestrators/echoes/e', 'x');
    await first.settle();
    const stopped = first.durable.stop();
    gate.resolve(undefined);
    await stopped;
    expect(begun).toEqual(['orchestration', 'activity']);
    expect(await finish('e')).toBe('x');
    expect(runs.get('echo')).toBe(1);
  });

  it('fires the timers that have come due meanwhile', async () => {
    const first = stageOnFile();
    await first.start();
    await first.call('POST', 'orchestrators/races/r');
    await first.settle();
    await first.durable.stop();
    expect(await finish('r')).toBe('timer');
  });

  it('starts what was accepted before anything ran', async () => {
    const first = stageOnFile();
    expect((await first.call('POST', 'orchestrators/echoes/e', 'x')).status).toBe(202);
    await first.durable.stop();
    expect(await finish('e')).toBe('x');
  });

  it('leaves work that the host could not run for the next start, and says so', async () => {
    const first = stageOnFile();
    await first.start((name, kind, payload) =>
      kind === 'activity' ? Promise.reject(new Error('the host is gone')) : runFunction(name, kind, payload),
    );
    await first.call('POST', 'orchestrators/echoes/e', 'x');
    await first.settle();
    expect(first.errors).toMatchObject([{ fields: { error: 'Error: the host is gone' } }]);
    await first.durable.stop();
    expect(await finish('e')).toBe('x');
  });
});
