import { SEVERITIES, type Severity, type VulnerabilityException, type VulnerabilityGate } from './gates.ts';

/** One finding of a scanner; the same vulnerability may be found in several packages. */
export interface VulnerabilityFinding {
  /** `CVE-2026-0001`, or the scanner's own id. */
  readonly cve: string;
  /** The scanner's word, in any case; one that we do not know counts as critical. */
  readonly severity: string;
}

export interface FindingsJudgement {
  readonly withinLimits: boolean;
  /** `3 high (at most 0)`, worst first. */
  readonly detail: string;
  /** What counts, worst first, `high CVE-2026-0001`. */
  readonly counted: readonly string[];
}

const HARMLESS = ['none', 'informational', 'negligible'];
const MAX_NAMED = 50;

/**
 * Counts vulnerabilities, each once and by its worst severity, against a gate's limits. Pure; their order means nothing.
 * @param day - today, `YYYY-MM-DD` in UTC: exceptions end with their day.
 */
export function judgeFindings(
  findings: readonly VulnerabilityFinding[],
  { max, except }: Pick<VulnerabilityGate, 'max' | 'except'>,
  day: string,
): FindingsJudgement {
  const worst = new Map<string, Severity>();
  for (const { cve, severity } of findings) {
    const id = cve.toUpperCase();
    const known = worst.get(id);
    const found = severityOf(severity);
    if (found !== undefined && !isExcepted(id, except, day) && (known === undefined || isWorse(found, known))) {
      worst.set(id, found);
    }
  }
  const bySeverity = SEVERITIES.map((severity) => {
    const cves = [...worst].filter(([, one]) => one === severity).map(([cve]) => cve);
    return { severity, cves: cves.toSorted(), limit: max[severity] ?? Infinity };
  });
  const broken = bySeverity.filter(({ cves, limit }) => cves.length > limit);
  const shown = broken.length > 0 ? broken : bySeverity.filter(({ cves }) => cves.length > 0);
  return {
    withinLimits: broken.length === 0,
    detail: shown.map(inWords).join(', ') || 'no vulnerability counts',
    counted: bySeverity.flatMap(({ severity, cves }) => cves.map((cve) => `${severity} ${cve}`)).slice(0, MAX_NAMED),
  };
}

function severityOf(word: string): Severity | undefined {
  const lower = word.toLowerCase();
  return HARMLESS.includes(lower) ? undefined : (SEVERITIES.find((one) => one === lower) ?? 'critical');
}

function isWorse(one: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(one) < SEVERITIES.indexOf(other);
}

function isExcepted(id: string, except: readonly VulnerabilityException[], day: string): boolean {
  return except.some(({ cve, until }) => cve.toUpperCase() === id && day <= until);
}

function inWords({ severity, cves, limit }: { severity: Severity; cves: readonly string[]; limit: number }): string {
  return `${cves.length} ${severity}${limit === Infinity ? '' : ` (at most ${limit})`}`;
}
