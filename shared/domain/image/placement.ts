import type { JsonObject } from '../json.ts';

/** What a branch intent holds: this image at this stage is to be this tag with this digest. */
export interface Placement extends JsonObject {
  /** `contoso.azurecr.io/shop/web` */
  readonly image: string;
  readonly stage: string;
  readonly tag: string;
  /** What the registry says the tag is. */
  readonly digest: string;
  /** Tags that the policy itself ranks below this one, so that replacing them is no step back whatever their text. */
  readonly above?: readonly string[];
  /** Globs of the files that may be written for it. */
  readonly paths: readonly string[];
  /** Exact keys, by the glob of the files in which nothing else is looked for. */
  readonly keys?: FileKeys;
  /** Which of its branch's pull requests proposes it; absent: it is committed to the branch itself. */
  readonly pullRequest?: string;
}

/** What an intent of kind `rollback` holds: a version that the stage goes back to. */
export interface Rollback extends Placement {
  /** What is undone, where we wrote it: where nothing else has changed, its exact bytes before come back. */
  readonly undoes?: { readonly tag: string; readonly digest: string };
  /** The commit before it was written. */
  readonly before?: string;
}

/** `{ "apps/values-*.yaml": ["app.build"] }`: by glob, paths of keys such as `app.build` and `list[1]`. */
export type FileKeys = Readonly<Record<string, readonly string[]>>;

/** Subject of a placement within its branch. */
export function placementSubject({ image, stage }: Pick<Placement, 'image' | 'stage'>): string {
  return `${image}@${stage}`;
}

/** What a subject names; undefined for a subject of something else. */
export function placementOf(subject: string): Pick<Placement, 'image' | 'stage'> | undefined {
  const at = subject.lastIndexOf('@');
  return at < 1 ? undefined : { image: subject.slice(0, at), stage: subject.slice(at + 1) };
}
