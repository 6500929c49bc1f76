/** A copy of a JSON value, or why it was not taken. */
export type Snapshot =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly code: 'too-deep' | 'too-large' | 'not-an-event'; readonly reason: string };

interface Bounds {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

type Container = unknown[] | Record<string, unknown>;

interface Pending {
  readonly from: object;
  readonly to: Container;
  readonly depth: number;
}

/**
 * Copies a parsed JSON value within bounds, so that whatever reads the copy may recurse and may name any key.
 *
 * Objects of the copy have no prototype and no `__proto__` member: only what the sender wrote is there, and nothing of
 * it can reach `Object.prototype`. The walk keeps its own stack, so depth costs no call frames.
 *
 * @param bounds - bytes as compact JSON (escapes not counted), and levels of nesting.
 */
export function takeSnapshot(value: unknown, { maxBytes, maxDepth }: Bounds): Snapshot {
  const root: unknown[] = [];
  const pending: Pending[] = [{ from: [value], to: root, depth: 0 }];
  let bytes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { from, to, depth } = next;
    if (depth > maxDepth) {
      return { ok: false, code: 'too-deep', reason: `nests more than ${maxDepth} levels` };
    }
    for (const [key, member] of membersOf(from)) {
      bytes += (Array.isArray(from) ? 1 : Buffer.byteLength(key) + 4) + scalarBytes(member);
      if (bytes > maxBytes) {
        return { ok: false, code: 'too-large', reason: `more than ${maxBytes} bytes` };
      }
      if (typeof member === 'object' && member !== null) {
        const copy: Container = Array.isArray(member) ? [] : emptyRecord();
        put(to, key, copy);
        pending.push({ from: member, to: copy, depth: depth + 1 });
      } else if (isScalar(member)) {
        put(to, key, member);
      } else {
        return { ok: false, code: 'not-an-event', reason: `holds a ${typeof member}, which is not JSON` };
      }
    }
  }
  return { ok: true, value: root[0], bytes };
}

function* membersOf(container: object): Generator<readonly [string, unknown]> {
  if (Array.isArray(container)) {
    for (const member of container as unknown[]) {
      yield ['', member];
    }
    return;
  }
  for (const key of Object.keys(container)) {
    if (key !== '__proto__') {
      yield [key, (container as Record<string, unknown>)[key]];
    }
  }
}

function put(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) {
    container.push(value);
  } else {
    container[key] = value;
  }
}

function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}

function scalarBytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) + 2 : 4;
}
