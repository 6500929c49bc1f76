import { sha256 } from '../domain/digest.ts';
import type { TagCandidate } from '../domain/image/policy.ts';
import { RowConflictError } from '../errors.ts';
import type { RowStore } from '../ports/row-store.ts';

/**
 * What gates remember: when they were first asked about a digest (deadlines count from there, whoever asks again), and
 * which tag a rule's gates let through last (a tag that falls back behind it would be a downgrade).
 */
export class GateMemory {
  readonly #rows: RowStore;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** @returns milliseconds since 1970: `now`, or an earlier look. */
  async firstLookAt(image: string, digest: string, now: number): Promise<number> {
    const rowKey = `look|${sha256(`${image}@${digest}`)}`;
    const known = await this.#rows.get(partitionOf(image), rowKey);
    if (known !== undefined) {
      return (known.value as { readonly at: number }).at;
    }
    try {
      await this.#rows.transact(partitionOf(image), [
        { kind: 'insert', rowKey, value: { schema: 1, digest, at: now } },
      ]);
      return now;
    } catch (error) {
      if (!(error instanceof RowConflictError)) {
        throw error;
      }
      // Two looks at once: the one that was first counts.
      const other = await this.#rows.get(partitionOf(image), rowKey);
      return (other?.value as { readonly at: number } | undefined)?.at ?? now;
    }
  }

  async lastPassed(image: string, rule: string): Promise<TagCandidate | undefined> {
    const row = await this.#rows.get(partitionOf(image), passedKey(image, rule));
    return (row?.value as { readonly tag: TagCandidate } | undefined)?.tag;
  }

  async passed(image: string, rule: string, { name, createdAt, digest }: TagCandidate): Promise<void> {
    const tag = {
      name,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(digest === undefined ? {} : { digest }),
    };
    const value = { schema: 1, tag };
    await this.#rows.transact(partitionOf(image), [{ kind: 'put', rowKey: passedKey(image, rule), value }]);
  }
}

function partitionOf(image: string): string {
  return `gates-${sha256(image).slice(0, 2)}`;
}

function passedKey(image: string, rule: string): string {
  return `passed|${rule}|${sha256(image)}`;
}
