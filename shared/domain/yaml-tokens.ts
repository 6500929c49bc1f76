import { Parser, type CST } from 'yaml';

/** Far more than any file that people keep; spares the parser a megabyte of brackets. */
const MAX_OPEN_BRACKETS = 10_000;

/**
 * Splits YAML into its concrete syntax, unless it nests too deeply: the composer that comes next is recursive, and a
 * stack that ends inside a regular expression aborts the whole process instead of throwing. Pure.
 *
 * @param maxDepth - levels of maps and sequences.
 * @returns undefined if it is nested deeper.
 */
export function parseTokens(text: string, maxDepth: number): readonly CST.Token[] | undefined {
  if (openBrackets(text) > MAX_OPEN_BRACKETS) {
    return undefined;
  }
  const tokens = [...new Parser().parse(text)];
  let level: readonly CST.Token[] = tokens.flatMap(childrenOf);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) {
      return undefined;
    }
    level = level.flatMap(childrenOf);
  }
  return tokens;
}

/** Greatest number of brackets open at once, whatever they mean. */
function openBrackets(text: string): number {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = bracket === '[' || bracket === '{' ? open + 1 : Math.max(open - 1, 0);
    most = Math.max(most, open);
  }
  return most;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') {
    return token.value === undefined ? [] : [token.value];
  }
  if (!('items' in token)) {
    return [];
  }
  return token.items.flatMap(({ key, value }) => [key, value].filter((child) => child !== undefined && child !== null));
}
