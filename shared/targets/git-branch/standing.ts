import { matchesGlob } from '../../domain/glob.ts';
import type { CurrentImage } from '../../domain/image/ranking.ts';
import type { Placement } from '../../domain/image/placement.ts';
import type { ImageName } from '../../domain/image/reference.ts';
import { findImagePlaces, mentions } from '../../domain/image/yaml-edit/find.ts';
import type { ObservedBranch } from './observed.ts';
import { keysFor } from './retag.ts';

/**
 * What stands at an image's places in the files that some globs cover, each pair of tag and digest once. Pure.
 * A file that cannot be edited safely says nothing here: the loop refuses it by name.
 */
export function standingAt(
  { files }: ObservedBranch,
  image: ImageName,
  place: Pick<Placement, 'paths' | 'keys'>,
): readonly CurrentImage[] {
  const covered = files
    .filter(({ path }) => place.paths.some((glob) => matchesGlob(path, glob)))
    .map((file) => ({ file, keys: keysFor(file.path, place) }))
    .filter(({ file, keys }) => keys !== undefined || mentions(file.text, image));
  const standing = covered.flatMap(({ file, keys }) =>
    inOneFile(findImagePlaces(file, { image, ...(keys === undefined ? {} : { keys }) }).places),
  );
  return [...new Map(standing.map((one) => [JSON.stringify([one.tag, one.digest]), one])).values()];
}

/** Tag and digest may be values of their own (`newTag`, `digest`): one of each in a file belongs together. */
function inOneFile(places: readonly { readonly current: CurrentImage }[]): readonly CurrentImage[] {
  const tags = new Set(places.flatMap(({ current }) => current.tag ?? []));
  const digests = new Set(places.flatMap(({ current }) => current.digest ?? []));
  const [tag] = tags;
  const [digest] = digests;
  if (tags.size > 1 || digests.size > 1) {
    return places.map(({ current }) => current).filter((current) => current.tag !== undefined);
  }
  return tag === undefined && digest === undefined
    ? []
    : [{ ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }];
}
