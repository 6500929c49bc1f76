import type { GivenCommand } from '../../commands/edge-command.ts';
import { RowConflictError } from '../../errors.ts';
import type { Fleet, FleetEdge } from '../../fleet/model.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import { edgeTarget, EDGES, follow, keptKey, readKept, removalKey, type InForce } from '../../targets/edge/index.ts';
import type { EdgeTools } from './look.ts';

/** Attempts against other writers of the edges' rows before the signal is put back on the queue. */
const MAX_ATTEMPTS = 20;

interface Asking {
  readonly tools: EdgeTools;
  /** As its files give it. */
  readonly fleet: () => Promise<Fleet>;
  readonly isWritable: InForce['isWritable'];
  readonly isLooked: boolean;
}

/**
 * Holds an edge against the fleet in force, and writes down what has left it, come back, or is over.
 *
 * @param id - ARM id, lower case.
 * @returns the edge as it is to be looked at; undefined if there is none any more.
 * @throws RowConflictError if the edges' rows stay contended; StorageUnavailableError; whatever reading the fleet throws.
 */
export async function followEdge(
  id: string,
  { tools, fleet, isWritable, isLooked }: Asking,
): Promise<FleetEdge | undefined> {
  const rows = new TargetRows(tools.rows);
  const target = edgeTarget({ id });
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const kept = readKept((await tools.rows.get(EDGES, keptKey(id)))?.value);
    // Read after the rows, and again after a conflict: what another look has noted by a newer fleet is not undone by one
    // that had read before. A cell that holds the older file for longer calls people once more.
    const { revision, clusters, edges } = await fleet();
    const named = edges.find((edge) => edge.id === id);
    const now = tools.clock.now();
    const { edge, transition } = follow({ kept, named, revision, clusters, now, isWritable, isLooked }, state);
    if (transition === undefined) {
      return edge;
    }
    try {
      await rows.save(target, state, transition);
      return edge;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/**
 * A person asks again for the way back of what has left: it is proposed anew, whatever became of the last proposal.
 * @param unit - ARM id of the edge or of the origin.
 */
export async function askBack(
  edge: FleetEdge,
  unit: string,
  { given, tools }: { readonly given: GivenCommand; readonly tools: EdgeTools },
): Promise<void> {
  const rows = new TargetRows(tools.rows);
  const { by, id: command } = given;
  const releaseReason = given.asked.reason === '' ? undefined : given.asked.reason;
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(edgeTarget(edge));
    const stored = state.intents.get(removalKey(unit));
    if (stored === undefined || stored.state === 'closed') {
      return;
    }
    const at = tools.clock.now().toISOString();
    const { note, ...rest } = stored;
    const intent = { ...rest, state: 'open' as const, releasedBy: by, releaseReason };
    const facts = { subject: unit, by, command, reason: note ?? '' };
    try {
      await rows.save(edgeTarget(edge), state, {
        intents: [intent],
        clear: ['refused'],
        audit: [{ kind: 'intent-opened', at, facts }],
      });
      return;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}
