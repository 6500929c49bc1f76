/** `error` keeps a file, or what it asks for, out of force; `warning` wants a look; `note` is for information. */
export type Severity = 'error' | 'warning' | 'note';

/** What is wrong; docs/fleet.md explains each. */
export type FindingCode =
  | 'above-ceiling'
  | 'conflict'
  | 'cycle'
  | 'discovery-later'
  | 'duplicate-key'
  | 'last-good'
  | 'missing'
  | 'no-effect'
  | 'not-included'
  | 'not-owned'
  | 'not-valid'
  | 'outside-ceiling'
  | 'outside-team'
  | 'overlap'
  | 'selects-nothing'
  | 'too-large'
  | 'unknown-key'
  | 'unknown-reference'
  | 'unreadable'
  | 'wrong-type'
  | 'yaml-syntax';

/** Keys and indexes from the top of a file down to a value. */
export type FleetPath = readonly (string | number)[];

/** One thing that a person should know about a fleet file. */
export interface Finding {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `edges.shop.rules.maxDrained`, `rollouts.standard[0]`; empty for the file as a whole. */
  readonly path: string;
  /** A whole sentence without its place: what it is, the value, what was expected, the nearest right word. */
  readonly message: string;
}

/** `a.b[0].c` */
export function formatPath(path: FleetPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') {
      return `${text}[${step}]`;
    }
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** `fleet.yaml:12:5: error: edges.shop: unknown key ... [unknown-key]`: a form that editors can jump to. */
export function formatFinding({ file, line, column, severity, path, message, code }: Finding): string {
  return `${file}:${line}:${column}: ${severity}: ${path === '' ? '' : `${path}: `}${message} [${code}]`;
}

/** By file, then by position, then by text, so that the same files give the same list. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((finding) => [formatFinding(finding), finding]));
  return [...unique]
    .sort(([aText, a], [bText, b]) => comparePlace(a, b) || compareText(aText, bText))
    .map(([, f]) => f);
}

function comparePlace(a: Finding, b: Finding): number {
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

/** By UTF-16 code unit: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

/** A value as a message shows it: JSON, cut at 80 characters. */
export function showValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) as string | undefined);
  if (text === undefined) {
    return 'nothing';
  }
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
