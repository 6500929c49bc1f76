import { NotFoundError, ReflexError, UpstreamError } from '../../errors.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';
import type { ActorDependencies } from '../actor.ts';

/** What is remembered of a branch that cannot be read; without `since` it can be. */
interface Unreadable {
  readonly schema: 1;
  /** ISO 8601. */
  readonly since?: string;
  /** What people were called for. */
  readonly paged?: string;
}

const ROW = 'unreadable';
/** A Git host that is down comes back by itself: its status page calls people before we do. */
const PATIENCE_MS = 10 * 60_000;

type Tools = Pick<ActorDependencies, 'rows' | 'clock'>;

/**
 * Remembers that a branch cannot be read, and calls people once: at once where we are refused (the App is suspended, a
 * permission is gone, the repository is), after a while where the host is in trouble.
 *
 * @throws RowConflictError, StorageUnavailableError: the next tick looks again.
 */
export async function noteUnreadable(target: TargetRef, error: unknown, { rows, clock }: Tools): Promise<void> {
  if (!(error instanceof ReflexError) || !isOfTheHost(error)) {
    return;
  }
  const before = await read(target, rows);
  const now = clock.now();
  const { since = now.toISOString(), paged } = before;
  const isDue = isRefusal(error) || now.getTime() - Date.parse(since) >= PATIENCE_MS;
  if (paged !== undefined || (before.since !== undefined && !isDue)) {
    return;
  }
  const reason = `branch-unreadable: ${error.message}`;
  const row: Unreadable = { schema: 1, since, ...(isDue ? { paged: reason } : {}) };
  await save(target, row, isDue ? [entry('paged', target, { reason, since, at: now })] : [], rows);
}

/** The branch was read: whoever was called for it hears that it is over. @throws as above. */
export async function noteReadable(target: TargetRef, { rows, clock }: Tools): Promise<void> {
  const { since, paged: reason } = await read(target, rows);
  if (since !== undefined) {
    const over = reason === undefined ? [] : [entry('page-over', target, { reason, since, at: clock.now() })];
    await save(target, { schema: 1 }, over, rows);
  }
}

function isOfTheHost(error: ReflexError): boolean {
  return error instanceof NotFoundError || error.code === 'REFLEX_UPSTREAM' || error.code === 'REFLEX_RATE_LIMITED';
}

function isRefusal(error: ReflexError): boolean {
  return (
    error instanceof NotFoundError || (error instanceof UpstreamError && (error.status === 401 || error.status === 403))
  );
}

async function read({ key }: TargetRef, rows: Tools['rows']): Promise<Unreadable> {
  return ((await rows.get(key, ROW))?.value as unknown as Unreadable | undefined) ?? { schema: 1 };
}

async function save(
  target: TargetRef,
  value: Unreadable,
  audit: readonly AuditEntry[],
  rows: Tools['rows'],
): Promise<void> {
  const stored = new TargetRows(rows);
  await stored.save(target, await stored.load(target), { facts: [{ rowKey: ROW, value }], audit });
}

/** `problem` names the page, so that its end is that of the same page. */
function entry(
  kind: 'paged' | 'page-over',
  { key }: TargetRef,
  { reason, since, at }: { readonly reason: string; readonly since: string; readonly at: Date },
): AuditEntry {
  return { kind, at: at.toISOString(), facts: { reason, problem: `unreadable:${key}@${since}` } };
}
