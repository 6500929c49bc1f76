import { matchesGlob } from '../../domain/glob.ts';
import type { Placement } from '../../domain/image/placement.ts';
import type { ImageName } from '../../domain/image/reference.ts';
import { editImage } from '../../domain/image/yaml-edit/edit.ts';
import type { ObservedFile } from './observed.ts';

/** What putting a placement into one file would do. */
export interface Retagged {
  readonly file: ObservedFile;
  readonly outcome: 'absent' | 'unchanged' | 'edited' | 'refused';
  /** Tags that stand there. */
  readonly current: readonly string[];
  readonly after: string;
  readonly changes: readonly { readonly line: number; readonly from: string; readonly to: string }[];
  readonly warnings: readonly string[];
  readonly reason?: string;
}

/** Puts a placement into a file's text. Pure. */
export function retag(file: ObservedFile, image: ImageName, placement: Placement): Retagged {
  const { tag, digest } = placement;
  const keys = keysFor(file.path, placement);
  const edit = editImage(file, { image, ...(keys === undefined ? {} : { keys }) }, { tag, digest });
  const warnings = edit.warnings.map((warning) => `${file.path}: ${warning}`);
  const nothing = { file, current: [], after: file.text, changes: [], warnings };
  switch (edit.outcome) {
    case 'absent':
      return { ...nothing, outcome: 'absent' };
    case 'refused':
      return { ...nothing, outcome: 'refused', reason: edit.reason };
    case 'unchanged':
      return { ...nothing, outcome: 'unchanged', current: edit.current };
    case 'edited':
      return {
        file,
        outcome: 'edited',
        current: edit.current,
        after: edit.after,
        changes: edit.changes.map(({ line, from, to }) => ({ line, from, to })),
        warnings,
      };
  }
}

/** The exact keys at which a file is looked into, if it has any. Pure. */
export function keysFor(
  path: string,
  { keys = {} }: Pick<Placement, 'keys'>,
): readonly { readonly key: string }[] | undefined {
  const paths = Object.entries(keys).flatMap(([glob, named]) => (matchesGlob(path, glob) ? named : []));
  return paths.length === 0 ? undefined : [...new Set(paths)].map((key) => ({ key }));
}
