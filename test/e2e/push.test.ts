import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TableRowStore } from '../../shared/adapters/azure-storage/row-store.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../../shared/adapters/node/system-random.ts';
import { findAuditFault, type AuditRecord } from '../../shared/records/audit.ts';
import { pushImage } from '../../local/registry/client.ts';
import { StackProcess, until } from './stack-process.ts';

const TARGET = 'github.com/contoso/shop-gitops#main';
const PAYLOADS = join(import.meta.dirname, '../fixtures/payloads');

async function audit(stack: StackProcess): Promise<readonly AuditRecord[]> {
  const { connectionString } = stack.endpoints.storage;
  const rows = new TableRowStore({
    account: { connectionString },
    table: 'reflex',
    clock: new SystemClock(),
    random: new SystemRandom(),
  });
  // The two reads are no snapshot: read until no transition came between them.
  return await until(async () => {
    const before = await rows.get(TARGET, 'head');
    const records = (await rows.list(TARGET, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    if ((await rows.get(TARGET, 'head'))?.etag !== before?.etag) {
      return undefined;
    }
    const { audit: tip } = (before?.value ?? { audit: { seq: 0, hash: '' } }) as {
      audit: { seq: number; hash: string };
    };
    expect(findAuditFault(records, tip)).toBeUndefined();
    return records;
  });
}

async function push(stack: StackProcess, tag: string): Promise<string> {
  const { url, username, password } = stack.registry;
  return await pushImage({ url, username, password, fetch, repository: 'shop/web', tag });
}

async function commitOf(stack: StackProcess, tag: string): Promise<string> {
  return await until(async () => {
    const found = await stack.git(
      'log',
      '--format=%H',
      `--grep=shop/web@dev.* -> ${tag.replaceAll('.', '\\.')}$`,
      stack.repository.branch,
    );
    return found === '' ? undefined : found;
  });
}

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
    const record = await fetch(link, { headers: { 'x-functions-key': stack.endpoints.host.functionKey } });
    expect([record.status, ((await record.json()) as { state: string }).state]).toEqual([200, 'done']);
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
    const id = /^Reflex-Event: (.*)$/m.exec(await stack.git('log', '-1', '--format=%B', commit))?.[1] ?? '';
    const event = pushedEvent(id, '1.5.1');
    const others = ['1.4.9', '1.5.0', '9.9.9'].map((tag) => pushedEvent(`other-${tag}`, tag));
    const answers = await Promise.all(
      [event, others[0], event, others[1], event, others[2], event, event].map((one) => stack.deliver([one])),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202));
    await push(stack, '1.5.2');
    await commitOf(stack, '1.5.2');

    expect(await stack.git('log', '--format=%H', `--grep=Reflex-Event: ${id}`)).toBe(commit);
    const acted = (await audit(stack)).filter(
      ({ kind, facts }) => kind === 'acted' && JSON.stringify(facts).includes(id),
    );
    expect(acted).toHaveLength(1);
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

describe('a kill -9 at any port call', () => {
  it.each([
    'queue.send:before:1',
    'queue.send:after:1',
    'registry.manifest:before:1',
    'rows.transact:after:1',
    'git.head:before:1',
    'git.commit:before:1',
    'git.commit:after:1',
    'blobs.put:after:2',
  ])(
    '%s: one commit, one record, whole chain',
    async (point) => {
      const stack = await StackProcess.create();
      try {
        await stack.start(point);
        await push(stack, '1.6.0').catch(() => undefined);
        await stack.exited();
        await stack.start();
        await push(stack, '1.6.0');
        const commit = await commitOf(stack, '1.6.0');
        const acted = await until(async () => {
          const found = (await audit(stack)).filter(
            ({ kind, facts }) => kind === 'acted' && JSON.stringify(facts).includes('1.6.0'),
          );
          return found.length === 0 ? undefined : found;
        });

        expect(commit).toMatch(/^[0-9a-f]{40}$/);
        expect(acted).toHaveLength(1);
      } finally {
        await stack.remove();
      }
    },
    120_000,
  );
});

function pushedEvent(id: string, tag: string): object {
  const registry =
    '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
  const at = new Date().toISOString();
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${'a'.repeat(64)}`,
    repository: 'shop/web',
    tag,
  };
  return {
    id,
    topic: registry.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
    subject: `shop/web:${tag}`,
    eventType: 'Microsoft.ContainerRegistry.ImagePushed',
    eventTime: at,
    data: {
      id,
      timestamp: at,
      action: 'push',
      location: 'westeurope',
      target,
      request: { id, host: 'evil.example', method: 'PUT' },
    },
    dataVersion: '1.0',
    metadataVersion: '1',
  };
}
