import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';

import { parseTokens } from '../../domain/yaml-tokens.ts';
import { formatPath, type Finding, type FindingCode, type FleetPath } from '../findings.ts';

/** What a finding says besides its place. */
interface Remark {
  readonly severity?: Finding['severity'];
  readonly code: FindingCode;
  readonly message: string;
  /** Point at the key rather than at its value. */
  readonly atKey?: boolean;
}

/** A fleet file's text, parsed, and the way from a path in it to a line. */
export interface FleetDocument {
  readonly file: string;
  /** Plain data; undefined if the text is no YAML that we read. */
  readonly value: unknown;
  /** Syntax errors, duplicate keys and the like. */
  readonly findings: readonly Finding[];
  /** Makes a finding at the value (or key) of a path; if the path ends early, at the last step that exists. */
  readonly remark: (path: FleetPath, remark: Remark) => Finding;
}

const MAX_CHARACTERS = 1024 * 1024;
/** One level of aliases to a few shared maps is plenty; more is a bomb. */
const MAX_ALIASES = 100;
/** A fleet file needs six. */
const MAX_DEPTH = 100;

/** Parses one YAML 1.2 document. Never throws for what the text holds. */
export function parseFleetDocument(file: string, text: string): FleetDocument {
  if (text.length > MAX_CHARACTERS) {
    return unreadable(file, 'too-large', `larger than ${MAX_CHARACTERS} characters`);
  }
  if (text.includes('\u{FFFD}')) {
    return unreadable(file, 'unreadable', 'expected UTF-8 text');
  }
  const lines = new LineCounter();
  if (parseTokens(text, MAX_DEPTH) === undefined) {
    return unreadable(file, 'yaml-syntax', `nested deeper than ${MAX_DEPTH} levels`);
  }
  // Unique keys are checked below: the library compares every key of a map with every other.
  const parsed = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  return readDocument(file, parsed, lines);
}

function readDocument(file: string, parsed: Document.Parsed, lines: LineCounter): FleetDocument {
  const at = (offset: number): Pick<Finding, 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const remark = (path: FleetPath, { severity = 'error', code, message, atKey = false }: Remark): Finding => {
    const offset = offsetOf(parsed, path, atKey);
    return { severity, code, file, path: formatPath(path), message, ...at(offset) };
  };
  const findings: Finding[] = [...parsed.errors, ...parsed.warnings].map(({ message, pos: [offset] }) => {
    const [first = message] = message.split('\n');
    return { severity: 'error', code: 'yaml-syntax', file, path: '', message: first, ...at(offset) };
  });
  const value = findings.length > 0 ? undefined : plainValue(parsed, findings, { file, at });
  return { file, value, findings, remark };
}

interface Place {
  readonly file: string;
  readonly at: (offset: number) => Pick<Finding, 'line' | 'column'>;
}

function plainValue(parsed: Document.Parsed, findings: Finding[], { file, at }: Place): unknown {
  const report = (path: FleetPath, node: Node | null, wrong: Wrong): void => {
    findings.push({ severity: 'error', file, path: formatPath(path), ...wrong, ...at(node?.range?.[0] ?? 0) });
  };
  checkNode(parsed.contents, [], { report, anchors: new Set(), aliases: 0 });
  if (findings.length > 0) {
    return undefined;
  }
  try {
    // An empty file is an empty map: what it lacks is said like any other missing key.
    return (parsed.toJS({ maxAliasCount: MAX_ALIASES }) as unknown) ?? {};
  } catch (error) {
    // The library's own errors for alias bombs and unresolved aliases.
    const message = error instanceof ReferenceError ? error.message : 'cannot be read';
    findings.push({ severity: 'error', code: 'yaml-syntax', file, path: '', message, ...at(0) });
    return undefined;
  }
}

type Wrong = Pick<Finding, 'code' | 'message'>;

interface Walk {
  readonly report: (path: FleetPath, node: Node | null, wrong: Wrong) => void;
  /** Anchors so far: an alias may only name one that came before. */
  readonly anchors: Set<string>;
  aliases: number;
}

const NOT_TEXT: Wrong = { code: 'yaml-syntax', message: 'a key must be plain text' };
const MERGE: Wrong = { code: 'yaml-syntax', message: 'merge keys are not part of YAML 1.2: write the keys out' };
const PROTOTYPE: Wrong = { code: 'yaml-syntax', message: 'not a name' };
const TWICE: Wrong = { code: 'duplicate-key', message: 'used twice in the same map: only one could be in force' };
const NO_ANCHOR: Wrong = { code: 'yaml-syntax', message: 'an alias to an anchor that does not come before it' };
const MANY_ALIASES: Wrong = { code: 'yaml-syntax', message: `more than ${MAX_ALIASES} aliases` };

function checkNode(node: unknown, path: FleetPath, walk: Walk): void {
  if (isAlias(node)) {
    checkAlias(node, path, walk);
  } else if (isMap(node)) {
    checkMap(node, path, walk);
  } else if (isSeq(node)) {
    node.items.forEach((item, index) => checkNode(item, [...path, index], walk));
  }
  // Known from its end on: a node that holds an alias to itself has no end.
  if (isNode(node) && !isAlias(node) && node.anchor !== undefined) {
    walk.anchors.add(node.anchor);
  }
}

function checkAlias(node: Alias, path: FleetPath, walk: Walk): void {
  walk.aliases += 1;
  if (!walk.anchors.has(node.source)) {
    walk.report(path, node, NO_ANCHOR);
  } else if (walk.aliases === MAX_ALIASES + 1) {
    walk.report(path, node, MANY_ALIASES);
  }
}

function checkMap({ items }: YAMLMap, path: FleetPath, walk: Walk): void {
  const seen = new Set<string>();
  for (const pair of items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    const here = [...path, key ?? '?'];
    const wrong = wrongKey(key, seen);
    if (wrong !== undefined) {
      walk.report(here, pair.key as Node | null, wrong);
    }
    seen.add(key ?? '');
    checkNode(pair.value, here, walk);
  }
}

function wrongKey(key: string | undefined, seen: ReadonlySet<string>): Wrong | undefined {
  if (key === undefined) {
    return NOT_TEXT;
  }
  if (key === '<<') {
    return MERGE;
  }
  if (key === '__proto__') {
    return PROTOTYPE;
  }
  return seen.has(key) ? TWICE : undefined;
}

/** Where a path leads, through aliases; as far as it exists. */
function offsetOf(parsed: Document.Parsed, path: FleetPath, atKey: boolean): number {
  let node: unknown = parsed.contents;
  let offset = (parsed.contents as Node | null)?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const map: unknown = isAlias(node) ? node.resolve(parsed) : node;
    if (isSeq(map)) {
      node = map.items[Number(step)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else if (isMap(map)) {
      const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      const isLast = depth === path.length - 1;
      const pointed = isLast && !atKey ? (pair?.value ?? pair?.key) : pair?.key;
      offset = (pointed as Node | undefined)?.range?.[0] ?? offset;
      node = pair?.value;
    }
  }
  return offset;
}

function unreadable(file: string, code: FindingCode, message: string): FleetDocument {
  const remark = (path: FleetPath, made: Remark): Finding => ({
    severity: made.severity ?? 'error',
    code: made.code,
    file,
    line: 1,
    column: 1,
    path: formatPath(path),
    message: made.message,
  });
  return { file, value: undefined, findings: [remark([], { code, message })], remark };
}
