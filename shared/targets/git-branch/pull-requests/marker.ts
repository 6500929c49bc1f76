import { sha256 } from '../../../domain/digest.ts';
import type { Placement } from '../../../domain/image/placement.ts';

/** What a pull request of ours says of itself in its body, for the next look. */
export interface Marker {
  /** Digest of what it proposes. */
  readonly content: string;
  /** True once it has its labels, reviewers and whatever else it gets. */
  readonly isComplete: boolean;
  /** True if we closed it ourselves: nobody has said no. */
  readonly isWithdrawn: boolean;
  /** Marks of the images that it proposes. */
  readonly images: readonly string[];
  /** Commit of the base that it was computed from. */
  readonly base: string;
}

/** Enough hexadecimal digits that no two images are taken for each other by chance. */
const MARK_DIGITS = 16;
const MARKER =
  /<!-- reflex:1 content=([0-9a-f]{64}) complete=([01]) withdrawn=([01]) images=([0-9a-f,]*) base=([0-9a-f]*) -->/g;

/** Stands for one digest of one image at one stage, whatever its tag is called. Pure. */
export function imageMark({ image, stage, digest }: Pick<Placement, 'image' | 'stage' | 'digest'>): string {
  return sha256(`${image}@${stage}@${digest}`).slice(0, MARK_DIGITS);
}

/** A comment that Markdown does not show. Pure. */
export function markerText({ content, isComplete, isWithdrawn, images, base }: Marker): string {
  const flags = `complete=${Number(isComplete)} withdrawn=${Number(isWithdrawn)}`;
  return `<!-- reflex:1 content=${content} ${flags} images=${images.join(',')} base=${base} -->`;
}

/** Undefined where there is none: somebody else's pull request, or one whose text was replaced. Pure. */
export function readMarker(body: string): Marker | undefined {
  // The last: what stands above it may quote another.
  const [found, content = '', complete, withdrawn, images = '', base = ''] = [...body.matchAll(MARKER)].at(-1) ?? [];
  return found === undefined
    ? undefined
    : {
        content,
        isComplete: complete === '1',
        isWithdrawn: withdrawn === '1',
        images: images.split(',').filter((mark) => mark !== ''),
        base,
      };
}

/** The same body with another marker. Pure. */
export function withMarker(body: string, marker: Marker): string {
  return `${body.replace(MARKER, '').trimEnd()}\n\n${markerText(marker)}`;
}
