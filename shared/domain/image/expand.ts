/** A template cut into literal text and group references. */
export type TemplatePart = string | { readonly name: string; readonly index?: number };

const REFERENCE = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u;
const INDEX = /^(?:0|[1-9]\d{0,8})$/;

/**
 * Cuts a template as Go's `regexp.Expand` does: `$name` takes the longest run of letters, digits and `_` (`$10` is
 * group ten), `${name}`, `$$` is a dollar, any other `$` stays text.
 *
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 */
export function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let rest = template;
  for (let dollar = rest.indexOf('$'); dollar !== -1; dollar = rest.indexOf('$')) {
    parts.push(rest.slice(0, dollar));
    rest = rest.slice(dollar + 1);
    const [whole = '', braced, bare] = REFERENCE.exec(rest) ?? [];
    const name = braced ?? bare;
    if (name === undefined) {
      parts.push('$');
      rest = rest.startsWith('$') ? rest.slice(1) : rest;
    } else {
      parts.push(INDEX.test(name) ? { name, index: Number(name) } : { name });
      rest = rest.slice(whole.length);
    }
  }
  return [...parts, rest].filter((part) => part !== '');
}

/** Fills a template; an unknown or unmatched group is empty text. */
export function expandTemplate(parts: readonly TemplatePart[], group: (key: string | number) => string): string {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') {
    return group(only.index ?? only.name);
  }
  return parts.map((part) => (typeof part === 'string' ? part : group(part.index ?? part.name))).join('');
}
