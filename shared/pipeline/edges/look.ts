import { evidenceKey, NO_EVIDENCE, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import { NotFoundError, ReflexError, RowConflictError, UpstreamError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { ReconcileDependencies } from '../../reconcile/look-context.ts';
import type { Report } from '../../reactions/region-failover/index.ts';
import { reconcile } from '../../reconcile/reconcile.ts';
import type { Report as LoopReport } from '../../reconcile/report.ts';
import type { TargetRows, TargetState } from '../../reconcile/target-rows.ts';
import { edgeTarget, type EdgeKind } from '../../targets/edge/index.ts';

/** What the edges' pipeline works with. */
export interface EdgeTools extends ReconcileDependencies {
  readonly edges: EdgeKind;
  readonly clock: Clock;
  readonly log: Log;
  /** What the edge's own measurements say of its regions, as votes of their sources. */
  readonly measure?: (edge: FleetEdge) => Promise<readonly Extract<Report, { kind: 'measurement' }>[]>;
  /** True if the deployment still lets an edge be written that the fleet no longer names; all may be if absent. */
  readonly isWritable?: (edge: Pick<FleetEdge, 'id'>) => boolean;
  /** The region that this cell runs in, where cells run in others as well. */
  readonly ownRegion?: string;
  /** Leaves a message that looks again. */
  readonly wake: (edge: FleetEdge, why: 'plan' | 'settle' | 'health', inMs: number) => Promise<void>;
}

/** Looks in a row at which an edge may be unreadable before people are called. */
const PATIENCE = 5;
const RETRY_MS = 10_000;

/** Why an edge cannot be looked at. */
export interface Trouble {
  readonly reason: string;
  /** True if another look may find it well. */
  readonly isPassing: boolean;
}

/** Reads what is known of an edge. */
export async function readEvidence(rows: RowStore, edge: FleetEdge): Promise<EdgeEvidence> {
  const { partition = '', key } = edgeTarget(edge);
  const row = await rows.get(partition, evidenceKey(key));
  return row === undefined ? NO_EVIDENCE : { ...NO_EVIDENCE, ...(row.value as unknown as EdgeEvidence) };
}

/** The row of an edge's evidence, to be written with a transition. */
export function evidenceRow(edge: FleetEdge, value: EdgeEvidence): { readonly rowKey: string; readonly value: object } {
  return { rowKey: evidenceKey(edge.id), value };
}

/**
 * Lets the loop go on with an edge, and sees to it that somebody looks again: the loop's own wake, or a retry while the
 * edge cannot be read. People are called when it cannot be read for long, and told when it can be again.
 *
 * @param read - how the edge was read just before, where that was done: the loop does not read an edge that is idle.
 */
export async function driveEdge(
  edge: FleetEdge,
  rows: TargetRows,
  tools: EdgeTools,
  read?: { readonly trouble: Trouble | undefined },
): Promise<Trouble | undefined> {
  let report: LoopReport;
  try {
    report = await reconcile(edgeTarget(edge), tools.edges, tools);
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) {
      throw error;
    }
    return await noteTrouble(edge, trouble, { rows, tools });
  }
  tools.log.info('edge reconciled', { edge: edge.id, ...report });
  if (report.wakeInMs !== undefined) {
    await tools.wake(edge, 'plan', report.wakeInMs);
  }
  if (read === undefined) {
    return undefined;
  }
  if (read.trouble !== undefined) {
    return await noteTrouble(edge, read.trouble, { rows, tools });
  }
  await despiteOthers(async () => await clearTrouble(edge, rows, tools));
  return undefined;
}

/** Attempts against other writers of the edges' rows before the caller hears of it. */
const MAX_ATTEMPTS = 20;

/**
 * Writes something down however many others write beside it: all edges share their rows, and every cell ticks at the
 * same second. `write` reads the rows anew each time.
 * @throws RowConflictError if they stay contended.
 */
export async function despiteOthers<Written>(write: () => Promise<Written>): Promise<Written> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** What kept an edge from being read; undefined for what is no matter of the edge. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof NotFoundError) {
    return { reason: 'config-error:edge-not-found', isPassing: false };
  }
  if (error instanceof UpstreamError && (error.status === 401 || error.status === 403)) {
    return { reason: 'authorization', isPassing: false };
  }
  return error instanceof ReflexError && (error.code === 'REFLEX_UPSTREAM' || error.code === 'REFLEX_RATE_LIMITED')
    ? { reason: 'control-plane-unavailable', isPassing: error.retryable }
    : undefined;
}

