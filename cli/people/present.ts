import { EdgeList, EdgeView, KillSwitch } from '../../shared/api/people/schemas.ts';
import { ApiRefusal, NoConnection, type PeopleClient } from './client.ts';
import type { Edge } from './edge-text.ts';
import { isAgreed, isOver, type Plan, type Present } from './plan-text.ts';

/** Whether the kill switch keeps a plan that is agreed to from beginning. */
export async function stopOf(client: PeopleClient, plan: Plan): Promise<Pick<Present, 'isStopped'>> {
  const told = isAgreed(plan) ? await ifAnswered(() => client.get('kill-switch', KillSwitch)) : undefined;
  return told === undefined ? {} : { isStopped: told.on };
}

/** That nothing is written at present, for whoever reads what would be. */
export async function stopLines(client: PeopleClient): Promise<readonly string[]> {
  const told = await ifAnswered(() => client.get('kill-switch', KillSwitch));
  return told?.on === true ? ['the kill switch is on: nothing is written (`reflex kill-switch`)'] : [];
}

/** All that a reader of the plan is to know beside it. */
export async function presentOf(client: PeopleClient, plan: Plan): Promise<Present> {
  const edge = isOver(plan) ? undefined : await ifAnswered(() => edgeAbout(client, plan));
  return { ...(await stopOf(client, plan)), who: client.who, ...(edge === undefined ? {} : { edge }) };
}

async function edgeAbout(client: PeopleClient, { target }: Plan): Promise<Edge | undefined> {
  // Branches are no resources of Azure, and no edges.
  const { edges } = target.startsWith('/') ? await client.get('edges', EdgeList) : { edges: [] };
  const found = edges.find(({ id }) => id === target);
  return found === undefined ? undefined : await client.get(`edges/${encodeURIComponent(found.name)}`, EdgeView);
}

/** What is asked for, or undefined if the API refuses it or cannot be reached. */
export async function ifAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiRefusal || error instanceof NoConnection) {
      return undefined;
    }
    throw error;
  }
}
