import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FleetEdge } from '../../../../../shared/fleet/model.ts';
import { intentKey, type Intent } from '../../../../../shared/intents/intent.ts';
import { NO_AUDIT } from '../../../../../shared/records/audit.ts';
import type { Lane, TargetState } from '../../../../../shared/reconcile/target-rows.ts';
import { follow, type Following } from '../../../../../shared/targets/edge/removal/follow.ts';
import {
  keptKey,
  readKept,
  resolveEdge,
  SPREAD_MS,
  type KeptEdge,
} from '../../../../../shared/targets/edge/removal/kept.ts';
import { lookAtKnown } from '../../../../../shared/targets/edge/look.ts';
import { isCutShort, removalKey } from '../../../../../shared/targets/edge/removal/removal.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from '../observed.ts';

const NAMES = ['weu', 'neu', 'eus'];
const NOW = new Date('2026-01-01T00:01:00Z');
const { edge: NAMED } = edgeOf(NAMES.map((name) => originOf(name)));
const CLUSTERS = [{ name: 'weu', resourceId: { key: '/c', subscription: '' }, labels: {}, capacityPerNode: 80 }];

/** An edge's rows, changed by what `follow` says. */
class Rows {
  kept: KeptEdge | undefined;
  intents = new Map<string, Intent>();
  lane: Lane = { previews: {}, fields: [] };
  pages = 0;

  want(...intents: readonly Intent[]): this {
    intents.forEach((intent) => this.intents.set(intentKey(intent), intent));
    return this;
  }

  /** @returns false if there was nothing to write. */
  follow(named: FleetEdge | undefined, more: Partial<Following> = {}): boolean {
    const given = { named, kept: this.kept, clusters: CLUSTERS, revision: '1', now: NOW, isLooked: true };
    const { transition } = follow({ ...given, isWritable: () => true, ...more }, this.#state());
    const row = transition?.facts?.find(({ rowKey }) => rowKey === keptKey(NAMED.id));
    this.kept = row === undefined ? this.kept : readKept(row.value);
    this.lane = { ...this.lane, ...transition?.lane };
    this.want(...(transition?.intents ?? []));
    this.pages += transition?.audit?.filter(({ kind }) => kind === 'paged').length ?? 0;
    return transition !== undefined;
  }

  open(): readonly string[] {
    return [...this.intents.values()].filter(({ state }) => state !== 'closed').map(({ kind }) => kind);
  }

  #state(): TargetState {
    const head = { schema: 2 as const, revision: 1, fence: 0, leases: {}, lanes: {}, audit: NO_AUDIT };
    return { head, lane: this.lane, intents: this.intents };
  }
}

const without = (name: string): FleetEdge => ({
  ...NAMED,
  origins: NAMED.origins.filter((origin) => origin.name !== name),
});

