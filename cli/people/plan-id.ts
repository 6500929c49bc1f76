import { PlanPage } from '../../shared/api/people/plan-schemas.ts';
import type { PeopleClient } from './client.ts';
import { isWhole, knownAs, PLANS } from './known-as.ts';
import { newestWith } from './newest-with.ts';

/**
 * The path of a plan that is named by its id or by the beginning of it, among the newest plans.
 * @throws ApiRefusal if none or several begin so.
 */
export async function planPath(client: PeopleClient, given: string): Promise<string> {
  const id = isWhole(given, PLANS) ? given.toLowerCase() : (await knownAs(given, PLANS, plansOf(client))).id;
  return `plans/${encodeURIComponent(id)}`;
}

function plansOf(client: PeopleClient): (beginning: string) => Promise<readonly { readonly id: string }[]> {
  return async (beginning) =>
    await newestWith(beginning, async (query) => {
      const { plans: items, next } = await client.get(`plans?${query}`, PlanPage);
      return { items, next };
    });
}
