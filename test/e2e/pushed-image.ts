import { QueueClient } from '@azure/storage-queue';

import { TableRowStore } from '../../shared/adapters/azure-storage/row-store.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../../shared/adapters/node/system-random.ts';
import type { Head } from '../../shared/reconcile/target-rows.ts';
import { findAuditFault, type AuditRecord } from '../../shared/records/audit.ts';
import { pushImage } from '../../local/registry/client.ts';
import { until, type StackProcess } from './stack-process.ts';

const TARGET = 'github.com/contoso/shop-gitops#main';

/** Pushes `shop/web:TAG` as any OCI client does. @returns its digest. */
export async function push(stack: StackProcess, tag: string): Promise<string> {
  const { url, username, password } = stack.registry;
  return await pushImage({ url, username, password, fetch, repository: 'shop/web', tag });
}

/** Ids of the commits whose message matches. */
export async function commitsWith(stack: StackProcess, pattern: string): Promise<readonly string[]> {
  const found = await stack.git('log', '--format=%H', `--grep=${pattern}`, stack.repository.branch);
  return found === '' ? [] : found.split('\n');
}

/** Ids of the commits that bring a tag to stage dev. */
export async function commitsOf(stack: StackProcess, tag: string): Promise<readonly string[]> {
  return await commitsWith(stack, `shop/web@dev.* -> ${tag.replaceAll('.', '\\.')}$`);
}

/** Waits until no message is on the queue any more, hidden ones included. */
export async function handled(stack: StackProcess): Promise<void> {
  const queue = new QueueClient(stack.endpoints.storage.connectionString, 'signals');
  await until(async () => {
    const { approximateMessagesCount = 0 } = await queue.getProperties();
    return approximateMessagesCount === 0 ? true : undefined;
  });
}

/** Waits for that commit. */
export async function commitOf(stack: StackProcess, tag: string): Promise<string> {
  return await until(async () => (await commitsOf(stack, tag))[0]);
}

/** The event that a commit names in its trailer. */
export async function eventOf(stack: StackProcess, commit: string): Promise<string> {
  return /^Reflex-Event: (.*)$/m.exec(await stack.git('log', '-1', '--format=%B', commit))?.[1] ?? '';
}

/** The branch's audit records, read between two transitions, and the first fault of their chain if it has one. */
export async function auditOf(
  stack: StackProcess,
): Promise<{ readonly records: readonly AuditRecord[]; readonly fault: string | undefined }> {
  const { connectionString } = stack.endpoints.storage;
  const tools = { clock: new SystemClock(), random: new SystemRandom() };
  const rows = new TableRowStore({ account: { connectionString }, table: 'reflex', ...tools });
  return await until(async () => {
    const before = await rows.get(TARGET, 'head');
    const records = (await rows.list(TARGET, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    if ((await rows.get(TARGET, 'head'))?.etag !== before?.etag) {
      return undefined;
    }
    const tip = (before?.value as unknown as Head | undefined)?.audit ?? { seq: 0, hash: '' };
    return { records, fault: findAuditFault(records, tip) };
  });
}

/** Records that a change with `text` in its facts took effect. */
export function actedOn(records: readonly AuditRecord[], text: string): readonly AuditRecord[] {
  return records.filter(({ kind, facts }) => kind === 'acted' && JSON.stringify(facts).includes(text));
}

/** An event of the contoso registry with an id of one's choice, as Event Grid would send it. */
export function pushedEvent(
  id: string,
  {
    tag,
    digest = `sha256:${'a'.repeat(64)}`,
    repository = 'shop/web',
  }: { readonly tag: string; readonly digest?: string | undefined; readonly repository?: string },
): object {
  const registry =
    '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso';
  const at = new Date().toISOString();
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    repository,
    tag,
  };
  return {
    id,
    topic: registry.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
    subject: `${repository}:${tag}`,
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