describe('what the rows keep of an edge', () => {
  it('is written before anything is open, once for each revision', () => {
    const rows = new Rows();
    expect(rows.follow(NAMED)).toBe(true);
    expect(rows.kept).toMatchObject({ revision: '1', edge: NAMED, clusters: CLUSTERS, removed: [] });
    expect(rows.follow(NAMED)).toBe(false);
    expect(rows.follow(NAMED, { revision: '2' })).toBe(true);
  });

  it('is forgotten when it leaves with nothing open', () => {
    const rows = new Rows();
    rows.follow(NAMED);
    rows.follow(undefined, { revision: '2' });
    expect(rows).toMatchObject({ kept: undefined, pages: 0 });
    expect(rows.follow(undefined, { revision: '2' })).toBe(false);
  });

  it.each<[string, (rows: Rows) => unknown]>([
    ['an intent', (rows) => rows.want(emergencyOf('weu'))],
    ['a baseline', (rows) => (rows.lane = { ...rows.lane, fields: [markOf('weu', { weight: 1 }, { weight: 2 })] })],
    ['a plan', (rows) => (rows.lane = { ...rows.lane, activePlan: 'p' })],
    ['a proposal', (rows) => (rows.lane = { ...rows.lane, previews: { propose: { digest: 'd', plan: 'p' } } })],
  ])('is kept while %s is open', (_, change) => {
    const rows = new Rows();
    rows.follow(NAMED);
    change(rows);
    rows.follow(undefined, { revision: '2', isLooked: false });
    expect(rows.kept).toMatchObject({ revision: '1', edge: NAMED, clusters: CLUSTERS });
    expect(rows.open()).toContain('removed');
    expect(rows.pages).toBe(1);
  });

  it('asks for at least one approval, and for a script only where nothing may be written', () => {
    const [free, bound] = [new Rows(), new Rows()];
    for (const rows of [free, bound]) {
      rows.follow(NAMED);
      rows.want(emergencyOf('weu'));
    }
    free.follow(undefined, { revision: '2' });
    bound.follow(undefined, { revision: '2', isWritable: () => false });
    expect(free.intents.get(removalKey(NAMED.id))).toMatchObject({ mode: 'propose', approvals: { needed: 1 } });
    expect(bound.intents.get(removalKey(NAMED.id))).toMatchObject({ mode: 'observe' });
    free.follow(undefined, { revision: '2', isWritable: () => false });
    expect(free.intents.get(removalKey(NAMED.id))).toMatchObject({ mode: 'observe' });
    expect(free.pages).toBe(1);
  });

  it('does not take the revision before for a return while another cell may still have it', () => {
    const rows = new Rows();
    rows.follow(NAMED);
    rows.want(emergencyOf('weu'));
    rows.follow(undefined, { revision: '2' });
    expect(rows.follow(NAMED, { revision: '1' })).toBe(false);
    rows.follow(NAMED, { revision: '1', now: new Date(NOW.getTime() + SPREAD_MS) });
    expect(rows.open()).toEqual(['out']);
    expect(rows.kept?.removed).toEqual([]);
  });

  it('lets go what people said no to, with whatever was wanted of it', () => {
    const rows = new Rows();
    rows.follow(NAMED);
    rows.want(emergencyOf('weu'), emergencyOf('neu'));
    rows.lane = { ...rows.lane, fields: ['weu', 'neu'].map((name) => markOf(name, { weight: 1 }, { weight: 2 })) };
    rows.follow(without('weu'), { revision: '2' });
    const removal = rows.intents.get(removalKey(originOf('weu').id))!;
    rows.want({ ...removal, state: 'failed', note: 'declined' });
    rows.follow(without('weu'), { revision: '2' });
    expect(rows.open()).toEqual(['out']);
    expect(rows.lane.fields.map(({ subject }) => subject)).toEqual([originOf('neu').id]);
    expect(rows.kept?.edge.origins.map(({ name }) => name)).toEqual(['neu', 'eus']);
  });

  const event = fc.oneof(
    fc.constant(() => NAMED),
    fc.constant(() => undefined),
    fc.constantFrom(...NAMES).map((name) => () => without(name)),
    fc.string().map((name) => () => ({ ...NAMED, name })),
  );

  it('comes to rest after each change, and calls people at most once for each removal', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.subarray(NAMES), (fleets, out) => {
        const rows = new Rows();
        rows.follow(NAMED);
        rows.want(...out.map((name) => emergencyOf(name)));
        let before = NAMED.origins.length + 1;
        let removals = 0;
        fleets.forEach((fleet, index) => {
          const named = fleet();
          const now = named === undefined ? 0 : named.origins.length + 1;
          removals += Math.max(0, before - now) + (before === now && named !== NAMED ? 2 : 0);
          before = now;
          const given = { revision: String(index + 2), isLooked: false };
          rows.follow(named, given);
          expect(rows.follow(named, given)).toBe(false);
        });
        expect(rows.pages).toBeLessThanOrEqual(removals);
        // Nothing that was wanted is lost on the way.
        expect(rows.open().filter((kind) => kind === 'out')).toHaveLength(out.length);
      }),
    );
  });

  it('knows an edge by its id, whatever its name', () => {
    const rows = new Rows();
    rows.follow(NAMED);
    const force = { revision: '2', now: NOW, isWritable: () => true };
    const renamed = { ...NAMED, name: 'another' };
    expect(resolveEdge(rows.kept, renamed, force)).toEqual(renamed);
    expect(resolveEdge(undefined, renamed, force)).toEqual(renamed);
  });
});

