import { isDigest, isTag } from '../../domain/image/reference.ts';
import type { HistoryCommit } from '../../ports/git-repository.ts';
import { planTrailers } from './message.ts';

/** What one commit of ours put at an image's stage, by its trailers. */
export interface OurWrite {
  /** `contoso.azurecr.io/shop/web@dev` */
  readonly subject: string;
  readonly tag: string;
  /** Of the image, in that commit: more than one where stages went to different ones. */
  readonly digests: readonly string[];
  /** Tags that stood there before. */
  readonly from: readonly string[];
  readonly commit: string;
  /** When, ISO 8601. */
  readonly at: string;
  /** The commit that it was made on. */
  readonly before?: string;
}

const IMAGE = /^Reflex-Image: (\S+)@([^@\s]+) (\S*) -> (\S+)$/gm;
const DIGEST = /^Reflex-Digest: (\S+)@(sha256:[0-9a-f]{64})$/gm;

/** Our writes in a history, in its order. Pure; what others wrote, and trailers that are none of ours, say nothing. */
export function ourWrites(history: readonly HistoryCommit[]): readonly OurWrite[] {
  return history.flatMap(({ commit, message, parent, at }) => {
    if (planTrailers(message).length === 0) {
      return [];
    }
    const digests = [...message.matchAll(DIGEST)].map(([, image = '', digest = '']) => ({ image, digest }));
    return [...message.matchAll(IMAGE)].flatMap(([, image = '', stage = '', from = '', tag = '']): OurWrite[] => {
      const own = digests.flatMap((one) => (one.image === image && isDigest(one.digest) ? [one.digest] : []));
      const tags = from.split(',').filter(isTag);
      const known = { subject: `${image}@${stage}`, tag, digests: own, from: tags, commit, at };
      return isTag(tag) ? [{ ...known, ...(parent === undefined ? {} : { before: parent }) }] : [];
    });
  });
}
