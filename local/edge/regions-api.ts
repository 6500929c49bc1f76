import * as z from 'zod';

import type { LocalRegion } from './origin-server.ts';

/** A region's entry at one edge, by the origin's name there. */
export interface PlacedRegion {
  readonly edge: string;
  readonly origin: string;
  readonly region: LocalRegion;
}

const PATH = /^\/_local\/regions(?:\/([^/]+))?$/;
const Switches = z.strictObject({
  healthy: z.boolean().exactOptional(),
  errorRate: z.number().min(0).max(1).exactOptional(),
  latencyMs: z.number().min(0).max(60_000).exactOptional(),
});

/**
 * `GET /_local/regions`: how each region is. `PUT /_local/regions/ORIGIN` with `{healthy?, errorRate?, latencyMs?}`
 * makes it so at every edge that has an origin of that name; what is not said stays.
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
  const named = regions.filter(({ origin }) => origin === decodeURIComponent(match[1] ?? ''));
  if (request.method !== 'PUT' || named.length === 0) {
    return new Response(null, { status: request.method === 'PUT' ? 404 : 405 });
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

function shown({ edge, origin, region }: PlacedRegion) {
  const { healthStatus, errorRate, latencyMs, isGateOpen } = region;
  return { edge, origin, healthy: healthStatus === 200, errorRate, latencyMs, gate: isGateOpen ? 'open' : 'closed' };
}
