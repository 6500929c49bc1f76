import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { clusterAlert, clusterId, edgeId, failoverFleet, FailoverStack } from './failover-stack.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 600_000;
const EDGES = Array.from({ length: 12 }, (_, index) => `edge-${String(index + 1).padStart(2, '0')}`);
/** The local edge's clients send twenty requests a second to all edges together, and half of them to each region. */
const REQUESTS = 20;
const PER_EDGE_AND_REGION = REQUESTS / EDGES.length / 2;
/** One node of the survivor, a fifth of which stays free: room for its own ten requests a second and three edges' more. */
const PER_NODE = 16;
const USABLE = PER_NODE * 0.8;
/** What is measured of random requests is never exact. */
const TOLERANCE = 0.3;

describe('twelve edges over one sick region and one survivor', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    const signals = { quorum: 1, external: false, recoverHold: '10m', sources: ['alerts'] };
    const edges = EDGES.map((name, index) => [name, { priority: index + 1, signals }] as const);
    stack = await FailoverStack.start(failoverFleet(Object.fromEntries(edges), { perNode: PER_NODE }));
    await stack.patch(`${clusterId('neu')}/agentPools/user`, { count: 1 });
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** Edges that are drained, or are said to be kept back for want of room. */
  async function drained(): Promise<readonly string[]> {
    const writes = await stack.writes();
    const isOf = (edge: string, id: string): boolean => id.startsWith(`${edgeId(edge).toLowerCase()}/`);
    return EDGES.filter((edge) => writes.some(({ id, verb }) => verb === 'PATCH' && isOf(edge, id)));
  }

  /** Requests a second that the survivor answers, by asking every edge as its clients do. */
  async function survivorAnswers(): Promise<number> {
    let sum = 0;
    for (const edge of EDGES) {
      sum += (await stack.shares(edge)).get(`${edge}-neu`) ?? 0;
    }
    return (sum / EDGES.length) * REQUESTS;
  }

  it('drain as many as the survivor can carry, the most important first, and call people about the others', async () => {
    await stack.alert(clusterAlert('weu', 'Fired'));
    await until(async () => ((await drained()).length > 0 ? true : undefined));
    // Whatever else is to be written is written by then: every edge has been looked at again.
    const paged = await until(async () => {
      await stack.tick();
      const about = (await stack.pages()).filter((page) => JSON.stringify(page).includes('insufficient-capacity'));
      return about.length > 0 && about.length + (await drained()).length >= EDGES.length ? about : undefined;
    });

    const moved = await drained();
    expect(moved).toEqual(EDGES.slice(0, moved.length));
    expect(paged).toHaveLength(EDGES.length - moved.length);
    expect(JSON.stringify(paged)).toMatch(
      /edge-\d\d-neu would get [\d.]+ requests a second and may get [\d.]+: add room/,
    );
    const carried = (EDGES.length + moved.length) * PER_EDGE_AND_REGION;
    expect(carried).toBeLessThanOrEqual(USABLE + TOLERANCE);
    expect(carried).toBeGreaterThan(EDGES.length * PER_EDGE_AND_REGION);
    for (const edge of moved) {
      await stack.servedBy(edge, `${edge}-neu`);
    }
    // A sample: what is usable would be too narrow a limit, and what a node can do is none for all twelve.
    expect(await survivorAnswers()).toBeLessThan(PER_NODE);
    expect(await survivorAnswers()).toBeGreaterThan(REQUESTS / 2);
  });
});
