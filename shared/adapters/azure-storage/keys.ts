/**
 * Keys of the Table service may not hold `/ \ # ?` or control characters, `%` is refused by some of its front ends
 * (https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model), and a lone
 * surrogate has no UTF-8 form. Each becomes at most two characters, so that 200 characters of any text stay below the
 * service's 512, and `/` becomes one (`|`), so that a resource id is still readable in a table browser.
 */
const ESCAPES: readonly (readonly [string, string])[] = [
  ['/', '|'],
  ['|', '!p'],
  ['\\', '!b'],
  ['#', '!h'],
  ['?', '!q'],
  ['%', '!c'],
  ['!', '!!'],
];
const ESCAPE_OF = new Map(ESCAPES);
const CHARACTER_OF = new Map(ESCAPES.map(([character, escape]) => [escape, character]));

/** Controls move to U+0100..U+019F, lone surrogates to the private use area U+E000..U+E7FF, each after a `!`. */
const CONTROL_OFFSET = 0x100;
const SURROGATE_OFFSET = 0x800;

// eslint-disable-next-line no-control-regex -- control characters are what is escaped
const UNSAFE = /[/|\\#?%!\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

/** Table key of `key`; a prefix of a key has the prefix of its table key, unless it ends inside a surrogate pair. */
export function escapeKey(key: string): string {
  return key.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    const offset = code >= 0xd800 ? SURROGATE_OFFSET : CONTROL_OFFSET;
    return ESCAPE_OF.get(character) ?? `!${String.fromCharCode(code + offset)}`;
  });
}

/** The inverse of `escapeKey`. */
export function unescapeKey(escaped: string): string {
  return escaped.replace(/\||!./gu, (escape) => {
    const code = escape.charCodeAt(1);
    const offset = code >= 0xe000 ? SURROGATE_OFFSET : CONTROL_OFFSET;
    return CHARACTER_OF.get(escape) ?? String.fromCharCode(code - offset);
  });
}

/** A half-open interval of table keys that holds every key with `prefix`, and perhaps others. */
export function keyInterval(prefix: string): { readonly from: string; readonly before: string | undefined } {
  // A prefix may end inside a surrogate pair, and the character after the last must have a UTF-8 form of its own.
  const safe = escapeKey(prefix.replace(/[\ud7ff-\uffff]+$/, ''));
  if (safe === '') {
    return { from: '', before: undefined };
  }
  return { from: safe, before: safe.slice(0, -1) + String.fromCharCode(safe.charCodeAt(safe.length - 1) + 1) };
}
