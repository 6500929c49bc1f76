import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '../../shared/domain/json.ts';
import type { Endpoints } from '../endpoints.ts';
import { regionAlerts, RULES } from './region-alerts.ts';
import { StackClient } from './stack-client.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 100;
/** Demo people: who may look, and who may say yes. */
const [READER, APPROVER] = ['rita', 'bob'];

export interface FailoverTourOptions {
  readonly endpoints: Endpoints;
  /** Name of an edge of the fleet with two origins or more. */
  readonly edge: string;
  readonly say: (line: string) => void;
}

/** One edge, the region that will be lost, and what is watched there. */
interface Scene {
  readonly client: StackClient;
  readonly edge: string;
  readonly id: string;
  readonly lost: { readonly name: string; readonly id: string; readonly cluster: string };
  /** Names of all origins, in order. */
  readonly origins: readonly string[];
  /** Ends the names of this tour's alerts: a resolved alert does not fire again. */
  readonly run: string;
  readonly say: (line: string) => void;
}

/**
 * Lets a region go bad, sends the two alerts that a monitor would send, and shows what follows: the drain, the edge,
 * the plan for the way back, its approval, and that everything is as it was.
 *
 * @returns true if one write drained the region, one brought it back, and Front Door has the same document as before.
 */
export async function playFailover({ endpoints, edge, say }: FailoverTourOptions): Promise<boolean> {
  const placed = endpoints.edge.edges[edge];
  const [lost, ...others] = Object.entries(placed?.origins ?? {}).toReversed();
  if (placed === undefined || lost === undefined || others.length === 0) {
    say(`tour: the fleet has no edge ${edge} with two origins`);
    return false;
  }
  const client = new StackClient(() => endpoints);
  const origins = Object.keys(placed.origins).toSorted();
  const scene = {
    client,
    edge,
    id: placed.id,
    lost: { name: lost[0], ...lost[1] },
    origins,
    run: `${Date.now()}`,
    say,
  };
  say(`\nregion    ${origins.join(' and ')} serve ${endpoints.edge.url}/${edge}/`);
  const before = await client.properties(scene.lost.id);
  const writes = (await client.writesBelow(scene.id)).length;
  const isBack = (await drain(scene)) && (await bringBack(scene, before));
  const written = (await client.writesBelow(scene.id)).length - writes;
  if (isBack) {
    say(`exact     ${scene.lost.name} is what it was, after ${written} writes  (${endpoints.arm.url}/_local/faults)`);
  }
  return isBack && written === 2;
}

async function drain(scene: Scene): Promise<boolean> {
  const { client, edge, id, lost, origins, say } = scene;
  const before = (await client.writesBelow(id)).length;
  await client.switchRegion(lost.name, { healthy: false, errorRate: 1 });
  say(`bad       ${lost.name}: probes and requests fail`);
  await sendBoth(scene, 'Fired');
  const began = performance.now();
  const write = await until(async () => (await client.writesBelow(id))[before]);
  if (write === undefined) {
    say(`tour: no write to Front Door within ${PATIENCE_MS / 1000} s`);
    return false;
  }
  say(
    `drain     PATCH ${shortOf(write.id)} ${JSON.stringify(write.set)}  ${secondsSince(began)} after the second alert`,
  );
  const rest = origins.filter((name) => name !== lost.name);
  const isOut = await until(async () => (isDeepStrictEqual(await client.serving(edge), rest) ? true : undefined));
  say(
    isOut === true
      ? `edge      ${rest.join(', ')} alone, after ${secondsSince(began)}`
      : 'tour: the edge still uses it',
  );
  return isOut === true;
}

async function bringBack(scene: Scene, before: JsonObject): Promise<boolean> {
  const { client, edge, lost, origins, say } = scene;
  await client.switchRegion(lost.name, { healthy: true, errorRate: 0 });
  say(`well      ${lost.name}: probes and requests succeed`);
  await sendBoth(scene, 'Resolved');
  const plan = await until(async () => await waitingPlan(scene));
  if (plan === undefined) {
    say(`tour: no plan for the way back within ${PATIENCE_MS / 1000} s`);
    return false;
  }
  say(`plan      ${plan.id} waits: ${plan.titles.join('; ')}`);
  const [status] = await client.call('POST', `plans/${plan.id}/approve`, APPROVER, { digest: plan.digest });
  say(`approved  by ${APPROVER}: ${status}  (digest ${plan.digest.slice(0, 12)})`);
  const isBack = await until(async () => {
    const isServed = isDeepStrictEqual(await client.serving(edge), origins);
    return isServed && isDeepStrictEqual(await client.properties(lost.id), before) ? true : undefined;
  });
  say(isBack === true ? `edge      ${origins.join(', ')} again` : `tour: ${lost.name} is not what it was`);
  return isBack === true;
}

async function sendBoth({ client, id, lost, run, say }: Scene, state: 'Fired' | 'Resolved'): Promise<void> {
  for (const alert of regionAlerts({ ...lost, edge: id }, run, state)) {
    await client.alert(alert);
  }
  say(`alerts    ${RULES}: ${state.toLowerCase()}`);
}

interface WaitingPlan {
  readonly id: string;
  readonly digest: string;
  readonly titles: readonly string[];
}

async function waitingPlan({ client, id }: Scene): Promise<WaitingPlan | undefined> {
  const [, { plans }] = await client.call('GET', `plans?state=waiting&target=${encodeURIComponent(id)}`, READER);
  return (plans as unknown as readonly WaitingPlan[])[0];
}

/** @returns undefined if it does not come. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    await delay(POLL_MS);
  }
  return undefined;
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function shortOf(id: string): string {
  return id.split('/').slice(-4).join('/');
}
