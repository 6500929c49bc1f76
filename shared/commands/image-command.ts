import { z } from 'zod';

import { isDigest, isTag } from '../domain/image/reference.ts';

const Common = {
  /** Name of an image rule, or the image: `contoso.azurecr.io/shop/web`. */
  image: z.string().min(1).max(512),
  stage: z.string().min(1).max(128),
  /** Why, for the records and for whoever approves. */
  reason: z.string().max(2000).default(''),
};
const Tag = z.string().refine(isTag, 'expected a tag');
const Digest = z.string().refine(isDigest, 'expected sha256: and 64 hex digits');

/** What a person may ask of an image in a stage. */
export const ImageCommand = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('rollback'),
    ...Common,
    /** A tag that ran there before; the newest one that is not held if absent. */
    to: Tag.exactOptional(),
  }),
  z.strictObject({
    command: z.literal('hold'),
    ...Common,
    /** Kept out; nothing is written there at all if absent. */
    digest: Digest.exactOptional(),
  }),
  z.strictObject({
    command: z.literal('release'),
    ...Common,
    /** Whose holds end; those on every digest if absent. */
    digest: Digest.exactOptional(),
  }),
]);

export type ImageCommand = z.infer<typeof ImageCommand>;

/** A command with who gave it and the key by which a second posting of it is known. */
export interface GivenImageCommand {
  /** Idempotency key, or an id of our own. */
  readonly id: string;
  /** Object id of the person. */
  readonly by: string;
  /** When it was taken, ISO 8601. */
  readonly at: string;
  readonly asked: ImageCommand;
}

/** What became of a command; kept in the row `command|<id>` of the branch. */
export interface ImageCommandOutcome {
  readonly schema: 1;
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly command: ImageCommand['command'];
  /** Digest of all that was asked: tells another command under the same key. */
  readonly asked: string;
  readonly image: string;
  readonly stage: string;
  /** `refuse` and `blocked` leave it undone; `pending-approval` waits for people, `recorded` is a record only. */
  readonly decision:
    'rolled-back' | 'holding' | 'released' | 'noop' | 'pending-approval' | 'recorded' | 'blocked' | 'refuse' | 'taken';
  readonly reason: string;
  /** Version that is gone back to. */
  readonly to?: string;
  readonly plan?: string;
  /** Of that plan: what an approval names. */
  readonly digest?: string;
  readonly commit?: string;
}

/** Row key of what became of a command. */
export function imageCommandKey(id: string): string {
  return `command|${id}`;
}
