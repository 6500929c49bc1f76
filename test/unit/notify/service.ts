import type { Log, LogFields } from '../../../shared/ports/log.ts';
import type { Page, Pager } from '../../../shared/ports/pager.ts';

/** A pager that remembers, and does what a service does: one open alert a key. */
export class Service implements Pager {
  /** `page KEY` and `resolve KEY`, in the order in which they were taken. */
  readonly taken: string[] = [];
  readonly open = new Map<string, Page>();
  /** Calls, taken or not. */
  calls = 0;
  /** What the next calls run into; they are taken when it returns. */
  trouble: () => Promise<void> = () => Promise.resolve();

  async page(page: Page): Promise<void> {
    this.calls += 1;
    await this.trouble();
    this.open.set(page.key, page);
    this.taken.push(`page ${page.key}`);
  }

  async resolve(key: string): Promise<void> {
    this.calls += 1;
    await this.trouble();
    this.open.delete(key);
    this.taken.push(`resolve ${key}`);
  }

  fail(error?: Error): void {
    this.trouble = () => (error === undefined ? Promise.resolve() : Promise.reject(error));
  }
}

export interface Line {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: readonly Line[] } {
  const lines: Line[] = [];
  const keep =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
