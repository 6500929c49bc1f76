import { canonicalJson } from '../../domain/json.ts';
import { NotFoundError, RateLimitedError, ReflexError, ResourceBusyError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeControl, EdgeOperation, EdgeState, OriginChange } from '../../ports/edge-control.ts';
import type { Progress, Sending, Settlement, WriteResult } from '../../reconcile/target-kind.ts';
import type { FleetOrigin } from '../../fleet/model.ts';
import type { GateDocuments } from '../../ports/gate-documents.ts';
import { settleGate, writeGate } from './gates.ts';
import type { EdgeChange } from './next.ts';

export interface EdgeWriter {
  /** ARM id of the origin group or profile. */
  readonly edge: string;
  readonly control: EdgeControl;
  readonly clock: Clock;
  readonly gates?: GateDocuments;
  /** Origins of the edge, all of which have gates where one has. */
  readonly origins: readonly FleetOrigin[];
}

/** Between two questions after an operation; Front Door's take seconds to minutes. */
const POLL_MS = 5_000;
const LAST_ORIGIN = /at least one enabled endpoint/i;

/** What a write of this state is conditioned on: the whole group, since its rules are about all of it. Pure. */
export function preconditionOf(origins: EdgeState['origins']): string {
  const states = origins.map(({ id, enabled, weight, priority }) => ({ id, enabled, weight, priority }));
  return canonicalJson(states.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
}

/**
 * Sends one PATCH, after a last look at the whole group: Front Door and Traffic Manager have no conditional writes.
 * Never throws what the service answers.
 */
export async function writeOrigin(writer: EdgeWriter, sending: Sending, move: EdgeChange): Promise<WriteResult> {
  const { edge, control, clock } = writer;
  if ('isShut' in move) {
    return await writeGate(writer, move);
  }
  try {
    const now = await control.read(edge);
    if (preconditionOf(now.origins) !== sending.precondition) {
      return { outcome: 'stale' };
    }
    if (clock.now().toISOString() >= sending.sendBy) {
      return { outcome: 'postponed', reason: 'sent too late' };
    }
    const change: OriginChange = 'weight' in move ? { weight: move.weight } : { enabled: move.enabled };
    return resultOf(await control.begin(move.id, change), move);
  } catch (error) {
    return refusalOf(error);
  }
}

function resultOf(operation: EdgeOperation, { id }: EdgeChange): WriteResult {
  switch (operation.status) {
    case 'succeeded':
      return { outcome: 'written', evidence: { origin: id } };
    case 'running':
      return { outcome: 'accepted', operation: operation.state, pollInMs: POLL_MS };
    case 'failed':
      return { outcome: 'failed', reason: `operation-failed: ${operation.detail}` };
    case 'unknown':
      return { outcome: 'unknown', pollInMs: POLL_MS };
  }
}

function refusalOf(error: unknown): WriteResult {
  if (error instanceof RateLimitedError) {
    return { outcome: 'postponed', reason: error.message, retryInMs: error.retryAfterMs };
  }
  if (error instanceof ResourceBusyError || (error instanceof ReflexError && error.retryable)) {
    return { outcome: 'postponed', reason: error.message };
  }
  if (error instanceof NotFoundError) {
    return { outcome: 'refused', code: 'config-error:origin-not-found', reason: error.message };
  }
  if (error instanceof UpstreamError) {
    return { outcome: 'refused', code: codeOf(error), reason: error.message };
  }
  throw error;
}

function codeOf({ status, cause }: UpstreamError): string {
  if (status === 401 || status === 403) {
    return 'authorization';
  }
  const said = cause instanceof Error ? cause.message : '';
  return LAST_ORIGIN.test(said) ? 'state-changed' : 'refused-by-service';
}

/** Asks once how an accepted write is going. */
export async function pollOrigin(writer: EdgeWriter, { step }: Sending, operation: string): Promise<Progress> {
  const [change] = step.changes;
  const origin = change?.subject ?? '';
  let now: EdgeOperation;
  try {
    now = await writer.control.poll(origin, operation);
  } catch (error) {
    if (error instanceof ReflexError && error.retryable) {
      const pollInMs = error instanceof RateLimitedError ? error.retryAfterMs : POLL_MS;
      return { outcome: 'running', operation, pollInMs };
    }
    return { outcome: 'lost' };
  }
  switch (now.status) {
    case 'running':
      return { outcome: 'running', operation: now.state, pollInMs: POLL_MS };
    case 'succeeded':
      return { outcome: 'written', evidence: { origin } };
    case 'failed':
      return { outcome: 'failed', reason: `operation-failed: ${now.detail}` };
    case 'unknown':
      return { outcome: 'lost' };
  }
}

/**
 * Reads what became of a write whose answer never came. It is given up as not written only when nothing of the origin is
 * in flight and the call can no longer arrive.
 */
export async function settleOrigin(writer: EdgeWriter, { step, sendBy }: Sending): Promise<Settlement> {
  const { edge, control, clock } = writer;
  const [change] = step.changes;
  if (change?.group === 'gate') {
    return await settleGate(writer, change);
  }
  const { origins } = await control.read(edge);
  const origin = origins.find(({ id }) => id === change?.subject);
  if (origin === undefined || change === undefined) {
    return { outcome: 'not-written' };
  }
  if (!origin.terminal) {
    return { outcome: 'unsettled', pollInMs: POLL_MS };
  }
  const live = change.group === 'weight' ? { weight: origin.weight } : { enabled: origin.enabled };
  if (canonicalJson(live) === canonicalJson(change.to)) {
    return { outcome: 'written', evidence: { origin: origin.id, found: 'by reading' } };
  }
  const leftMs = Date.parse(sendBy) - clock.now().getTime();
  return leftMs > 0 ? { outcome: 'unsettled', pollInMs: leftMs } : { outcome: 'not-written' };
}
