import type { Json, JsonObject } from '../json.ts';

/** What a hold on an image in a stage keeps out; one that names nothing keeps everything out. */
export interface StageHold extends JsonObject {
  readonly image: string;
  readonly stage: string;
  /** Digests that are kept out. */
  readonly refuses?: readonly string[];
  /** The one digest that is let in. */
  readonly keeps?: string;
}

/** By what a hold says which commit of ours somebody has taken back. */
export function revertSignal(commit: string): string {
  return `revert#${commit}`;
}

/** Tells whether a hold keeps a digest out of its stage. Pure. */
export function keepsOut(hold: Readonly<Record<string, Json>>, digest: string): boolean {
  const { refuses, keeps } = hold as Partial<StageHold>;
  if (refuses !== undefined) {
    return refuses.includes(digest);
  }
  return keeps === undefined || keeps !== digest;
}
