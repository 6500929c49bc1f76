/** Words of blobs by object id (40 hex digits); `undefined` for a blob that is no text. */
export type BlobWords = Map<string, Uint32Array | undefined>;

const MAGIC = 0x52465831;
const OID_BYTES = 20;
const HEAD_BYTES = 8;
/** Number of words that stands for a blob that is no text. */
const NOT_TEXT = 0xffffffff;

/** Bytes of an index: a magic number, the number of blobs, then for each its id, its number of words, its words. Pure. */
export function encodeIndex(words: BlobWords): Uint8Array {
  const total = [...words.values()].reduce((sum, hashes) => sum + (hashes?.length ?? 0), 0);
  const bytes = new Uint8Array(HEAD_BYTES + words.size * (OID_BYTES + 4) + total * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, words.size);
  let at = HEAD_BYTES;
  for (const [oid, hashes] of words) {
    bytes.set(Buffer.from(oid, 'hex'), at);
    view.setUint32(at + OID_BYTES, hashes?.length ?? NOT_TEXT);
    at += OID_BYTES + 4;
    for (const hash of hashes ?? []) {
      view.setUint32(at, hash);
      at += 4;
    }
  }
  return bytes;
}

/** Reads an index; nothing where the bytes are none, or end too early. Pure. */
export function decodeIndex(bytes: Uint8Array): BlobWords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: BlobWords = new Map();
  if (bytes.length < HEAD_BYTES || view.getUint32(0) !== MAGIC) {
    return words;
  }
  let at = HEAD_BYTES;
  for (let left = view.getUint32(4); left > 0; left -= 1) {
    const start = at + OID_BYTES + 4;
    const length = start <= bytes.length ? view.getUint32(at + OID_BYTES) : 0;
    const end = start + (length === NOT_TEXT ? 0 : length * 4);
    if (end > bytes.length) {
      return new Map();
    }
    words.set(
      Buffer.from(bytes.buffer, bytes.byteOffset + at, OID_BYTES).toString('hex'),
      length === NOT_TEXT ? undefined : readWords(view, start, length),
    );
    at = end;
  }
  return words;
}

function readWords(view: DataView, start: number, length: number): Uint32Array {
  const hashes = new Uint32Array(length);
  for (let index = 0; index < length; index += 1) {
    hashes[index] = view.getUint32(start + index * 4);
  }
  return hashes;
}
