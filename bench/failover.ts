import { setTimeout as delay } from 'node:timers/promises';

import { stringify } from 'yaml';

import type { Endpoints } from '../local/endpoints.ts';
import { metricAlert } from '../local/tour/metric-alert.ts';
import { StackClient } from '../local/tour/stack-client.ts';
import { withStack } from './local-stack.ts';
import { median, percentile } from './statistics.ts';

export interface FailoverBench {
  /** Drains whose first write is timed, one after another. */
  readonly drains: number;
  /** Pairs of edges, one with a gate, that are timed until nobody is served by the lost region. */
  readonly pairs: number;
  /** How long a write of Front Door takes, and until it shows at the edge afterwards, in seconds. */
  readonly frontDoorWrite: number;
  readonly frontDoorPropagation: number;
}

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/bench/providers';
const PATIENCE_MS = 600_000;
const POLL_MS = 100;
/** Between two drains: the first has been asked after, and the queue's polling has slowed down to its slowest. */
const PAUSE_MS = 8_000;
const WARM_MS = 15_000;

/** Alert to the first write, and alert to the last request that the lost region serves, with and without a gate. */
export async function benchFailover(options: FailoverBench): Promise<void> {
  const { drains, pairs, frontDoorWrite, frontDoorPropagation } = options;
  const names = Array.from({ length: drains }, (_, index) => `edge-${index + 1}`);
  console.log(
    `last needed vote (alert answered with 202) to the first PATCH at ARM, ${drains} drains, real queue polling`,
  );
  const writes = await withStack(
    { fleet: fleetOf(names, []) },
    async (endpoints) => await timeWrites(endpoints, names),
  );
  console.log(
    `p50 ${seconds(median(writes))}, p99 ${seconds(percentile(writes, 0.99))}, max ${seconds(Math.max(...writes))}`,
  );
  console.log(
    `alert to effective, ${pairs} pairs at once; Front Door: write ${frontDoorWrite} s, propagation ${frontDoorPropagation} s; ` +
      'probes every 5 s, 2 of 4 required',
  );
  const lists = { plain: numbered('plain', pairs), gated: numbered('gated', pairs) };
  const paced = [
    '--front-door-write',
    String(frontDoorWrite),
    '--front-door-propagation',
    String(frontDoorPropagation),
  ];
  const times = await withStack(
    { fleet: fleetOf(lists.plain, lists.gated), options: paced },
    async (endpoints) => await timeEffects(endpoints, lists),
  );
  const [plain, gated] = [median(times.plain), median(times.gated)];
  console.log('mechanism        median  ratio');
  console.log(`origin disable  ${seconds(plain).padStart(7)}  1.00`);
  console.log(`gate            ${seconds(gated).padStart(7)}  ${(gated / plain).toFixed(2)}`);
}

function numbered(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

/** Lets the minute's timer run once, as it has in any app that is up: then nothing of an edge is unknown any more. */
async function warmUp({ host }: Endpoints): Promise<void> {
  const headers = { 'x-functions-key': host.masterKey, 'content-type': 'application/json' };
  await fetch(`${host.url}/admin/functions/region-tick`, { method: 'POST', headers, body: '{}' });
  await delay(WARM_MS);
}

/** Each edge is a profile of its own, so that no write waits for another. */
function fleetOf(plain: readonly string[], gated: readonly string[]): string {
  const cluster = (region: string): object => ({
    resourceId: `${GROUP}/Microsoft.ContainerService/managedClusters/bench-${region}`,
    region,
    capacity: { perNode: 80 },
  });
  const edge = (name: string, gate: boolean): object => ({
    gate,
    frontDoor: { resourceId: profileOf(name), originGroup: 'apps' },
    origins: { [`${name}-weu`]: 'weu', [`${name}-neu`]: 'neu' },
    // Only alerts count: what is measured meanwhile is that all is well.
    signals: { quorum: 1, sources: ['alerts'] },
    mode: { drain: 'enforce', restore: 'observe' },
  });
  const named = [...plain.map((name) => [name, edge(name, false)]), ...gated.map((name) => [name, edge(name, true)])];
  return stringify({
    version: 1,
    fleet: 'bench',
    clusters: { weu: cluster('weu'), neu: cluster('neu') },
    edges: Object.fromEntries(named) as Record<string, object>,
  });
}

function profileOf(edge: string): string {
  return `${GROUP}/Microsoft.Cdn/profiles/${edge}`;
}

function alertOn(edge: string): object {
  const dimensions = { Origin: `${edge}-weu` };
  return metricAlert({ target: profileOf(edge), id: edge, rule: 'origin-health', state: 'Fired', dimensions });
}

/** Milliseconds from each alert's 202 to ARM's acceptance of the PATCH, both by this machine's clock. */
async function timeWrites(endpoints: Endpoints, edges: readonly string[]): Promise<readonly number[]> {
  const client = new StackClient(() => endpoints);
  const times: number[] = [];
  await warmUp(endpoints);
  for (const edge of edges) {
    // Somewhere in the polling interval, not always at the same place.
    await delay(PAUSE_MS + Math.random() * 1_000);
    await client.alert(alertOn(edge));
    const taken = Date.now();
    const { at } = await until(async () => (await client.writesBelow(profileOf(edge)))[0]);
    times.push(at - taken);
  }
  return times;
}

/** Milliseconds from each alert's 202 until the survivor alone serves the edge. */
async function timeEffects(
  endpoints: Endpoints,
  lists: Readonly<Record<'plain' | 'gated', readonly string[]>>,
): Promise<Readonly<Record<'plain' | 'gated', readonly number[]>>> {
  const client = new StackClient(() => endpoints);
  await warmUp(endpoints);
  const time = async (edge: string): Promise<number> => {
    await client.alert(alertOn(edge));
    const taken = performance.now();
    await until(async () => ((await client.serving(edge)).includes(`${edge}-weu`) ? undefined : true));
    return performance.now() - taken;
  };
  const [plain, gated] = await Promise.all([Promise.all(lists.plain.map(time)), Promise.all(lists.gated.map(time))]);
  const writes = await client.writesBelow();
  if (writes.length !== lists.plain.length) {
    throw new Error(`${writes.length} writes for ${lists.plain.length} edges without a gate`);
  }
  return { plain, gated };
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error('waited in vain');
    }
    await delay(POLL_MS);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
