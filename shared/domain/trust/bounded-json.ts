/** Deeper than any bundle, statement or manifest, shallow enough for every stack. */
const MAX_DEPTH = 64;

/**
 * Parses JSON that somebody else wrote, if it is UTF-8, no longer than `maxBytes` and not nested too deeply.
 * @returns undefined for anything else: hostile bytes are never an exception.
 */
export function parseBoundedJson(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.byteLength > maxBytes) {
    return undefined;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isShallow(text) ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** Counts brackets outside of strings, before anything is built from them. */
function isShallow(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
    } else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > MAX_DEPTH) {
        return false;
      }
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return true;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    at += text[at] === '\\' ? 2 : 1;
  }
  return at;
}
