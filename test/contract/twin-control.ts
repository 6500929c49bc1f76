import { beforeEach, describe, expect, it } from 'vitest';

import type { VirtualClock } from '../../local/time/virtual-clock.ts';
import { NotFoundError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import type { EdgeControl, EdgeRoutes, OriginChange, RouteChange } from '../../shared/ports/edge-control.ts';
import type { Operation } from '../../shared/ports/operation.ts';

export const PROFILE =
  '/subscriptions/0c4ed7a2-9c1a-4d38-a1f4-000000000001/resourceGroups/RG/providers/Microsoft.Cdn/profiles/Shop';
export const OWN = `${PROFILE}/originGroups/Apps`;
export const OTHER = `${PROFILE}/originGroups/Apps-b`;
export const [MAIN, API, ELSE] = ['Main', 'Api', 'Else'].map(
  (name) => `${PROFILE}/afdEndpoints/Shop/routes/${name}`,
) as [string, string, string];
const [own, other] = [OWN.toLowerCase(), OTHER.toLowerCase()];
const TWIN = { originGroup: other, routes: [MAIN.toLowerCase(), API.toLowerCase()] };
const DURATION_MS = 60_000;

/**
 * Two groups with origins `west` (weights 500 and 7) and `east` (300 and 8), routes `main` and `api` to the first, `else`
 * to a third group.
 */
export interface TwinUnderTest {
  readonly control: EdgeControl & EdgeRoutes;
  readonly reopen: () => EdgeControl;
  readonly clock: VirtualClock;
  /** Resources whose writes the service accepted so far, in lower case. */
  readonly accepted: () => readonly string[];
  /** Somebody else changes an origin or a route, at once. */
  readonly change: (resource: string, change: OriginChange | RouteChange) => void;
  /** Somebody else makes an origin, or gives one another priority. */
  readonly place: (origin: string, priority: number) => void;
  /** The connection breaks in the next write. */
  readonly lose: (as: 'applied' | 'not-applied') => void;
  /** The write of `main` that is asked after next ends in another way than by its time. */
  readonly end: (as: 'failed' | 'forgotten') => void;
}

export interface TwinBackend {
  readonly name: string;
  readonly create: (options?: {
    readonly durationMs?: number;
    readonly overlap?: 'queue' | 'conflict';
  }) => TwinUnderTest;
}

function stateOf(operation: Operation): string {
  expect(operation).toEqual({ status: 'running', state: expect.any(String) as string });
  return operation.status === 'running' ? operation.state : '';
}

/** Every EdgeControl of a service with routes must pass this. */
export function describeTwinControl({ name, create }: TwinBackend): void {
  let under: TwinUnderTest;
  let control: EdgeControl & EdgeRoutes;

  beforeEach(() => {
    under = create();
    control = under.control;
  });

  async function seen() {
    const { origins, twin } = await control.read(OWN, TWIN);
    const values = (all: typeof origins): unknown => all.map(({ id, enabled, weight }) => [id, enabled, weight]);
    return {
      live: twin?.live,
      origins: values(origins),
      held: values(twin?.held ?? []),
      routes: twin?.routes.map(({ originGroup, terminal }) => [originGroup, terminal]),
      fault: twin?.fault?.reason,
    };
  }

  const [west, east] = [`${own}/origins/west`, `${own}/origins/east`];

  describe(`EdgeControl with a twin: ${name}`, () => {
    it('reads both groups under the ids of the first, and the routes in the order in which they are asked for', async () => {
      expect(await seen()).toEqual({
        live: own,
        origins: [
          [west, true, 500],
          [east, true, 300],
        ],
        held: [
          [west, true, 7],
          [east, true, 8],
        ],
        routes: [
          [own, true],
          [own, true],
        ],
        fault: undefined,
      });
    });

    it('serves by the group that the first route refers to, whatever the others do', async () => {
      expect(await control.begin(MAIN, { originGroup: other })).toEqual({ status: 'succeeded' });
      expect(await seen()).toMatchObject({
        live: other,
        origins: [
          [west, true, 7],
          [east, true, 8],
        ],
        held: [
          [west, true, 500],
          [east, true, 300],
        ],
        routes: [
          [other, true],
          [own, true],
        ],
      });
      expect(under.accepted()).toEqual([MAIN.toLowerCase()]);
    });

    it('without one it reads the group that it is asked for', async () => {
      await control.begin(MAIN, { originGroup: other });
      const { origins, ...rest } = await control.read(OWN);
      expect(origins.map(({ weight }) => weight)).toEqual([500, 300]);
      expect(rest).not.toHaveProperty('twin');
    });

    it('tells which routes lead to a group', async () => {
      const leading = async (group: string): Promise<unknown> =>
        (await control.routesTo(group))?.map((route) => route.toLowerCase());
      expect(await leading(OWN)).toEqual(['main', 'api']);
      await control.begin(MAIN, { originGroup: other });
      expect([await leading(OWN), await leading(OTHER)]).toEqual([['api'], ['main']]);
      await control.begin(API, { originGroup: other });
      expect([await leading(OWN), await leading(OTHER)]).toEqual([[], ['main', 'api']]);
    });

    it('writes both values of an origin at once', async () => {
      const there = `${other}/origins/west`;
      expect(await control.begin(there, { enabled: false, weight: 9 })).toEqual({ status: 'succeeded' });
      expect(await seen()).toMatchObject({
        held: [
          [west, false, 9],
          [east, true, 8],
        ],
      });
      expect(under.accepted()).toEqual([there]);
    });

    it.each<[string, (change: TwinUnderTest) => void, string]>([
      [
        'a route that refers to a third group',
        ({ change }) => change(API, { originGroup: `${PROFILE}/originGroups/Other` }),
        'twin-route',
      ],
      [
        'a route that is not listed and refers to one',
        ({ change }) => change(ELSE, { originGroup: other }),
        'twin-shared',
      ],
      ['an origin in one of them only', ({ place }) => place(`${OTHER}/origins/north`, 1), 'twin-origins'],
      ['an origin with other settings', ({ place }) => place(`${OTHER}/origins/west`, 2), 'twin-settings'],
    ])('says that %s is amiss', async (_, disturb, reason) => {
      disturb(under);
      expect(await seen()).toMatchObject({ live: own, fault: `config-error:${reason}` });
    });

    it('says that nobody can tell who serves where the first route refers to a third group', async () => {
      under.change(MAIN, { originGroup: `${PROFILE}/originGroups/Other` });
      const { twin } = await control.read(OWN, TWIN);
      expect(twin).toMatchObject({ fault: { reason: 'config-error:twin-route' } });
      expect(twin).not.toHaveProperty('live');
    });

    it.each([
      { ...TWIN, originGroup: `${other}x` },
      { ...TWIN, routes: [...TWIN.routes, `${API}x`.toLowerCase()] },
    ])('says that a group or a route does not exist, and reads the rest', async (twin) => {
      const read = await control.read(OWN, twin);
      expect(read.twin).toMatchObject({ live: own, fault: { reason: 'config-error:twin-not-found' } });
      expect(read.origins.map(({ weight }) => weight)).toEqual([500, 300]);
    });

    it('refuses a route to a group that does not exist, and what a route or an origin does not have', async () => {
      const nowhere = control.begin(MAIN, { originGroup: `${own}x` });
      await expect(nowhere).rejects.toMatchObject({ status: 400, retryable: false });
      await expect(nowhere).rejects.toThrow(UpstreamError);
      await expect(control.begin(`${MAIN}x`, { originGroup: own })).rejects.toThrow(NotFoundError);
      await expect(control.begin(west, { originGroup: own })).rejects.toThrow(NotFoundError);
      await expect(control.begin(MAIN, { enabled: false })).rejects.toThrow(NotFoundError);
      expect(under.accepted()).toEqual([]);
    });

    it.each([
      ['applied', other],
      ['not-applied', own],
    ] as const)('an answer that was lost, the write being %s: unknown, and reading tells', async (as, live) => {
      under.lose(as);
      expect(await control.begin(MAIN, { originGroup: other })).toMatchObject({ status: 'unknown' });
      expect(await seen()).toMatchObject({ live });
    });

    describe('while a write goes on', () => {
      beforeEach(() => {
        under = create({ durationMs: DURATION_MS });
        control = under.control;
      });

      it('says so until it has ended, to another process as well', async () => {
        const state = stateOf(await control.begin(MAIN, { originGroup: other }));
        expect((await seen()).routes).toEqual([
          [other, false],
          [own, true],
        ]);
        stateOf(await under.reopen().poll(MAIN, state));
        await under.clock.advance(DURATION_MS);
        expect(await under.reopen().poll(MAIN, state)).toEqual({ status: 'succeeded' });
        expect((await seen()).routes?.[0]).toEqual([other, true]);
        expect(under.accepted()).toHaveLength(1);
      });

      it('a route waits for an origin of the profile, and the group that serves is the former until then', async () => {
        await control.begin(`${other}/origins/west`, { weight: 9 });
        const state = stateOf(await control.begin(MAIN, { originGroup: other }));
        expect(await seen()).toMatchObject({
          live: own,
          routes: [
            [own, false],
            [own, true],
          ],
        });
        await under.clock.advance(2 * DURATION_MS);
        expect(await control.poll(MAIN, state)).toEqual({ status: 'succeeded' });
        expect(await seen()).toMatchObject({ live: other });
      });

      it('where writes may not overlap, a route is refused', async () => {
        under = create({ durationMs: DURATION_MS, overlap: 'conflict' });
        control = under.control;
        await control.begin(`${other}/origins/west`, { weight: 9 });
        await expect(control.begin(MAIN, { originGroup: other })).rejects.toThrow(ResourceBusyError);
        expect(await seen()).toMatchObject({ live: own });
      });

      it.each([
        ['failed', 'failed'],
        ['forgotten', 'unknown'],
      ] as const)('a write that is %s is undone', async (as, status) => {
        const state = stateOf(await control.begin(MAIN, { originGroup: other }));
        under.end(as);
        expect(await control.poll(MAIN, state)).toMatchObject({ status });
        expect(await seen()).toMatchObject({ live: own });
      });
    });
  });
}
