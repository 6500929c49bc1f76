import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { actedOn, auditOf, commitOf, eventOf, push, pushedEvent } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const PAYLOADS = join(import.meta.dirname, '../fixtures/payloads');

describe('a pushed image becomes a commit', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await stack.start();
  });

  afterAll(async () => {
    await stack.remove();
  });

  it('by a plain OCI client, with one changed line and the event in its trailers', async () => {
    const before = await stack.git('rev-parse', 'main');
    const digest = await push(stack, '1.5.0');
    const commit = await commitOf(stack, '1.5.0');

    expect(await stack.git('diff', '--numstat', before, commit)).toMatch(/^1\t1\t\S+$/);
    const message = await stack.git('log', '-1', '--format=%B', commit);
    expect(message).toContain(digest);
    expect(message).toMatch(/^Reflex-Event: \S+$/m);
    const link = /^Reflex-Record: (.*)$/m.exec(message)?.[1] ?? '';
    // The commit is there a moment before the row that says so.
    await until(async () => {
      const record = await fetch(link, { headers: { 'x-functions-key': stack.endpoints.host.functionKey } });
      expect(record.status).toBe(200);
      return ((await record.json()) as { state: string }).state === 'done' ? true : undefined;
    });
    expect((await fetch(link)).status).toBe(401);
  });

  it('that git clone of the printed URL shows', async () => {
    await promisify(execFile)('git', ['clone', '--quiet', stack.repository.clone, join(stack.data, 'clone')]);
    expect(await readdir(join(stack.data, 'clone'))).toContain('clusters');
    expect((await stat(join(stack.data, 'endpoints.json'))).mode & 0o777).toBe(0o600);
  });

  it('once, however often and in whatever order the event comes', async () => {
    await push(stack, '1.5.1');
    const commit = await commitOf(stack, '1.5.1');
    const id = await eventOf(stack, commit);
    const event = pushedEvent(id, { tag: '1.5.1' });
    const others = ['1.4.9', '1.5.0', '9.9.9'].map((tag) => pushedEvent(`other-${tag}`, { tag }));
    const answers = await Promise.all(
      [event, others[0], event, others[1], event, others[2], event, event].map((one) => stack.deliver([one])),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202));
    await push(stack, '1.5.2');
    await commitOf(stack, '1.5.2');

    expect(await stack.git('log', '--format=%H', `--grep=Reflex-Event: ${id}`)).toBe(commit);
    const { records, fault } = await auditOf(stack);
    expect(fault).toBeUndefined();
    expect(actedOn(records, id)).toHaveLength(1);
  });

  it('and nothing that is posted makes the webhook fail for its content', async () => {
    const files = (await readdir(PAYLOADS)).filter((name) => name.endsWith('.json') && name !== 'index.json');
    expect(files.length).toBeGreaterThan(100);
    for (const name of files) {
      const text = await readFile(join(PAYLOADS, name), 'utf8');
      const { status } = await stack.deliver(text);
      expect([name, status < 500]).toEqual([name, true]);
    }
    await push(stack, '1.5.3');
    await commitOf(stack, '1.5.3');
  });
});
