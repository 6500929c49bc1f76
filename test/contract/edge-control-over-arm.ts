import type { CdnManagementClientOptionalParams } from '@azure/arm-cdn';
import { describe, expect, it } from 'vitest';

import type { ArmFault } from '../../local/arm/arm-faults.ts';
import { LocalArm, type LocalArmOptions } from '../../local/arm/local-arm.ts';
import { inProcess } from '../../local/http/in-process.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import type { EdgeControl, EdgeRoutes, OriginChange } from '../../shared/ports/edge-control.ts';
import { ASKED_WAIT_MS, type EdgeUnderTest } from './edge-control.ts';

/** What both SDKs' clients take. */
export interface ArmClient {
  readonly credential: { getToken: () => Promise<{ token: string; expiresOnTimestamp: number }> };
  readonly httpClient: NonNullable<CdnManagementClientOptionalParams['httpClient']>;
}

/** A service of ARM, as its double plays it and its SDK asks. */
export interface ArmEdge {
  readonly edge: string;
  readonly west: string;
  readonly seed: (arm: LocalArm) => void;
  readonly control: (client: ArmClient) => EdgeControl & EdgeRoutes;
  /** Properties that a change sets. */
  readonly properties: (change: OriginChange) => Record<string, string | number>;
  /** What a fault names for each call of the port. */
  readonly on: Readonly<Record<'read' | 'begin' | 'poll', string>>;
}

/** The edge under test with what is seen of its wire. */
export interface ArmEdgeUnderTest extends EdgeUnderTest {
  readonly control: EdgeControl & EdgeRoutes;
  readonly arm: LocalArm;
  /** Requests so far: `PATCH /path {"properties":{}}`. */
  readonly requests: readonly string[];
}

/** The real SDK's client over the double, in process and in virtual time. */
export function openArmEdge(service: ArmEdge, options: Partial<LocalArmOptions> = {}): ArmEdgeUnderTest {
  const clock = new VirtualClock();
  const arm = new LocalArm({ clock, random: new SeededRandom(7), ...options });
  service.seed(arm);
  const requests: string[] = [];
  let lost: 'applied' | 'not-applied' | undefined;
  const httpClient = inProcess(async (request) => {
    const body = await request.clone().text();
    requests.push(`${request.method} ${new URL(request.url).pathname} ${body}`.trim());
    if (request.method !== 'PATCH' || lost === undefined) {
      return await arm.handler(request);
    }
    if (lost === 'applied') {
      await arm.handler(request);
    }
    lost = undefined;
    throw new TypeError('fetch failed');
  });
  const credential = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };
  const open = (): EdgeControl & EdgeRoutes => service.control({ credential, httpClient });
  const set = (fault: ArmFault): void => arm.faults.add(fault);
  return {
    arm,
    requests,
    clock,
    control: open(),
    reopen: open,
    accepted: () => arm.accepted.map(({ id }) => id),
    change: (origin, change) => arm.change(origin, service.properties(change)),
    refuse: (on, status) => {
      const headers = status === 429 ? { headers: { 'retry-after': String(ASKED_WAIT_MS / 1000) } } : {};
      set({ on: service.on[on], status, ...headers });
    },
    lose: (as) => {
      lost = as;
    },
    end: (as) =>
      set(
        as === 'failed'
          ? { on: service.on.poll, body: { status: 'Failed', error: { code: 'BadRequest', message: 'boom' } } }
          : { on: service.on.poll, status: 404, applied: false },
      ),
  };
}

