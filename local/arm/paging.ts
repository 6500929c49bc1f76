import type { ArmResource } from './arm-state.ts';

/** One answer's worth of a list, and the query of the next. */
interface Page {
  readonly members: readonly ArmResource[];
  readonly next?: string;
}

/** The page that `$skiptoken` names, from the first on; `size` absent: all that is left. */
export function pageOf(all: readonly ArmResource[], query: URLSearchParams, size?: number): Page {
  const token = query.get('$skiptoken');
  const after = token === null ? '' : Buffer.from(token, 'base64url').toString();
  const start = all.findIndex(({ id }) => id === after) + 1;
  const end = size === undefined ? all.length : start + size;
  const last = all[end - 1];
  if (end >= all.length || last === undefined) {
    return { members: all.slice(start) };
  }
  const version = query.get('api-version') ?? '';
  const skip = Buffer.from(last.id).toString('base64url');
  return {
    members: all.slice(start, end),
    next: new URLSearchParams({ 'api-version': version, $skiptoken: skip }).toString(),
  };
}
