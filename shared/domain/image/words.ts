const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * Hashes of the distinct words of a text, ascending: runs of letters, digits, `.`, `_` and `-`, which is what the last
 * part of an image's name is made of. A text without the hash of that part names the image nowhere; one that has it
 * probably does. Pure.
 */
export function wordHashes(text: string): Uint32Array {
  const hashes = new Set<number>();
  let hash = OFFSET_BASIS;
  let isInWord = false;
  for (let index = 0; index <= text.length; index += 1) {
    const unit = index < text.length ? text.charCodeAt(index) : 0;
    if (isWordUnit(unit)) {
      hash = Math.imul(hash ^ unit, PRIME);
      isInWord = true;
    } else if (isInWord) {
      hashes.add(hash >>> 0);
      hash = OFFSET_BASIS;
      isInWord = false;
    }
  }
  return Uint32Array.from(hashes).sort();
}

/** 32-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) of one word. */
export function wordHash(word: string): number {
  let hash = OFFSET_BASIS;
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), PRIME);
  }
  return hash >>> 0;
}

/** The word by which a repository is looked for: the last part of its name. */
export function repositoryWord(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function isWordUnit(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x2d ||
    unit === 0x2e ||
    unit === 0x5f
  );
}