interface Context {
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

async function noteTrouble(edge: FleetEdge, trouble: Trouble, context: Context): Promise<Trouble | undefined> {
  const { reason, isPassing } = trouble;
  const { unreadable, isDue } = await despiteOthers(async () => await countTrouble(edge, trouble, context));
  if (isPassing && !isDue) {
    await context.tools.wake(edge, 'plan', RETRY_MS * 2 ** (unreadable - 1));
    return { reason: 'retrying', isPassing };
  }
  return { reason, isPassing };
}

async function countTrouble(
  edge: FleetEdge,
  { reason, isPassing }: Trouble,
  { rows, tools }: Context,
): Promise<{ readonly unreadable: number; readonly isDue: boolean }> {
  const state = await rows.load(edgeTarget(edge));
  const evidence = await readEvidence(tools.rows, edge);
  const unreadable = (evidence.unreadable ?? 0) + 1;
  const { unreadableSince = tools.clock.now().getTime() } = evidence;
  const isDue = !isPassing || unreadable >= PATIENCE;
  // What a region's verdict has just paged for the same reason is the same trouble.
  const isNew = !Object.values(evidence.paged).includes(reason);
  const at = tools.clock.now().toISOString();
  await rows.save(edgeTarget(edge), state, {
    facts: [
      evidenceRow(edge, {
        ...evidence,
        unreadable,
        unreadableSince,
        paged: isDue ? { ...evidence.paged, [edge.id]: reason } : evidence.paged,
      }),
    ],
    audit:
      isDue && isNew
        ? [{ kind: 'paged', at, facts: { edge: edge.id, reason, problem: problemOf(edge, unreadableSince) } }]
        : [],
  });
  return { unreadable, isDue };
}

async function clearTrouble(edge: FleetEdge, rows: TargetRows, tools: EdgeTools): Promise<void> {
  const state = await rows.load(edgeTarget(edge));
  const evidence = await readEvidence(tools.rows, edge);
  if (evidence.unreadable === undefined) {
    return;
  }
  const { [edge.id]: reason, ...paged } = evidence.paged;
  const problem = problemOf(edge, evidence.unreadableSince);
  const at = tools.clock.now().toISOString();
  await rows.save(edgeTarget(edge), state, {
    facts: [evidenceRow(edge, { ...evidence, unreadable: undefined, unreadableSince: undefined, paged })],
    audit: reason === undefined ? [] : [{ kind: 'page-over', at, facts: { edge: edge.id, reason, problem } }],
  });
}

/** Names the page, so that its end is that of the same page, and the next time has one of its own. */
function problemOf({ id }: FleetEdge, since = 0): string {
  return `unreadable:${id}@${new Date(since).toISOString()}`;
}

/** The open intents about an edge, by what they say. */
export function intentsOf(edge: FleetEdge, { intents }: TargetState, kind: string): readonly Intent[] {
  return [...intents.values()].filter(
    (intent) => intent.kind === kind && intent.state !== 'closed' && isAbout(edge, intent),
  );
}

/** True if an intent is about an edge or one of its origins. */
export function isAbout({ id }: FleetEdge, { subject }: Pick<Intent, 'subject'>): boolean {
  return subject === id || subject.startsWith(`${id}/`);
}

/** The stored form of an intent that was asked for. */
export function storedIntent(state: TargetState, asked: Pick<Intent, 'subject' | 'by' | 'cause'>): Intent | undefined {
  return state.intents.get(intentKey(asked));
}
