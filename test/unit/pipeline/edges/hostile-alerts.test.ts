import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';
import { parsedPayload, payloadFiles } from '../../signals/payloads.ts';

const ALERTS = payloadFiles.filter((file) => /^(hostile-)?alert-|-alert-/.test(file) && !file.startsWith('http-'));

const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-00000000000f';
const PROFILE = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Cdn/profiles/p1`;

/** What somebody may write where something else belongs. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 1e308, '', 'Fired', 'resolved', '0001-01-01T00:00:00Z', 'x'.repeat(20_000)),
  fc.constantFrom<unknown>([], [null], Array(2_000).fill({}), {}, { name: null }, { toString: 1, __proto__: [] }),
  fc.constantFrom<unknown>(PROFILE, PROFILE.toUpperCase(), [PROFILE], SUBSCRIPTION, 'West Europe', 'a.example:443'),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Every place of a value, as the keys that lead there. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [...(path.length === 0 ? [] : [path]), ...below.flatMap(([key, one]) => placesOf(one, [...path, key]))];
}

function withAt(value: unknown, [key, ...rest]: readonly string[], change: unknown): unknown {
  if (key === undefined) {
    return change;
  }
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const all = copy as Record<string, unknown>;
  if (rest.length === 0 && change === undefined) {
    return Object.fromEntries(Object.entries(all).filter(([name]) => name !== key));
  }
  all[key] = withAt(all[key], rest, change);
  return copy;
}

/** A sample about the edge of the stage, of which some values are odd or missing. */
const anyAlert = fc
  .tuple(
    fc.constantFrom(...ALERTS),
    fc.array(fc.tuple(fc.nat(), fc.option(junk, { nil: undefined })), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([file, changes, isOurs]) => {
    const sample = parsedPayload(file);
    const text = JSON.stringify(sample).replaceAll(/\/subscriptions\/0{8}-(0{4}-){3}0{11}1/gi, SUBSCRIPTION);
    const ours = JSON.parse(text) as unknown;
    const aimed = isOurs ? aimedAt(ours) : ours;
    return changes.reduce<unknown>((body, [place, change]) => {
      const places = placesOf(body);
      return places.length === 0 ? body : withAt(body, places[place % places.length] ?? [], change);
    }, aimed);
  });

function aimedAt(body: unknown): unknown {
  const isCommon = placesOf(body).some((path) => path.join('.') === 'data.essentials');
  return isCommon ? withAt(body, ['data', 'essentials', 'alertTargetIDs'], [PROFILE]) : body;
}

describe('an alert with odd fields', () => {
  it('is never thrown away: there is a record of it, or it is parked with its bytes and the reason', async () => {
    await fc.assert(
      fc.asyncProperty(anyAlert, async (body) => {
        const stage = new EdgeStage();
        const text = JSON.stringify(body);
        for (let delivery = 0; delivery < 2; delivery += 1) {
          await stage.world.clock.run(stage.cell.handle(text));
        }
        const decisions = await stage.world.blobs.list('decisions/');
        const parked = await stage.world.blobs.list('parked/');
        expect([decisions.length, parked.length].toSorted()).toEqual([0, 1]);
        for (const name of parked) {
          const item = JSON.parse(new TextDecoder().decode((await stage.world.blobs.get(name))!.bytes)) as Parked;
          expect(Buffer.from(item.base64, 'base64').toString()).toBe(text);
          expect(item.reason.length).toBeGreaterThan(10);
        }
        // The chain of what became of it is whole.
        await stage.records();
      }),
      { numRuns: 300 },
    );
  }, 180_000);
});

interface Parked {
  readonly base64: string;
  readonly reason: string;
}
