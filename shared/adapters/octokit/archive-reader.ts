import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { gitObjectId } from '../../domain/git-object.ts';
import type { GitHubClient } from './client.ts';
import { tarFiles } from './tar-files.ts';

const unzip = promisify(gunzip);
/** Callers ask for archives of far smaller trees; this keeps a hostile one from filling the memory. */
const MAX_ARCHIVE_BYTES = 256 * 1024 * 1024;

/**
 * Contents by object id out of the archive of a commit, in one request. What the repository's attributes leave out of
 * archives or change in them is not in the answer, and neither is anything when there is no archive: the id tells.
 */
export async function readFromArchive(
  { reader, owner, repo }: GitHubClient,
  commit: string,
  oids: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = new Set(oids);
  const found = new Map<string, Uint8Array>();
  try {
    const { data } = await reader.request('GET /repos/{owner}/{repo}/tarball/{ref}', { owner, repo, ref: commit });
    const archive = await unzip(new Uint8Array(data as ArrayBuffer), { maxOutputLength: MAX_ARCHIVE_BYTES });
    for (const bytes of tarFiles(archive)) {
      const oid = gitObjectId('blob', bytes);
      if (wanted.has(oid)) {
        found.set(oid, bytes);
      }
    }
  } catch {
    // No archive, or a broken one: the contents come one by one, and that way says what is wrong.
    return new Map();
  }
  return found;
}
