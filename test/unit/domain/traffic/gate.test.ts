import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  closeGate,
  firstGates,
  gateDocumentOf,
  openGate,
  outranks,
  withGates,
  type GateChange,
  type GateDocument,
} from '../../../../shared/domain/traffic/gate.ts';

/** The valid one of the edge that outranks all others that were read. */
function newestOf(documents: readonly unknown[], edge: string): GateDocument | undefined {
  return documents
    .map(gateDocumentOf)
    .filter((document) => document?.edge === edge)
    .reduce((best, one) => (one !== undefined && (best === undefined || outranks(one, best)) ? one : best), undefined);
}

const EDGE =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/providers/microsoft.cdn/profiles/p/origingroups/apps';
const OTHER_EDGE = EDGE.replace('apps', 'admin');
const AT = '2026-11-21T08:00:00.000Z';
const LATER = '2026-11-21T08:00:05.000Z';
const FIRST = firstGates(EDGE, ['weu', 'neu', 'sea'], AT);

function changed(change: GateChange): GateDocument {
  if (change.outcome !== 'changed') {
    throw new Error(JSON.stringify(change));
  }
  return change.document;
}

function closing(...closed: readonly string[]): GateDocument {
  return { ...FIRST, closed };
}

describe('a gate document', () => {
  it('starts with every gate open', () => {
    expect(FIRST).toEqual({
      schema: 1,
      edge: EDGE,
      sequence: Date.parse(AT),
      issued: AT,
      closed: [],
      origins: ['neu', 'sea', 'weu'],
    });
  });

  it.each([
    ['an edge in capitals', EDGE.toUpperCase(), ['a'], AT],
    ['no origin', EDGE, [], AT],
    ['a day for a moment', EDGE, ['a'], '2026-11-21'],
    ['no moment', EDGE, ['a'], 'now'],
  ])('is not made of %s', (_, edge, origins, issued) => {
    expect(() => firstGates(edge, origins, issued)).toThrow(RangeError);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['another schema', { ...FIRST, schema: 2 }],
    ['a sequence of 0', { ...FIRST, sequence: 0 }],
    ['a sequence that is no whole number', { ...FIRST, sequence: 1.5 }],
    ['a sequence that a double cannot hold', { ...FIRST, sequence: 2 ** 60 }],
    ['an origin twice', { ...FIRST, origins: ['neu', 'neu', 'sea'] }],
    ['an origin without a name', { ...FIRST, origins: ['', 'neu'] }],
    ['a closed origin that it does not know', closing('nowhere')],
    ['every origin closed', closing('weu', 'neu', 'sea')],
    ['no origins', { ...FIRST, origins: [] }],
  ])('is not %s', (_, value) => {
    expect(gateDocumentOf(value)).toBeUndefined();
  });

  it('may have members that we do not know', () => {
    expect(gateDocumentOf({ ...FIRST, note: 'x' })).toEqual(FIRST);
  });
});

describe('a change of gates', () => {
  it('closes one, later another, and opens them again', () => {
    const one = changed(closeGate(FIRST, 'weu', LATER));
    expect(one).toEqual({ ...FIRST, sequence: Date.parse(LATER), issued: LATER, closed: ['weu'] });
    const two = changed(closeGate(one, 'neu', LATER));
    expect(two).toMatchObject({ sequence: Date.parse(LATER) + 1, closed: ['neu', 'weu'] });
    expect(changed(openGate(two, 'weu', AT))).toMatchObject({ sequence: Date.parse(LATER) + 2, closed: ['neu'] });
  });

  it.each<[string, GateChange, GateChange]>([
    ['the last open gate', closeGate(closing('weu', 'neu'), 'sea', LATER), { outcome: 'refused', reason: 'last-open' }],
    [
      'the gate of the only origin',
      closeGate(firstGates(EDGE, ['weu'], AT), 'weu', LATER),
      { outcome: 'refused', reason: 'last-open' },
    ],
    [
      'a gate against others that are only now opened',
      withGates(closing('weu', 'neu'), { origins: FIRST.origins, closed: ['sea'] }, LATER),
      { outcome: 'refused', reason: 'last-open' },
    ],
    [
      'the open origins by taking them out of the list',
      withGates(closing('weu'), { origins: ['weu'], closed: ['weu'] }, LATER),
      { outcome: 'refused', reason: 'last-open' },
    ],
    ['every origin', withGates(FIRST, { origins: [], closed: [] }, LATER), { outcome: 'refused', reason: 'last-open' }],
    ['a gate that there is not', closeGate(FIRST, 'x', LATER), { outcome: 'refused', reason: 'unknown-origin' }],
    ['nor opens one', openGate(FIRST, 'x', LATER), { outcome: 'refused', reason: 'unknown-origin' }],
    ['a closed gate again', closeGate(closing('weu'), 'weu', LATER), { outcome: 'unchanged' }],
    ['nor opens an open one', openGate(FIRST, 'weu', LATER), { outcome: 'unchanged' }],
  ])('never closes %s', (_, change, expected) => {
    expect(change).toEqual(expected);
  });

  it('opens everything even where nothing was open that stays', () => {
    expect(changed(withGates(closing('weu'), { origins: ['weu'], closed: [] }, LATER))).toMatchObject({
      closed: [],
      origins: ['weu'],
    });
  });
});

