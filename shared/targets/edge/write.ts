import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { inGroup, type TwinState } from '../../domain/traffic/twin.ts';
import type { UpstreamError } from '../../errors.ts';
import type { EdgeState } from '../../ports/edge-control.ts';
import { POLL_MS, progressOf, refusalOf, resultOf } from '../../reconcile/writing/operations.ts';
import type { Progress, Sending, Settlement, WriteResult } from '../../reconcile/target-kind.ts';
import { settleGate, writeGate } from './gates.ts';
import { setOf, type EdgeChange } from './steps.ts';
import { inTiers } from './tiers.ts';
import type { EdgeWriter } from './writer.ts';

const LAST_ORIGIN = /at least one enabled endpoint/i;

/**
 * What a write of this state is conditioned on: the whole group, since its rules are about all of it, with what the
 * service's own probes say where it tells, and of an edge with a twin the other group and the routes. Pure.
 */
export function preconditionOf(origins: EdgeState['origins'], twin?: TwinState): string {
  const states = origins.map(({ id, enabled, weight, priority, monitor }) => ({
    ...{ id, enabled, weight, priority },
    ...(monitor === 'unhealthy' ? { isSick: true } : {}),
  }));
  const live = states.toSorted(byId);
  if (twin === undefined) {
    return canonicalJson(live);
  }
  const held = twin.held.map(({ id, enabled, weight }) => ({ id, enabled, weight })).toSorted(byId);
  const routes = twin.routes.map(({ id, originGroup }) => ({ id, originGroup }));
  return canonicalJson({ live, held, routes });
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/**
 * Sends one PATCH, after a last look at the whole group: Front Door and Traffic Manager have no conditional writes.
 * Never throws what the service answers.
 */
export async function writeOrigin(writer: EdgeWriter, sending: Sending, move: EdgeChange): Promise<WriteResult> {
  const { edge, twin, control, clock } = writer;
  if ('isShut' in move) {
    return await writeGate(writer, move);
  }
  try {
    const now = await control.read(edge, twin);
    if (preconditionOf(inTiers(now), now.twin) !== sending.precondition) {
      return { outcome: 'stale' };
    }
    if (clock.now().toISOString() >= sending.sendBy) {
      return { outcome: 'postponed', reason: 'sent too late' };
    }
    const { resource, set } = 'resource' in move ? move : { resource: move.id, set: setOf(move) };
    return resultOf(await control.begin(resource, set), { origin: resource });
  } catch (error) {
    return refusalOf(error, { notFound: 'config-error:origin-not-found', refused: codeOf });
  }
}

/** Front Door keeps the last enabled origin itself. */
function codeOf({ cause }: UpstreamError): string {
  return LAST_ORIGIN.test(cause instanceof Error ? cause.message : '') ? 'state-changed' : 'refused-by-service';
}

/** Asks once how an accepted write is going. */
export async function pollOrigin({ control }: EdgeWriter, { step }: Sending, operation: string): Promise<Progress> {
  const [change] = step.changes;
  const origin = step.sends?.resource ?? change?.subject ?? '';
  return await progressOf(operation, {
    ask: async () => await control.poll(origin, operation),
    evidence: { origin },
  });
}

/**
 * Reads what became of a write whose answer never came. It is given up as not written only when nothing of the origin is
 * in flight and the call can no longer arrive.
 */
export async function settleOrigin(writer: EdgeWriter, { step, sendBy }: Sending): Promise<Settlement> {
  const { edge, twin, control, clock } = writer;
  const [change] = step.changes;
  if (change?.group === 'gate') {
    return await settleGate(writer, change);
  }
  const sent = step.sends ?? (change === undefined ? undefined : { resource: change.subject, to: change.to });
  const found = sent === undefined ? undefined : valuesOf(await control.read(edge, twin), sent.resource);
  if (found === undefined || sent === undefined) {
    return { outcome: 'not-written' };
  }
  if (!found.terminal) {
    return { outcome: 'unsettled', pollInMs: POLL_MS };
  }
  if (Object.entries(sent.to).every(([name, value]) => found.values[name] === value)) {
    return { outcome: 'written', evidence: { origin: sent.resource, found: 'by reading' } };
  }
  const leftMs = Date.parse(sendBy) - clock.now().getTime();
  return leftMs > 0 ? { outcome: 'unsettled', pollInMs: leftMs } : { outcome: 'not-written' };
}

interface FoundValues {
  readonly terminal: boolean;
  readonly values: JsonObject;
}

/** What stands in a resource of the edge now: an origin of either group, or a route. */
function valuesOf({ origins, twin }: EdgeState, resource: string): FoundValues | undefined {
  const route = twin?.routes.find(({ id }) => id === resource);
  if (route !== undefined) {
    return { terminal: route.terminal, values: { originGroup: route.originGroup } };
  }
  const { live, idle } = twin ?? {};
  const origin =
    origins.find(({ id }) => (live === undefined ? id : inGroup(id, live)) === resource) ??
    twin?.held.find(({ id }) => idle !== undefined && inGroup(id, idle) === resource);
  return origin === undefined
    ? undefined
    : { terminal: origin.terminal, values: { enabled: origin.enabled, weight: origin.weight } };
}
