import { evidenceKey } from '../domain/traffic/evidence.ts';
import { RowConflictError } from '../errors.ts';
import { checkReadiness, gatherEdge, type Check, type ReadinessPorts } from '../reactions/readiness/index.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import { TargetRows, type Transition } from '../reconcile/target-rows.ts';
import { EDGES } from '../targets/edge/index.ts';
import { ahead } from './edges/ahead.ts';

/** What a failover of one edge would need, and whether it has it. */
export interface Readiness {
  readonly schema: 1;
  readonly edge: string;
  /** ISO 8601. */
  readonly at: string;
  /** True if no check failed. */
  readonly ready: boolean;
  readonly checks: readonly Check[];
  /** When each check failed last, ISO 8601, of those that have within a day. */
  readonly failedAt?: Readonly<Record<string, string>>;
}

/** A check that failed within this time is no news when it fails again: what is at its limit comes and goes. */
const NEWS_MS = 24 * 3_600_000;

const MAX_TRIES = 5;
/** Each asks Azure for a dozen things. */
const GATHERED_AT_ONCE = 8;

/** Row key of an edge's readiness. */
export function readinessKey(edge: string): string {
  return evidenceKey(edge).replace(/^evidence/, 'readiness');
}

/**
 * Checks every edge in the order of their priority, keeps what was found in a row of each as soon as it is known, and calls
 * people when a check fails that did not before. An edge at which somebody else is at work keeps no other from being checked.
 * @throws StorageUnavailableError; RowConflictError when all others were checked: the next round checks again.
 */
export async function checkReady(ports: ReadinessPorts): Promise<void> {
  const { rows: store, clock } = ports;
  const rows = new TargetRows(store);
  const edges = (await ports.edges()).toSorted((a, b) => a.priority - b.priority);
  const gathered = ahead(edges, GATHERED_AT_ONCE, async (edge) => await gatherEdge(edge, ports));
  // Of several that fail the first is told.
  gathered.forEach((facts) => void facts.catch(() => undefined));
  let conflict: RowConflictError | undefined;
  for (const [index, facts] of gathered.entries()) {
    const edge = edges[index];
    if (edge === undefined) {
      continue;
    }
    const checks = checkReadiness(await facts);
    const failed = checks.filter(({ status }) => status === 'fail').map(({ check }) => check);
    const at = clock.now().toISOString();
    const before = (await store.get(EDGES, readinessKey(edge.id)))?.value as unknown as Readiness | undefined;
    const known = failedBefore(before, at);
    const isNews = failed.some((check) => known[check] === undefined);
    const failedAt = { ...known, ...Object.fromEntries(failed.map((check) => [check, at])) };
    const value: Readiness = { schema: 1, edge: edge.name, at, ready: failed.length === 0, checks, failedAt };
    const reason = `not-ready: ${failed.join(', ')}`;
    conflict =
      (await saveAgain(rows, ports.target(edge), {
        facts: [{ rowKey: readinessKey(edge.id), value }],
        audit: isNews ? [{ kind: 'paged', at, facts: { edge: edge.id, reason } }] : [],
      })) ?? conflict;
  }
  if (conflict !== undefined) {
    throw conflict;
  }
}

/** Whoever was faster has written something else: what was found holds all the same. @returns the last conflict if none of the tries won. */
async function saveAgain(
  rows: TargetRows,
  target: TargetRef,
  found: Transition,
): Promise<RowConflictError | undefined> {
  let conflict: RowConflictError | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    try {
      await rows.save(target, await rows.load(target), found);
      return undefined;
    } catch (error) {
      if (!(error instanceof RowConflictError)) {
        throw error;
      }
      conflict = error;
    }
  }
  return conflict;
}

/** Checks that have failed within a day. Pure. */
function failedBefore(before: Readiness | undefined, now: string): Readonly<Record<string, string>> {
  const { checks = [], at = now, failedAt } = before ?? {};
  const failed =
    failedAt ?? Object.fromEntries(checks.flatMap(({ check, status }) => (status === 'fail' ? [[check, at]] : [])));
  return Object.fromEntries(Object.entries(failed).filter(([, one]) => Date.parse(now) - Date.parse(one) < NEWS_MS));
}
