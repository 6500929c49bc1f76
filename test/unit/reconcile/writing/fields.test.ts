import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import {
  afterFailure,
  afterWrite,
  asFound,
  beforeWrite,
  stillMarked,
} from '../../../../shared/reconcile/writing/fields.ts';
import type { FieldChange } from '../../../../shared/reconcile/plan.ts';
import type { Field } from '../../../../shared/reconcile/target-kind.ts';

/** `a.weight 1>5`: subject, group, values before and after. */
function change(text: string): FieldChange {
  const [, subject = '', group = '', from, to] = /^(\w+)\.(\w+) (\d+)>(\d+)$/.exec(text) ?? [];
  return { subject, group, from: { to: Number(from) }, to: { to: Number(to) } };
}

/** `a.weight 1|5`: baseline and what we wrote last; `*2` after it: put right twice; `?7`: a write of 7 failed. */
function mark(text: string): Field {
  const [, subject = '', group = '', baseline, written, corrections, attempted] =
    /^(\w+)\.(\w+) (\d+)\|(\d+)(?:\*(\d+))?(?:\?(\d+))?$/.exec(text) ?? [];
  return {
    subject,
    group,
    baseline: { to: Number(baseline) },
    written: { to: Number(written) },
    ...(corrections === undefined ? {} : { corrections: Number(corrections) }),
    ...(attempted === undefined ? {} : { attempted: { to: Number(attempted) } }),
  };
}

function told(fields: readonly Field[]): readonly string[] {
  return fields.map(({ subject, group, baseline, written, corrections, attempted }) => {
    const times = corrections === undefined ? '' : `*${corrections}`;
    const tried = attempted === undefined ? '' : `?${Number(attempted['to'])}`;
    return `${subject}.${group} ${Number(baseline['to'])}|${Number(written['to'])}${times}${tried}`;
  });
}

const AT = '2026-01-01T00:00:00.000Z';

describe('before a write', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['a group that is touched for the first time gets its baseline', [], ['a.weight 1>5'], ['a.weight 1|1']],
    ['one that was touched keeps it', ['a.weight 1|5'], ['a.weight 5>7'], ['a.weight 1|5']],
    ['one that was touched keeps it, whoever wrote since', ['a.weight 1|5'], ['a.weight 8>7'], ['a.weight 1|5']],
    ['another group of the same subject has its own', ['a.gate 0|1'], ['a.weight 1>5'], ['a.gate 0|1', 'a.weight 1|1']],
    ['the same group of another subject has its own', ['b.gate 0|1'], ['a.gate 3>5'], ['b.gate 0|1', 'a.gate 3|3']],
    ['several groups are marked at once', [], ['a.gate 0>1', 'b.gate 2>3'], ['a.gate 0|0', 'b.gate 2|2']],
    ['putting ours back is not counted before it is there', ['a.weight 1|5'], ['a.weight 8>5'], ['a.weight 1|5']],
    ['what a failed write has left is ours from now on', ['a.weight 1|1*1?5'], ['a.weight 5>1'], ['a.weight 1|5*1']],
    ['what it has not left stays open', ['a.weight 1|1?5'], ['a.weight 1>7'], ['a.weight 1|1?5']],
  ])('%s', (_, fields, changes, expected) => {
    expect(told(beforeWrite(fields.map(mark), changes.map(change)))).toEqual(expected);
  });
});

describe('after a write', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['its groups hold what was written', ['a.weight 1|1'], ['a.weight 1>5'], ['a.weight 1|5']],
    [
      'other groups hold what they held',
      ['a.gate 0|1', 'b.weight 2|3'],
      ['a.weight 1>5'],
      ['a.gate 0|1', 'b.weight 2|3'],
    ],
    ['nothing is marked that was not before', [], ['a.weight 1>5'], []],
    ['putting ours back is counted', ['a.weight 1|5'], ['a.weight 8>5'], ['a.weight 1|5*1']],
    ['putting ours back again is counted again', ['a.weight 1|5*1'], ['a.weight 8>5'], ['a.weight 1|5*2']],
    ['writing what is ours over ours is no correction', ['a.weight 1|5'], ['a.weight 5>5'], ['a.weight 1|5']],
    ['writing something new is none', ['a.weight 1|5'], ['a.weight 8>6'], ['a.weight 1|6']],
    [
      'another’s correction is not ours',
      ['a.weight 1|5', 'b.weight 1|5'],
      ['b.weight 8>5'],
      ['a.weight 1|5', 'b.weight 1|5*1'],
    ],
    ['what was tried before does not matter any more', ['a.weight 1|1*2?7'], ['a.weight 1>5'], ['a.weight 1|5*2']],
  ])('%s', (_, fields, changes, expected) => {
    expect(told(afterWrite(fields.map(mark), changes.map(change), AT))).toEqual(expected);
  });

  it('says when', () => {
    expect(afterWrite([mark('a.weight 1|1')], [change('a.weight 1>5')], AT)).toMatchObject([{ writtenAt: AT }]);
  });

  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      'its groups may hold what was tried',
      ['a.weight 1|1*1', 'b.weight 2|2'],
      ['a.weight 1>5'],
      ['a.weight 1|1*1?5', 'b.weight 2|2'],
    ],
    ['they may hold what was tried last', ['a.weight 1|1?5'], ['a.weight 1>7'], ['a.weight 1|1?7']],
    ['another group does not', ['a.gate 1|1'], ['a.weight 1>7'], ['a.gate 1|1']],
    ['nothing is marked that was not before', [], ['a.weight 1>5'], []],
  ])('that failed %s', (_, fields, changes, expected) => {
    expect(told(afterFailure(fields.map(mark), changes.map(change)))).toEqual(expected);
  });
});

