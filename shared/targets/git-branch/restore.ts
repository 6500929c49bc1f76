import type { Rollback } from '../../domain/image/placement.ts';
import type { ImageName } from '../../domain/image/reference.ts';
import type { ObservedBranch, ObservedFile } from './observed.ts';
import { retag, type Retagged } from './retag.ts';

/**
 * Takes a version out of a file again. Where writing that version into the earlier text gives exactly what stands there
 * now, nothing else has changed and the earlier bytes come back; anywhere else the rollback's version is written like any
 * other. Pure.
 */
export function restore(
  file: ObservedFile,
  image: ImageName,
  rollback: Rollback,
  earlier: ObservedBranch['earlier'],
): Retagged {
  const again = retag(file, image, rollback);
  const { undoes, before = '' } = rollback;
  const text = earlier?.get(before)?.get(file.path);
  if (undoes === undefined || text === undefined || again.outcome !== 'edited') {
    return again;
  }
  const asItWas = { ...file, text };
  const isAlone = retag(asItWas, image, { ...rollback, ...undoes }).after === file.text;
  const isSame = retag(asItWas, image, rollback).outcome === 'unchanged';
  return isAlone && isSame ? { ...again, after: text } : again;
}