describe('a look at an edge of which the fleet no longer names all', () => {
  const removal = (subject: string): Intent =>
    outOf('', { subject, kind: 'removed', by: { reaction: 'fleet' }, cause: 'removed', value: {}, mode: 'propose' });
  const lacking = (names: readonly string[], isWhole = false): ReturnType<typeof edgeOf> => {
    const seen = edgeOf(NAMES.map((name) => originOf(name, { enabled: name !== 'weu', weight: 50 })));
    const removed = { origins: names.map((name) => originOf(name).id), isWhole, isNoted: true, isWritable: true };
    return { ...seen, edge: { ...seen.edge, removed } };
  };
  const ours = [
    markOf('weu', { enabled: true }, { enabled: false }),
    ...NAMES.map((name) => markOf(name, { weight: 100 }, { weight: 50 })),
  ];

  it('writes nothing to what has left, whatever anybody wants of it', () => {
    const name = fc.constantFrom(...NAMES);
    const wish = fc.oneof(
      name.map((one) => emergencyOf(one)),
      name.map((one) => outOf(one)),
      fc.tuple(name, fc.constantFrom('in' as const, 'out' as const)).map(([one, word]) => pinOf(one, word)),
      fc
        .record({ weu: fc.integer({ min: 1, max: 1000 }), neu: fc.integer({ min: 1, max: 1000 }) })
        .map((to) => sharesOf(to)),
    );
    const wishes = fc.array(wish, { maxLength: 4 });
    fc.assert(
      fc.property(fc.subarray(NAMES), fc.boolean(), wishes, wishes, (gone, isWhole, acting, released) => {
        const names = isWhole ? NAMES : gone;
        const leaving = released.map((intent): Intent => ({ ...intent, state: 'leaving' }));
        const { steps } = lookAtKnown(lacking(names, isWhole), situation({ acting, leaving, fields: ours }));
        const touched = steps.flatMap(({ changes }) => changes.map(({ subject }) => subject));
        expect(touched.filter((id) => names.some((one) => originOf(one).id === id))).toEqual([]);
      }),
    );
  });

  it('brings all of it back to its baseline once people agree, and what was moved with it', () => {
    const observed = lacking(['weu']);
    const acting = [removal(originOf('weu').id), emergencyOf('weu')];
    const { steps, verdicts } = lookAtKnown(observed, situation({ acting, fields: ours }));
    expect(steps.map(({ id }) => id).sort()).toEqual(['eus:weight', 'neu:weight', 'weu:enabled', 'weu:weight']);
    expect(verdicts.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['act', undefined],
      ['blocked', 'config-error:not-in-fleet'],
    ]);
    expect(verdicts.some(({ page }) => page)).toBe(false);
  });

  it('leaves what was moved with it as it is until then', () => {
    expect(lookAtKnown(lacking(['weu']), situation({ acting: [emergencyOf('weu')], fields: ours })).steps).toEqual([]);
  });

  it('has done when nothing of ours is there any more, or Azure has it no longer', () => {
    const observed = lacking(['weu'], true);
    const acting = [removal(observed.edge.id)];
    const outcomes = (seen: typeof observed): readonly string[] =>
      lookAtKnown(seen, situation({ acting })).verdicts.map(({ outcome }) => outcome);
    expect(outcomes(observed)).toEqual(['gone']);
    expect(outcomes({ ...observed, origins: observed.origins.slice(1) })).toEqual(['gone']);
    expect(outcomes({ ...observed, isTerminal: false })).toEqual(['blocked']);
  });

  it('does nothing at all before it is noted', () => {
    const seen = lacking(['weu']);
    const observed = { ...seen, edge: { ...seen.edge, removed: { ...seen.edge.removed!, isNoted: false } } };
    const { steps, wait } = lookAtKnown(observed, situation({ acting: [emergencyOf('neu')] }));
    expect({ steps, wait: wait?.ms }).toEqual({ steps: [], wait: 1_000 });
  });

  it('ends the plans about it, but for its own', () => {
    const gone = removal(originOf('weu').id);
    const about = (name: string): Parameters<typeof isCutShort>[0] =>
      ({ serves: [{ key: 'k', subject: originOf(name).id }], steps: [] }) as unknown as Parameters<
        typeof isCutShort
      >[0];
    const own = { ...about('weu'), serves: [{ key: intentKey(gone), subject: gone.subject, value: '', signals: [] }] };
    expect(isCutShort(about('weu'), [gone])).toBe(true);
    expect(isCutShort(about('weu'), [removal(NAMED.id)])).toBe(true);
    expect(isCutShort(about('neu'), [gone])).toBe(false);
    expect(isCutShort(own, [gone])).toBe(false);
    expect(isCutShort(about('weu'), [{ ...gone, state: 'closed' }])).toBe(false);
  });
});
