import { closeGate, firstGates, openGate, withGates } from '../../domain/traffic/gate.ts';
import { BlobConflictError, ReflexError } from '../../errors.ts';
import type { FieldChange } from '../../reconcile/plan.ts';
import type { Settlement, WriteResult } from '../../reconcile/target-kind.ts';
import type { EdgeWriter } from './writer.ts';

/**
 * Opens or closes one origin's gate: no write to the control plane, so it works while that is slow or down.
 * Never throws what the stores answer.
 */
export async function writeGate(
  { edge, gates, origins, clock }: EdgeWriter,
  { id, isShut }: { readonly id: string; readonly isShut: boolean },
): Promise<WriteResult> {
  const name = origins.find((origin) => origin.id === id)?.name;
  if (gates === undefined || name === undefined) {
    return { outcome: 'refused', code: 'config-error:no-gate', reason: `${id} has no gate` };
  }
  try {
    const issued = clock.now().toISOString();
    const found = await gates.read(edge);
    const names = origins.map((origin) => origin.name);
    const before = found?.document ?? firstGates(edge, names, issued);
    const known = withGates(
      before,
      { origins: names, closed: before.closed.filter((one) => names.includes(one)) },
      issued,
    );
    const current = known.outcome === 'changed' ? known.document : before;
    const change = isShut ? closeGate(current, name, issued) : openGate(current, name, issued);
    if (change.outcome === 'refused') {
      return {
        outcome: 'refused',
        code: change.reason === 'last-open' ? 'last-enabled' : 'config-error:no-gate',
        reason: change.reason,
      };
    }
    if (change.outcome === 'changed') {
      await gates.write(change.document, found === undefined ? 'new' : { etag: found.etag });
    }
    return { outcome: 'written', evidence: { gate: name, isShut } };
  } catch (error) {
    if (error instanceof BlobConflictError || (error instanceof ReflexError && error.retryable)) {
      return { outcome: 'postponed', reason: error.message };
    }
    throw error;
  }
}

/** Reads what became of a gate whose answer never came. */
export async function settleGate(
  { edge, gates, origins }: EdgeWriter,
  { subject, to }: Pick<FieldChange, 'subject' | 'to'>,
): Promise<Settlement> {
  const name = origins.find(({ id }) => id === subject)?.name ?? '';
  const closed = (await gates?.read(edge))?.document.closed ?? [];
  return closed.includes(name) === (to['isShut'] === true)
    ? { outcome: 'written', evidence: { gate: name, found: 'by reading' } }
    : { outcome: 'not-written' };
}
