import * as z from 'zod';

import type { LocalRegion } from './origin-server.ts';

/** A region's entry at one edge, by the origin's name there. */
export interface PlacedRegion {
  readonly edge: string;
  readonly origin: string;
  /** Canonical name of the region that it stands in. */
  readonly place: string;
  readonly region: LocalRegion;
}

const PATH = /^\/_local\/regions(?:\/([^/]+))?$/;
const Switches = z.strictObject({
  healthy: z.boolean().exactOptional(),
  errorRate: z.number().min(0).max(1).exactOptional(),
  latencyMs: z.number().min(0).max(60_000).exactOptional(),
});

/**
 * `GET /_local/regions`: how each region is. `PUT /_local/regions/NAME` with `{healthy?, errorRate?, latencyMs?}`
 * makes it so at every edge that has an origin of that name, or origins in a region of that name; what is not said stays.
 *
 * @returns undefined for any other path.
 */
export async function answerRegions(request: Request, regions: readonly PlacedRegion[]): Promise<Response | undefined> {
  const match = PATH.exec(new URL(request.url).pathname);
  if (match === null) {
    return undefined;
  }
  if (request.method === 'GET') {
    return Response.json({ regions: regions.map(shown) });
  }
  if (request.method !== 'PUT') {
    return new Response(null, { status: 405 });
  }
  const named = called(decodeURIComponent(match[1] ?? ''), regions);
  if (named.length === 0) {
    const known = [...new Set(regions.flatMap(({ origin, place }) => [origin, place]))].toSorted().join(', ');
    return Response.json({ message: `no origin and no region is called so; there are ${known}` }, { status: 404 });
  }
  const asked = Switches.safeParse(await request.json().catch(() => undefined));
  if (!asked.success) {
    return Response.json({ message: z.prettifyError(asked.error) }, { status: 422 });
  }
  const { healthy, errorRate, latencyMs } = asked.data;
  for (const { region } of named) {
    region.healthStatus = healthy === undefined ? region.healthStatus : healthy ? 200 : 503;
    region.errorRate = errorRate ?? region.errorRate;
    region.latencyMs = latencyMs ?? region.latencyMs;
  }
  return Response.json({ regions: named.map(shown) });
}

/** By the origin's name, or by its region's. */
function called(name: string, regions: readonly PlacedRegion[]): readonly PlacedRegion[] {
  const byOrigin = regions.filter(({ origin }) => origin === name);
  return byOrigin.length > 0 ? byOrigin : regions.filter(({ place }) => place === name.toLowerCase());
}

function shown({ edge, origin, place, region }: PlacedRegion) {
  const { healthStatus, errorRate, latencyMs, isGateOpen } = region;
  return {
    edge,
    origin,
    place,
    healthy: healthStatus === 200,
    errorRate,
    latencyMs,
    gate: isGateOpen ? 'open' : 'closed',
  };
}