describe('what a look has found', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['is ours, and nothing is left open', ['a.weight 1|1*1?5'], ['a.weight 0>5'], ['a.weight 1|5*1']],
    [
      'says nothing of other groups',
      ['a.gate 1|1?5', 'b.weight 1|1?5'],
      ['a.weight 0>5'],
      ['a.gate 1|1?5', 'b.weight 1|1?5'],
    ],
    ['may be what stood there before', ['a.weight 1|5?7'], ['a.weight 0>1'], ['a.weight 1|1']],
  ])('%s', (_, fields, found, expected) => {
    const values = found.map(change).map(({ subject, group, to }) => ({ subject, group, written: to }));
    expect(told(asFound(fields.map(mark), values))).toEqual(expected);
  });
});

describe('a mark', () => {
  const about = (subject: string, state: Intent['state']): Intent => ({ subject, state, value: {} }) as Intent;

  it.each<[string, string, readonly Intent[], boolean]>([
    ['is kept while its value is not back', 'a.weight 1|5', [], true],
    ['is kept while nobody knows what a failed write has left', 'a.weight 1|1?5', [], true],
    ['is kept while somebody wants something of its subject', 'a.weight 1|1', [about('a', 'open')], true],
    ['is kept while what wanted it leaves', 'a.weight 1|1', [about('a', 'leaving')], true],
    ['is kept while what wanted it is blocked or has failed', 'a.weight 1|1', [about('a', 'failed')], true],
    ['is forgotten when it is back and nobody wants anything', 'a.weight 1|1', [], false],
    ['is forgotten when it is back and what wanted it is closed', 'a.weight 1|1', [about('a', 'closed')], false],
    [
      'is kept while somebody wants a weight of it',
      'a.weight 1|1',
      [{ ...about('og', 'open'), value: { weights: { a: 1 } } }],
      true,
    ],
    ['is forgotten whatever is wanted of others', 'a.weight 1|1', [about('b', 'open')], false],
  ])('%s', (_, field, intents, isKept) => {
    expect(told(stillMarked([mark(field)], intents))).toEqual(isKept ? [field] : []);
  });
});

describe('the baseline', () => {
  const value = fc.record({ to: fc.integer({ min: 0, max: 3 }) });
  const anyChange = fc.record({
    subject: fc.constantFrom('a', 'b'),
    group: fc.constantFrom('weight', 'gate'),
    from: value,
    to: value,
  });

  it('is what stood there before our first write, whatever is written afterwards and whichever writes arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyChange, fc.boolean()), { maxLength: 12 }), (writes) => {
        let fields: readonly Field[] = [];
        const first = new Map<string, object>();
        for (const [one, arrives] of writes) {
          const name = `${one.subject}.${one.group}`;
          first.set(name, first.get(name) ?? one.from);
          fields = beforeWrite(fields, [one]);
          fields = arrives ? afterWrite(fields, [one], AT) : fields;
        }
        expect(new Map(fields.map(({ subject, group, baseline }) => [`${subject}.${group}`, baseline]))).toEqual(first);
      }),
    );
  });
});

describe('a mark of writes that fail', () => {
  const write = fc.record({ to: fc.integer({ min: 0, max: 4 }), how: fc.constantFrom('written', 'failed', 'left') });

  it('explains what stands there, whichever of them have left their value all the same', () => {
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 8 }), (writes) => {
        let live = 0;
        let fields: readonly Field[] = [];
        for (const { to, how } of writes) {
          const changes = [change(`a.weight ${live}>${to}`)];
          fields = beforeWrite(fields, changes);
          fields = how === 'written' ? afterWrite(fields, changes, AT) : afterFailure(fields, changes);
          live = how === 'failed' ? live : to;
        }
        const [field] = fields;
        expect([field?.written, field?.attempted]).toContainEqual({ to: live });
      }),
    );
  });
});
