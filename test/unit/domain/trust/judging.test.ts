import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SEVERITIES } from '../../../../shared/domain/trust/gates.ts';
import { judgeFindings } from '../../../../shared/domain/trust/judge-findings.ts';
import { judgeSignatures, type JudgedSignature } from '../../../../shared/domain/trust/judge-signatures.ts';
import { waitOr } from '../../../../shared/domain/trust/next-look.ts';

const DAY = '2026-06-15';
const finding: fc.Arbitrary<{ cve: string; severity: string }> = fc.record({
  cve: fc.constantFrom('CVE-1', 'cve-1', 'CVE-2', 'CVE-3', 'GHSA-x'),
  severity: fc.constantFrom('Critical', 'HIGH', 'medium', 'Low', 'None', 'Unheard-of'),
});
const reasons = [
  'signed',
  'unsigned',
  'bad-signature',
  'wrong-digest',
  'untrusted-signer',
  'notation-unverified',
  'no-trusted-root',
] as const;
const judged = fc.record({ reason: fc.constantFrom(...reasons), detail: fc.constantFrom('a', 'b', 'c') });

describe('findings against limits', () => {
  it.each([
    ['nothing found', [], {}, [], true, 'no vulnerability counts'],
    ['one too many', [['CVE-1', 'Critical']], { critical: 0 }, [], false, '1 critical (at most 0)'],
    ['as many as may be', [['CVE-1', 'High']], { high: 1 }, [], true, '1 high (at most 1)'],
    ['no limit for it', [['CVE-1', 'High']], { critical: 0 }, [], true, '1 high'],
    [
      'the same in two packages',
      [
        ['CVE-1', 'High'],
        ['cve-1', 'Low'],
      ],
      { high: 1, low: 0 },
      [],
      true,
      '1 high (at most 1)',
    ],
    ['an unknown severity', [['CVE-1', 'Apocalyptic']], { critical: 0 }, [], false, '1 critical (at most 0)'],
    ['a harmless one', [['CVE-1', 'Informational']], { low: 0 }, [], true, 'no vulnerability counts'],
    ['excepted until today', [['CVE-1', 'High']], { high: 0 }, [['cve-1', DAY]], true, 'no vulnerability counts'],
    [
      'excepted until yesterday',
      [['CVE-1', 'High']],
      { high: 0 },
      [['CVE-1', '2026-06-14']],
      false,
      '1 high (at most 0)',
    ],
  ] as const)('%s', (_what, found, max, except, withinLimits, detail) => {
    const findings = found.map(([cve, severity]) => ({ cve, severity }));
    const gate = { max, except: except.map(([cve, until]) => ({ cve, until })) };
    expect(judgeFindings(findings, gate, DAY)).toMatchObject({ withinLimits, detail });
  });

  it('are the same in every order, and however often each is told', () => {
    fc.assert(
      fc.property(fc.array(finding), fc.array(finding), (some, more) => {
        const gate = { max: { critical: 1, high: 1, medium: 1, low: 1 }, except: [] };
        const all = [...some, ...more];
        expect(judgeFindings([...more, ...some, ...more], gate, DAY)).toEqual(judgeFindings(all, gate, DAY));
      }),
    );
  });

  it('are never better for one more, for a tighter limit, or for one exception less', () => {
    const limits = fc.record(Object.fromEntries(SEVERITIES.map((one) => [one, fc.nat(3)])));
    fc.assert(
      fc.property(fc.array(finding), finding, limits, fc.constantFrom(...SEVERITIES), (some, one, max, severity) => {
        const except = [{ cve: 'CVE-2', until: DAY }];
        const within = (findings: typeof some, change: object, excepted = except): boolean =>
          judgeFindings(findings, { max: { ...max, ...change }, except: excepted }, DAY).withinLimits;
        if (!within(some, {})) {
          expect(within([...some, { ...one, cve: 'CVE-NEW' }], {})).toBe(false);
          expect(within(some, { [severity]: 0 })).toBe(false);
          expect(within(some, {}, [])).toBe(false);
        }
      }),
    );
  });

  it('name at most fifty, and count them all', () => {
    const findings = Array.from({ length: 60 }, (_, at) => ({ cve: `CVE-${at}`, severity: 'high' }));
    const { counted, detail } = judgeFindings(findings, { max: { high: 59 }, except: [] }, DAY);
    expect([counted.length, detail]).toEqual([50, '60 high (at most 59)']);
  });
});

describe('signatures', () => {
  it('none at all is unsigned', () => {
    expect(judgeSignatures([])).toMatchObject({ verdict: 'fail', reason: 'unsigned' });
  });

  it('pass if one is good, fail by the worst otherwise, in every order', () => {
    fc.assert(
      fc.property(
        fc
          .array(judged, { minLength: 1 })
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          const answer = judgeSignatures(list);
          expect(answer.verdict).toBe(list.some(({ reason }) => reason === 'signed') ? 'pass' : 'fail');
          expect(list.map(({ reason }) => reason)).toContain(answer.reason);
          expect(judgeSignatures(shuffled)).toEqual(answer);
        },
      ),
    );
  });

  it('fail by what matters most', () => {
    const all: JudgedSignature[] = reasons.slice(1).map((reason) => ({ reason, detail: reason }));
    expect(judgeSignatures(all)).toMatchObject({
      verdict: 'fail',
      reason: 'no-trusted-root',
      detail: 'no-trusted-root',
    });
    expect(judgeSignatures(all.filter(({ reason }) => reason !== 'no-trusted-root'))).toMatchObject({
      reason: 'wrong-digest',
    });
  });
});

describe('a wait', () => {
  const finding = { reason: 'unsigned', detail: '', found: [] } as const;
  const ending = { ...finding, verdict: 'fail' } as const;
  const wait = (firstLookAt: number, now: number, waitMs: number): ReturnType<typeof waitOr> =>
    waitOr(ending, finding, { firstLookAt, now, waitMs });

  it.each([
    [0, 0, 0, undefined],
    [0, 0, 600_000, 30_000],
    [0, 120_000, 600_000, 180_000],
    [0, 590_000, 600_000, 600_000],
    [0, 600_000, 600_000, undefined],
    [0, 36_000_000, 86_400_000, 36_900_000],
    [1_000, 0, 600_000, 30_000],
  ])('first look at %i, now %i, for %i: until %s', (firstLookAt, now, waitMs, until) => {
    const answer = wait(firstLookAt, now, waitMs);
    expect(answer.verdict === 'wait' ? answer.until : undefined).toBe(until);
  });

  it('ends, after few looks', () => {
    fc.assert(
      fc.property(fc.nat(7 * 86_400_000), (waitMs) => {
        let [now, looks] = [0, 0];
        for (let answer = wait(0, 0, waitMs); answer.verdict === 'wait'; answer = wait(0, now, waitMs)) {
          expect(answer.until).toBeGreaterThan(now);
          now = answer.until;
          looks += 1;
        }
        expect(now).toBe(waitMs);
        expect(looks).toBeLessThan(700);
      }),
    );
  });
});
