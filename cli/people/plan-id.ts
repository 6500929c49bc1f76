import { PlanPage } from '../../shared/api/people/schemas.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';

/** A plan's id is a UUID. */
const WHOLE = 36;
/** Less than this would be a guess. */
const LEAST = 4;
/** Pages of plans that are looked through, newest first; older ones are named in full. */
const PAGES = 5;
const PAGE_SIZE = 100;

/**
 * The path of a plan that is named by its id or by the beginning of it, among the newest plans.
 * @throws ApiRefusal if none or several begin so.
 */
export async function planPath(client: PeopleClient, given: string): Promise<string> {
  const id = given.length >= WHOLE ? given : await wholeId(client, given.toLowerCase());
  return `plans/${encodeURIComponent(id)}`;
}

async function wholeId(client: PeopleClient, beginning: string): Promise<string> {
  const found = beginning.length < LEAST ? [] : await plansWith(client, beginning);
  const [id] = found;
  if (id === undefined) {
    const why = beginning.length < LEAST ? `give at least ${LEAST} of its digits` : 'reflex plans lists them';
    throw new ApiRefusal(404, 'no-such-plan', `no plan is known as ${beginning}: ${why}`);
  }
  if (found.length > 1) {
    throw new ApiRefusal(409, 'ambiguous-plan', `${beginning} is how ${found.join(' and ')} begin: give more digits`);
  }
  return id;
}

async function plansWith(client: PeopleClient, beginning: string): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(after === undefined ? {} : { after }) });
    const { plans, next } = await client.get(`plans?${query.toString()}`, PlanPage);
    found.push(...plans.map(({ id }) => id).filter((id) => id.startsWith(beginning)));
    if (next === undefined) {
      break;
    }
    after = next;
  }
  return found;
}
