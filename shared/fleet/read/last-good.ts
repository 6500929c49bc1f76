import * as z from 'zod';

import { sha256 } from '../../domain/digest.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { PartText } from './part.ts';

const StoredPart = z.object({
  file: z.string(),
  stored: z.object({ repo: z.string(), path: z.string() }).optional(),
  text: z.string(),
  version: z.string(),
  grant: z.object({ owns: z.union([z.literal('*'), z.array(z.string())]), team: z.string().optional() }).optional(),
  via: z.string().optional(),
});

const LastGood = z.object({ schema: z.literal(1), revision: z.string(), parts: z.array(StoredPart) });

/** The texts that are in force, and the revision that they gave. */
export interface LastGood {
  readonly revision: string;
  readonly parts: readonly PartText[];
}

/** Keeps the texts in force across restarts: one blob per root file, so that they are always of one set. */
export class LastGoodStore {
  readonly #store: BlobStore;
  readonly #name: string;

  constructor(store: BlobStore, rootFile: string) {
    this.#store = store;
    this.#name = `fleet/last-good/${sha256(rootFile).slice(0, 32)}.json`;
  }

  /** @returns undefined if there is none, or none that this version can read. */
  async read(): Promise<LastGood | undefined> {
    const blob = await this.#store.get(this.#name);
    const parsed = LastGood.safeParse(blob === undefined ? undefined : parseJson(new TextDecoder().decode(blob.bytes)));
    // JSON holds no undefined, so the optional keys are present with a value or absent.
    return parsed.success ? (parsed.data as LastGood) : undefined;
  }

  async write({ revision, parts }: LastGood): Promise<void> {
    const text = JSON.stringify({ schema: 1, revision, parts });
    await this.#store.put(this.#name, new TextEncoder().encode(text), 'any');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
