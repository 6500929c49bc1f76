const BLOCK = 512;
const SIZE_AT = 124;
const SIZE_CHARS = 12;
const TYPE_AT = 156;
const REGULAR_FILE = '0'.charCodeAt(0);

/**
 * Contents of the regular files of a tar archive, in its order. Names are not read: who knows a content's digest needs
 * none, and a name cannot lead out of anywhere. Pure.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function* tarFiles(archive: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const field = archive.subarray(at + SIZE_AT, at + SIZE_AT + SIZE_CHARS);
    const size = Number.parseInt(String.fromCharCode(...field), 8) || 0;
    const start = at + BLOCK;
    if (archive[at + TYPE_AT] === REGULAR_FILE && start + size <= archive.length) {
      yield archive.subarray(start, start + size);
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