const anyName = fc.constantFrom('a', 'b', 'c', 'd');
const someNames = fc.subarray(['a', 'b', 'c', 'd']);
const anyMoment = fc.integer({ min: 1, max: 20 }).map((ms) => new Date(ms).toISOString());
const anyStep = fc.oneof(
  fc.record({ do: fc.constantFrom('close' as const, 'open' as const), name: anyName, at: anyMoment }),
  fc.record({ do: fc.constant('set' as const), origins: someNames, closed: someNames, at: anyMoment }),
);

function step(document: GateDocument, one: typeof anyStep extends fc.Arbitrary<infer Step> ? Step : never): GateChange {
  if (one.do === 'set') {
    return withGates(document, one, one.at);
  }
  return (one.do === 'close' ? closeGate : openGate)(document, one.name, one.at);
}

/** Every document of a run of changes, oldest first. */
const anyHistory = fc
  .tuple(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), fc.array(anyStep, { maxLength: 20 }))
  .map(([origins, steps]) =>
    steps.reduce(
      (history, one) => {
        const change = step(history.at(-1)!, one);
        return change.outcome === 'changed' ? [...history, change.document] : history;
      },
      [firstGates(EDGE, origins, new Date(1).toISOString())],
    ),
  );

describe('gates', () => {
  it('never close the last, whatever is asked, also while some gates are one document behind', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        for (const [index, document] of history.entries()) {
          expect(gateDocumentOf(document)).toEqual(document);
          const before = history[index - 1]?.closed ?? [];
          const isOpen = (name: string): boolean => !document.closed.includes(name) && !before.includes(name);
          expect(document.closed.length === 0 || document.origins.some(isOpen)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('go up in sequence, whatever the clock does', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        expect(history.every((one, index) => index === 0 || outranks(one, history[index - 1]!))).toBe(true);
      }),
    );
  });

  it('end alike, in whatever order and however often their documents are read', () => {
    const reads = anyHistory.chain((history) => {
      const junk = [undefined, { ...history[0], edge: OTHER_EDGE, sequence: 99 }, { ...history[0], sequence: -1 }];
      const candidates: readonly unknown[] = [...history, ...history, ...junk];
      return fc.tuple(
        fc.constant(history.at(-1)!),
        fc.shuffledSubarray([...candidates], { minLength: candidates.length }),
        fc.nat(),
      );
    });
    fc.assert(
      fc.property(reads, ([last, shuffled, cut]) => {
        expect(newestOf(shuffled, EDGE)).toEqual(last);
        const at = cut % shuffled.length;
        const early = newestOf(shuffled.slice(0, at), EDGE);
        expect(newestOf([...shuffled.slice(at), early], EDGE)).toEqual(last);
      }),
    );
  });

  it('agree on one of two documents that have one sequence', () => {
    const rivals = [closing('weu'), closing('neu'), { ...closing('sea'), issued: LATER }];
    const newest = newestOf(rivals, EDGE);
    expect(newest).toEqual(rivals[2]);
    expect(newestOf(rivals.toReversed(), EDGE)).toEqual(newest);
    expect(rivals.filter((one) => outranks(one, one))).toEqual([]);
  });

  it('have none before there is one', () => {
    expect(newestOf([undefined, { ...FIRST, edge: OTHER_EDGE }], EDGE)).toBeUndefined();
  });
});
