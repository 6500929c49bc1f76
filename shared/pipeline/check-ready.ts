import { evidenceKey } from '../domain/traffic/evidence.ts';
import { checkReadiness, gatherReadiness, type Check, type ReadinessPorts } from '../reactions/readiness/index.ts';
import { TargetRows } from '../reconcile/target-rows.ts';
import { EDGES } from '../targets/edge/index.ts';

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

/** Row key of an edge's readiness. */
export function readinessKey(edge: string): string {
  return evidenceKey(edge).replace(/^evidence/, 'readiness');
}

/**
 * Checks every edge, keeps what was found in a row of each, and calls people when a check fails that did not before.
 * @throws StorageUnavailableError, RowConflictError: the next round checks again.
 */
export async function checkReady(ports: ReadinessPorts): Promise<void> {
  const { rows: store, clock } = ports;
  const rows = new TargetRows(store);
  const edges = await ports.edges();
  for (const { edge: name, facts } of await gatherReadiness(ports)) {
    const edge = edges.find((one) => one.name === name);
    if (edge === undefined) {
      continue;
    }
    const checks = checkReadiness(facts);
    const failed = checks.filter(({ status }) => status === 'fail').map(({ check }) => check);
    const at = clock.now().toISOString();
    const before = (await store.get(EDGES, readinessKey(edge.id)))?.value as unknown as Readiness | undefined;
    const known = failedBefore(before, at);
    const isNews = failed.some((check) => known[check] === undefined);
    const failedAt = { ...known, ...Object.fromEntries(failed.map((check) => [check, at])) };
    const value: Readiness = { schema: 1, edge: name, at, ready: failed.length === 0, checks, failedAt };
    const reason = `not-ready: ${failed.join(', ')}`;
    const target = ports.target(edge);
    await rows.save(target, await rows.load(target), {
      facts: [{ rowKey: readinessKey(edge.id), value }],
      audit: isNews ? [{ kind: 'paged', at, facts: { edge: edge.id, reason } }] : [],
    });
  }
}

/** Checks that have failed within a day. Pure. */
function failedBefore(before: Readiness | undefined, now: string): Readonly<Record<string, string>> {
  const { checks = [], at = now, failedAt } = before ?? {};
  const failed =
    failedAt ?? Object.fromEntries(checks.flatMap(({ check, status }) => (status === 'fail' ? [[check, at]] : [])));
  return Object.fromEntries(Object.entries(failed).filter(([, one]) => Date.parse(now) - Date.parse(one) < NEWS_MS));
}
