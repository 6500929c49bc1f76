import type { Log, LogFields } from '../../../shared/ports/log.ts';
import type { Page, Pager } from '../../../shared/ports/pager.ts';

/** A pager that remembers, and does what a service does: one open alert a key. */
export class Service implements Pager {
  /** `page KEY` and `resolve KEY`, in the order in which they were taken. */
  readonly taken: string[] = [];
  readonly open = new Map<string, Page>();
  /** Details of all pages that were taken. */
  readonly heard = new Set<string>();
  /** Calls, taken or not. */
  calls = 0;
  /** What the next calls run into; they are taken when it returns. */
  trouble: () => Promise<void> = () => Promise.resolve();

  /** Thrown after the call was taken: its answer is lost. */
  lost: Error | undefined;

  async page(page: Page): Promise<void> {
    this.calls += 1;
    await this.trouble();
    this.open.set(page.key, page);
    this.heard.add(page.detail);
    this.#take(`page ${page.key}`);
  }

  async resolve(key: string): Promise<void> {
    this.calls += 1;
    await this.trouble();
    this.open.delete(key);
    this.#take(`resolve ${key}`);
  }

  fail(error?: Error): void {
    this.lost = undefined;
    this.trouble = () => (error === undefined ? Promise.resolve() : Promise.reject(error));
  }

  #take(call: string): void {
    this.taken.push(call);
    if (this.lost !== undefined) {
      throw this.lost;
    }
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
