import type { JsonObject } from '../../domain/json.ts';
import { RowConflictError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { KILL_SWITCH } from '../../reconcile/guards/kill-switch.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';

/** Attempts to write a switch together with its audit record. */
const MAX_ATTEMPTS = 10;

/** One change of a row that stops or releases the whole app. */
export interface ControlChange {
  readonly rowKey: string;
  readonly entry: AuditEntry;
  /** The row's new value; asked again at each attempt. */
  readonly value: () => Promise<JsonObject>;
}

/**
 * Writes a switch and its audit record in one transaction of the partition that holds the switches, which is a chain
 * of its own. Whoever stops everything must not fail for want of a record: if the record cannot be linked, the row is
 * written alone, and the log says so.
 *
 * @throws StorageUnavailableError
 */
export async function writeControl(rows: RowStore, { rowKey, entry, value }: ControlChange, log: Log): Promise<void> {
  const { partition } = KILL_SWITCH;
  const targets = new TargetRows(rows);
  const target = { kind: 'control', key: partition };
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    try {
      const state = await targets.load(target);
      await targets.save(target, state, { facts: [{ rowKey, value: await value() }], audit: [entry] });
      return;
    } catch (error) {
      if (!(error instanceof RowConflictError)) {
        log.error('a switch is written without its record', { rowKey, reason: String(error) });
        break;
      }
    }
  }
  await rows.transact(partition, [{ kind: 'put', rowKey, value: await value() }]);
}
