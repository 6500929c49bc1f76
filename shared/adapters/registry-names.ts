import { isDigest, isRepository, isTag } from '../domain/image/reference.ts';

/** @throws RangeError unless it is an OCI repository name; it becomes part of an address. */
export function assertRepository(repository: string): void {
  if (!isRepository(repository)) {
    throw new RangeError(`no repository name: ${JSON.stringify(repository)}`);
  }
}

/** @throws RangeError unless it is a tag or a digest. */
export function assertReference(reference: string): void {
  if (!isTag(reference) && !isDigest(reference)) {
    throw new RangeError(`neither a tag nor a digest: ${JSON.stringify(reference)}`);
  }
}
