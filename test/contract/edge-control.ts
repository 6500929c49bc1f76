import { beforeEach, describe, expect, it } from 'vitest';

import type { VirtualClock } from '../../local/time/virtual-clock.ts';
import { NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import type { EdgeControl, OriginChange, OriginState } from '../../shared/ports/edge-control.ts';
import type { Operation } from '../../shared/ports/operation.ts';

/** What a service answers with 429 here asks to wait so long, in milliseconds. */
export const ASKED_WAIT_MS = 30_000;

/** An edge under test with two origins, `west` (weight 500) and `east` (300), both enabled, and other people's hands. */
export interface EdgeUnderTest {
  readonly control: EdgeControl;
  readonly clock: VirtualClock;
  /** Another instance over the same service, as after a restart. */
  readonly reopen: () => EdgeControl;
  /** Origins whose writes the service accepted so far; ids in lower case. */
  readonly accepted: () => readonly string[];
  /** Somebody else changes an origin, at once. */
  readonly change: (origin: string, change: OriginChange) => void;
  /** The service refuses the next call of a kind with an HTTP status. */
  readonly refuse: (on: 'read' | 'begin' | 'poll', status: number) => void;
  /** The connection breaks in the next write. */
  readonly lose: (as: 'applied' | 'not-applied') => void;
  /** The write that is asked after next ends in another way than by its time. */
  readonly end: (as: 'failed' | 'forgotten') => void;
}

export interface EdgeBackend {
  readonly name: string;
  /** Ids as people write them, in mixed case. */
  readonly edge: string;
  readonly west: string;
  readonly east: string;
  /** An origin of another service. */
  readonly foreign: string;
  /** False: a write has ended with its answer. */
  readonly isLongRunning: boolean;
  /** False: the service takes it when nothing is left enabled. */
  readonly keepsLastOrigin: boolean;
  readonly create: (options?: {
    readonly durationMs?: number;
    readonly overlap?: 'queue' | 'conflict';
  }) => EdgeUnderTest;
}

const DURATION_MS = 60_000;

function stateOf(operation: Operation): string {
  expect(operation).toEqual({ status: 'running', state: expect.any(String) as string });
  return operation.status === 'running' ? operation.state : '';
}

/** Every EdgeControl must pass this. */
export function describeEdgeControl(backend: EdgeBackend): void {
  const { name, edge, west, east, foreign, isLongRunning, keepsLastOrigin, create } = backend;
  let under: EdgeUnderTest;
  let control: EdgeControl;

  beforeEach(() => {
    under = create();
    control = under.control;
  });

  async function origin(id: string, from = control): Promise<OriginState> {
    const { origins } = await from.read(edge);
    return origins.find((one) => one.id === id.toLowerCase())!;
  }

  describe(`EdgeControl contract: ${name}`, () => {
    it('reads origins in the order in which they were made, with ids in lower case', async () => {
      const { origins } = await control.read(edge);
      expect(
        origins.map(({ id, enabled, weight, priority, terminal }) => [id, enabled, weight, priority, terminal]),
      ).toEqual([
        [west.toLowerCase(), true, 500, 1, true],
        [east.toLowerCase(), true, 300, 2, true],
      ]);
    });

    it('takes ids in any case', async () => {
      const expected = await control.read(edge);
      expect(await control.read(edge.toUpperCase())).toEqual(expected);
      expect(await control.read(edge.toLowerCase())).toEqual(expected);
      await control.begin(west.toUpperCase(), { weight: 7 });
      await control.begin(east.toLowerCase(), { weight: 8 });
      expect(under.accepted()).toEqual([west.toLowerCase(), east.toLowerCase()]);
      expect((await origin(west)).weight).toBe(7);
    });

    it.each<[string, OriginChange]>([
      ['a drain', { enabled: false }],
      ['a weight', { weight: 42 }],
      ['the least weight', { weight: 1 }],
      ['the largest weight', { weight: 1000 }],
    ])('%s changes its own field of one origin only', async (_, change) => {
      const [before, other] = [await origin(west), await origin(east)];
      expect(await control.begin(west, change)).toEqual({ status: 'succeeded' });
      const after = await origin(west);
      // The monitor speaks of what is probed, not of what was asked for.
      expect({ ...after, monitor: before.monitor }).toEqual({ ...before, ...change, monitor: before.monitor });
      expect(await origin(east)).toEqual(other);
      expect(under.accepted()).toEqual([west.toLowerCase()]);
    });

    it('enables again with the weight that it had', async () => {
      await control.begin(west, { enabled: false });
      expect(await control.begin(west, { enabled: true })).toEqual({ status: 'succeeded' });
      expect(await origin(west)).toMatchObject({ enabled: true, weight: 500 });
    });

    it('writes once more what stands there already', async () => {
      expect(await control.begin(west, { weight: 500 })).toEqual({ status: 'succeeded' });
      expect(under.accepted()).toHaveLength(1);
    });

    it('leaves what somebody else changed', async () => {
      await control.read(edge);
      under.change(west, { weight: 9 });
      await control.begin(west, { enabled: false });
      expect(await origin(west)).toMatchObject({ enabled: false, weight: 9 });
    });

    it.each([0, -1, 10.5, 1001])('refuses the weight %d', async (weight) => {
      const error = await control.begin(west, { weight }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UpstreamError);
      expect(error).toMatchObject({ status: 400, retryable: false });
      expect((await origin(west)).weight).toBe(500);
      expect(under.accepted()).toEqual([]);
    });

    itIf(keepsLastOrigin, 'refuses to drain the last enabled origin, with the reason in its cause', async () => {
      await control.begin(east, { enabled: false });
      const error = await control.begin(west, { enabled: false }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 400, retryable: false });
      expect(((error as Error).cause as Error).message).toMatch(/at least one enabled endpoint/);
      expect(await origin(west)).toMatchObject({ enabled: true, terminal: true });
    });

    itIf(!keepsLastOrigin, 'drains the last enabled origin', async () => {
      await control.begin(east, { enabled: false });
      expect(await control.begin(west, { enabled: false })).toEqual({ status: 'succeeded' });
    });

    it('says that an edge or an origin does not exist', async () => {
      await expect(control.read(`${edge}x`)).rejects.toThrow(NotFoundError);
      await expect(control.begin(`${west}x`, { weight: 5 })).rejects.toThrow(NotFoundError);
    });

    it.each(['', 'west', '/subscriptions/s', foreign])('knows no edge and no origin %j', async (id) => {
      await expect(control.read(id)).rejects.toThrow(NotFoundError);
      await expect(control.begin(id, { weight: 5 })).rejects.toThrow(NotFoundError);
      expect(under.accepted()).toEqual([]);
    });

    it('takes no edge for an origin, and no origin for an edge', async () => {
      await expect(control.begin(edge, { enabled: false })).rejects.toThrow(NotFoundError);
      await expect(control.read(west)).rejects.toThrow(NotFoundError);
      expect(under.accepted()).toEqual([]);
    });

    describe('refused', () => {
      it.each(['read', 'begin'] as const)('%s: waits as long as it was asked to, and calls once', async (on) => {
        under.refuse(on, 429);
        const call = (): Promise<unknown> => (on === 'read' ? control.read(edge) : control.begin(west, { weight: 5 }));
        const error = await call().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RateLimitedError);
        expect(error).toMatchObject({ retryAfterMs: ASKED_WAIT_MS });
        expect(under.accepted()).toEqual([]);
        await call();
      });

      it.each([409, 412])('begin with %d: busy, and nothing is written', async (status) => {
        under.refuse('begin', status);
        await expect(control.begin(west, { enabled: false })).rejects.toThrow(ResourceBusyError);
        expect(await origin(west)).toMatchObject({ enabled: true, terminal: true });
        expect(under.accepted()).toEqual([]);
      });

      it.each([400, 401, 403])('begin with %d: nothing is written, and again is no use', async (status) => {
        under.refuse('begin', status);
        const error = await control.begin(west, { enabled: false }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UpstreamError);
        expect(error).toMatchObject({ status, retryable: false });
        expect(under.accepted()).toEqual([]);
      });

      it.each([
        [403, false],
        [500, true],
        [503, true],
      ])('read with %d', async (status, retryable) => {
        under.refuse('read', status);
        const error = await control.read(edge).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UpstreamError);
        expect(error).toMatchObject({ status, retryable });
      });
    });

    describe('answer lost', () => {
      it.each([
        ['applied', false],
        ['not-applied', true],
      ] as const)('%s: unknown, never thrown, and reading tells', async (as, enabled) => {
        under.lose(as);
        expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'unknown' });
        expect(await origin(west, under.reopen())).toMatchObject({ enabled, terminal: true });
        expect(under.accepted()).toHaveLength(as === 'applied' ? 1 : 0);
      });
    });

    it.each(['', '{}', 'null', '"x"', 'x', '{"state":{}}', '{"operation":99}'])(
      'asks nothing after %j',
      async (state) => {
        expect(await control.poll(west, state)).toMatchObject({ status: 'unknown' });
        expect(under.accepted()).toEqual([]);
      },
    );

    describeIf(isLongRunning, 'while a write goes on', () => {
      beforeEach(() => {
        under = create({ durationMs: DURATION_MS });
        control = under.control;
      });

      it('says so until it has ended', async () => {
        const state = stateOf(await control.begin(west, { enabled: false }));
        expect(await origin(west)).toMatchObject({ enabled: false, terminal: false });
        expect((await origin(east)).terminal).toBe(true);
        await under.clock.advance(DURATION_MS - 1);
        const later = stateOf(await control.poll(west, state));
        await under.clock.advance(1);
        expect(await control.poll(west, later)).toEqual({ status: 'succeeded' });
        expect(await origin(west)).toMatchObject({ enabled: false, terminal: true });
      });

      it('another process asks on from the text, and nobody sends it again', async () => {
        const state = stateOf(await control.begin(west, { weight: 9 }));
        const other = under.reopen();
        expect(stateOf(await other.poll(west, state))).toBeTypeOf('string');
        await under.clock.advance(DURATION_MS);
        expect(await under.reopen().poll(west, state)).toEqual({ status: 'succeeded' });
        expect(await other.poll(west, state)).toEqual({ status: 'succeeded' });
        expect(under.accepted()).toEqual([west.toLowerCase()]);
      });

      it('a second write of the profile waits for the first', async () => {
        const first = stateOf(await control.begin(west, { weight: 9 }));
        const second = stateOf(await control.begin(east, { weight: 8 }));
        expect(await origin(east)).toMatchObject({ weight: 300, terminal: false });
        await under.clock.advance(DURATION_MS);
        expect(await control.poll(west, first)).toEqual({ status: 'succeeded' });
        expect(stateOf(await control.poll(east, second))).toBeTypeOf('string');
        expect(await origin(east)).toMatchObject({ weight: 8, terminal: false });
        await under.clock.advance(DURATION_MS);
        expect(await control.poll(east, second)).toEqual({ status: 'succeeded' });
      });

      it('two writes of one origin have each their own end', async () => {
        const first = stateOf(await control.begin(west, { weight: 9 }));
        const second = stateOf(await control.begin(west, { weight: 8 }));
        await under.clock.advance(DURATION_MS);
        expect(await control.poll(west, first)).toEqual({ status: 'succeeded' });
        expect((await origin(west)).terminal).toBe(false);
        await under.clock.advance(DURATION_MS);
        expect(await control.poll(west, second)).toEqual({ status: 'succeeded' });
        expect(await origin(west)).toMatchObject({ weight: 8, terminal: true });
      });

      it('where writes may not overlap, a second one is refused and nothing is written', async () => {
        under = create({ durationMs: DURATION_MS, overlap: 'conflict' });
        control = under.control;
        await control.begin(west, { weight: 9 });
        await expect(control.begin(east, { weight: 8 })).rejects.toThrow(ResourceBusyError);
        expect(await origin(east)).toMatchObject({ weight: 300, terminal: true });
        await under.clock.advance(DURATION_MS);
        expect((await origin(east)).weight).toBe(300);
        expect(under.accepted()).toEqual([west.toLowerCase()]);
        stateOf(await control.begin(east, { weight: 8 }));
      });

      it.each([
        [429, RateLimitedError, { retryAfterMs: ASKED_WAIT_MS }],
        [500, UpstreamError, { status: 500, retryable: true }],
        [403, UpstreamError, { status: 403, retryable: false }],
      ])('a question refused with %d is thrown, and the same text asks again', async (status, kind, expected) => {
        const state = stateOf(await control.begin(west, { enabled: false }));
        await under.clock.advance(DURATION_MS);
        under.refuse('poll', status);
        const error = await control.poll(west, state).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(kind);
        expect(error).toMatchObject(expected);
        expect(await control.poll(west, state)).toEqual({ status: 'succeeded' });
        expect(under.accepted()).toHaveLength(1);
      });

      it('a write that the service ended is failed, and undone', async () => {
        const state = stateOf(await control.begin(west, { enabled: false }));
        under.end('failed');
        expect(await control.poll(west, state)).toMatchObject({ status: 'failed' });
        expect(await origin(west)).toMatchObject({ enabled: true, terminal: true });
        expect(await control.poll(west, state)).toMatchObject({ status: 'failed' });
      });

      it('a write that the service forgot is unknown', async () => {
        const state = stateOf(await control.begin(west, { enabled: false }));
        under.end('forgotten');
        expect(await control.poll(west, state)).toMatchObject({ status: 'unknown' });
        expect(await origin(west)).toMatchObject({ enabled: true, terminal: true });
      });

      it('a write that waits and is ended undoes nothing of the one before it', async () => {
        const first = stateOf(await control.begin(east, { weight: 7 }));
        stateOf(await control.begin(west, { weight: 9 }));
        const last = stateOf(await control.begin(west, { weight: 8 }));
        await under.clock.advance(DURATION_MS);
        expect(await control.poll(east, first)).toEqual({ status: 'succeeded' });
        under.end('failed');
        expect(await control.poll(west, last)).toMatchObject({ status: 'failed' });
        expect(await origin(west)).toMatchObject({ weight: 9, terminal: false });
      });

      it('a lost answer of a write that goes on is seen as going on', async () => {
        under.lose('applied');
        expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'unknown' });
        expect((await origin(west)).terminal).toBe(false);
        await under.clock.advance(DURATION_MS);
        expect(await origin(west)).toMatchObject({ enabled: false, terminal: true });
      });
    });
  });
}

/** A test that only some services can be held to. */
function itIf(applies: boolean, title: string, test: () => Promise<void> | void): void {
  if (applies) {
    it(title, test);
  }
}

function describeIf(applies: boolean, title: string, tests: () => void): void {
  if (applies) {
    describe(title, tests);
  }
}
