import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { RowConflictError } from '../../../shared/errors.ts';
import type { RowOperation } from '../../../shared/ports/row-store.ts';

/** The process ended: nobody catches this. */
export class Crash extends Error {}

/** Rows in which something happens between the lines of whoever writes. */
export class HinderedRows extends InMemoryRowStore {
  /** What happens before each of the next transactions: others write, time passes, a conflict is found. */
  interruptions: (() => Promise<unknown>)[] = [];
  /** Ends the process at a transaction, counted from 0: before it is written, or right after. */
  crash: { readonly at: number; readonly when: 'before' | 'after' } | undefined;
  transactions = 0;

  override async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    await this.interruptions.shift()?.();
    const number = this.transactions++;
    const ends = (when: string): boolean => this.crash?.at === number && this.crash.when === when;
    if (ends('before')) {
      throw new Crash();
    }
    const etags = await super.transact(partition, operations);
    if (ends('after')) {
      throw new Crash();
    }
    return etags;
  }
}

/** Somebody else was first, so many times. */
export function conflicts(times: number): (() => Promise<unknown>)[] {
  return Array.from({ length: times }, () => () => Promise.reject(new RowConflictError('somebody was first')));
}