/** What both adapters make of the wire; every case is one call that is answered badly. */
export function describeOverArm(name: string, service: ArmEdge): void {
  const { edge, west, on } = service;

  async function begin(fault: Omit<ArmFault, 'on'>) {
    const under = openArmEdge(service);
    under.arm.faults.set([{ on: on.begin, ...fault }]);
    const result = await under.control.begin(west, { enabled: false }).catch((error: unknown) => error);
    return { result, ...under };
  }

  async function read(fault: Omit<ArmFault, 'on'>) {
    const under = openArmEdge(service);
    under.arm.faults.set([{ on: on.read, ...fault }]);
    return { result: await under.control.read(edge).catch((error: unknown) => error), ...under };
  }

  describe(`${name} on the wire`, () => {
    it.each<[string, Record<string, string>, number]>([
      ['in seconds', { 'retry-after': '372' }, 372_000],
      ['as a date', { 'retry-after': 'Mon, 05 Jan 2026 08:01:30 GMT' }, 90_000],
      [
        "as a date, by the service's own clock",
        { 'retry-after': 'Tue, 06 Jan 2026 00:00:05 GMT', date: 'Tue, 06 Jan 2026 00:00:00 GMT' },
        5_000,
      ],
      ['in milliseconds', { 'retry-after-ms': '1500' }, 1_500],
      ["in Azure's milliseconds", { 'x-ms-retry-after-ms': '2500' }, 2_500],
      ['twice: milliseconds count', { 'retry-after': '9', 'retry-after-ms': '1500' }, 1_500],
      ['not at all', {}, 10_000],
      ['as nonsense', { 'retry-after': 'soon' }, 10_000],
      ['as nothing', { 'retry-after': '0' }, 10_000],
      ['as never', { 'retry-after': 'Infinity' }, 10_000],
      ['as a date that has passed', { 'retry-after': 'Mon, 05 Jan 2026 07:00:00 GMT' }, 10_000],
    ])('a wait named %s', async (_, headers, retryAfterMs) => {
      const write = await begin({ status: 429, headers });
      expect(write.result).toMatchObject({ code: 'REFLEX_RATE_LIMITED', retryAfterMs });
      expect(write.requests).toHaveLength(1);
      expect((await read({ status: 429, headers })).result).toMatchObject({
        code: 'REFLEX_RATE_LIMITED',
        retryAfterMs,
      });
    });

    it('a date without the date of its answer counts for nothing', async () => {
      const retryAfter = 'Mon, 05 Jan 2026 08:01:30 GMT';
      const { result } = await begin({ status: 429, headers: { 'retry-after': retryAfter, date: 'unknown' } });
      expect(result).toMatchObject({ retryAfterMs: 10_000 });
    });

    it.each([
      [400, 'REFLEX_UPSTREAM'],
      [403, 'REFLEX_UPSTREAM'],
      [404, 'REFLEX_NOT_FOUND'],
      [409, 'REFLEX_RESOURCE_BUSY'],
    ])('a refusal with %d keeps the words of the service in its cause', async (status, code) => {
      const { result, arm, requests } = await begin({ status });
      expect(result).toMatchObject({ code, cause: { statusCode: status, message: expect.any(String) as string } });
      expect((result as { cause: Error }).cause.message).not.toBe('');
      expect(requests).toHaveLength(1);
      expect(arm.accepted).toEqual([]);
    });

    it.each(['Operation was canceled.', 'The long-running operation has failed.'])(
      'a refusal that says %j is one of the write, not of an operation',
      async (message) => {
        const { result } = await begin({ status: 400, body: { error: { code: 'BadRequest', message } } });
        expect(result).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 400 });
      },
    );

    it.each([408, 500, 502, 503, 504])('a write answered with %d is unknown, and is not repeated', async (status) => {
      for (const applied of [true, false]) {
        const { result, arm, requests } = await begin({ status, applied, body: '<html>Bad Gateway</html>' });
        expect(result).toMatchObject({ status: 'unknown' });
        expect(requests.filter((line) => line.startsWith('PATCH '))).toHaveLength(1);
        expect(arm.accepted).toHaveLength(applied ? 1 : 0);
      }
    });

    it('a gateway that answers a read in HTML has failed', async () => {
      const { result, requests } = await read({ status: 502, body: '<html>Bad Gateway</html>' });
      expect(result).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502, retryable: true });
      expect(requests).toHaveLength(1);
    });

    it.each([
      ['HTML', { 'content-type': 'text/html' }],
      ['broken JSON', { 'content-type': 'application/json' }],
    ])('%s that says 200 is no answer', async (_, headers) => {
      const body = '<html>Welcome';
      expect((await begin({ status: 200, applied: true, headers, body })).result).toMatchObject({ status: 'unknown' });
      expect((await read({ status: 200, headers, body })).result).toMatchObject({ status: 502, retryable: true });
    });

    it('sends the one field that it is about', async () => {
      const { control, requests } = openArmEdge(service);
      await control.begin(west, { weight: 42 });
      await control.begin(west, { enabled: false });
      const sent = requests.filter((line) => line.startsWith('PATCH ')).map((line) => line.replace(/^\S+ \S+ /, ''));
      expect(sent.map((text) => JSON.parse(text) as object)).toEqual([
        { properties: service.properties({ weight: 42 }) },
        { properties: service.properties({ enabled: false }) },
      ]);
    });

    it('a token that does not count is refused, and nothing is written', async () => {
      const { control, accepted } = openArmEdge(service, { accepts: () => Promise.resolve(false) });
      await expect(control.begin(west, { enabled: false })).rejects.toMatchObject({ status: 401, retryable: false });
      await expect(control.read(edge)).rejects.toMatchObject({ status: 401 });
      expect(accepted()).toEqual([]);
    });
  });
}
