import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { auditKey, findAuditFault, linkRecords, NO_AUDIT, type AuditEntry } from '../../../shared/records/audit.ts';

const entry = fc.record<AuditEntry>({
  kind: fc.constantFrom('acted', 'held', 'unchanged'),
  at: fc.constant('2026-01-05T08:00:00.000Z'),
  facts: fc.dictionary(fc.string(), fc.string()),
});
const chain = fc.array(entry, { minLength: 1, maxLength: 8 }).map((entries) => {
  const records = linkRecords(NO_AUDIT, entries);
  const last = records.at(-1);
  return { records, tip: { seq: last?.seq ?? 0, hash: last?.hash ?? '' } };
});

describe('audit chain', () => {
  it('is whole as it was written, in one go or in several', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.nat(6), (entries, cut) => {
        const first = linkRecords(NO_AUDIT, entries.slice(0, cut));
        const middle = first.at(-1) ?? NO_AUDIT;
        const rest = linkRecords(middle, entries.slice(cut));
        expect([...first, ...rest]).toEqual(linkRecords(NO_AUDIT, entries));
        expect(findAuditFault([...first, ...rest], [...first, ...rest].at(-1) ?? NO_AUDIT)).toBeUndefined();
      }),
    );
  });

  it('shows any record that was changed, dropped, swapped or cut off', () => {
    fc.assert(
      fc.property(chain, fc.nat(), ({ records, tip }, pick) => {
        const index = pick % records.length;
        const changed = records.map((record, at) =>
          at === index ? { ...record, at: '2026-01-05T09:00:00.000Z' } : record,
        );
        expect(findAuditFault(changed, tip)).toMatch(/changed/);
        expect(findAuditFault(records.toSpliced(index, 1), tip)).toMatch(/missing|ends at/);
        expect(findAuditFault(records.slice(0, -1), tip)).toMatch(/ends at/);
      }),
    );
  });

  it('shows a record that was put in with a hash of its own', () => {
    const [, second] = linkRecords(NO_AUDIT, [
      { kind: 'held', at: 'a', facts: {} },
      { kind: 'held', at: 'b', facts: {} },
    ]);
    const [forged] = linkRecords(NO_AUDIT, [{ kind: 'acted', at: 'a', facts: {} }]);
    expect(findAuditFault([forged!, second!], { seq: 2, hash: second!.hash })).toMatch(/does not follow/);
  });

  it('sorts by sequence', () => {
    expect([auditKey(10), auditKey(9)].toSorted()).toEqual([auditKey(9), auditKey(10)]);
  });
});
