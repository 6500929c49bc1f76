import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Root {
  readonly tlogs: readonly object[];
  readonly ctlogs: readonly object[];
  readonly certificateAuthorities: readonly object[];
}

/** The trusted root of the stack in `directory`: `REFLEX_SIGSTORE_ROOT` of its app. */
export function sigstoreRootOf(directory: string): string {
  return join(directory, 'sigstore-root.json');
}

/** Trusts one more Sigstore beside those that are trusted already. */
export async function trustSigstore(directory: string, trustedRoot: string): Promise<void> {
  const file = sigstoreRootOf(directory);
  const one = JSON.parse(trustedRoot) as Root;
  const others = await readRoot(file);
  const root = {
    ...one,
    tlogs: [...(others?.tlogs ?? []), ...one.tlogs],
    ctlogs: [...(others?.ctlogs ?? []), ...one.ctlogs],
    certificateAuthorities: [...(others?.certificateAuthorities ?? []), ...one.certificateAuthorities],
  };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(root));
  await rename(draft, file);
}

async function readRoot(file: string): Promise<Root | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Root;
  } catch {
    return undefined;
  }
}
