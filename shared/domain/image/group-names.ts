/** A pattern in which no group name stands twice, and by name the numbers of all groups that had it. */
export interface NamedGroups {
  readonly pattern: string;
  readonly numbers: ReadonlyMap<string, readonly number[]>;
}

const OPENING = /^\((?:\?P?<(\w+)>|(?!\?))/;
const CLASS = /^\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/su;
const QUOTED = /^\\Q.*?(?:\\E|$)/su;

/**
 * Reads the group names of a pattern. Go lets a name stand more than once (`v(?P<n>\d+)|r(?P<n>\d+)`), RE2 itself does
 * not: every group but the first loses a name that is repeated, and keeps its number.
 */
export function readGroupNames(pattern: string): NamedGroups {
  const numbers = new Map<string, number[]>();
  let unique = '';
  let groups = 0;
  for (let rest = pattern; rest !== '';) {
    const [opening, name] = OPENING.exec(rest) ?? [];
    const [whole = ''] =
      opening === undefined ? (QUOTED.exec(rest) ?? CLASS.exec(rest) ?? /^(?:\\.|.)/su.exec(rest) ?? []) : [opening];
    groups += opening === undefined ? 0 : 1;
    const earlier = name === undefined ? undefined : numbers.get(name);
    if (name !== undefined) {
      numbers.set(name, [...(earlier ?? []), groups]);
    }
    unique += earlier === undefined ? whole : '(';
    rest = rest.slice(whole.length);
  }
  return { pattern: unique, numbers };
}
