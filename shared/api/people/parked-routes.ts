import { ParkedQuery, ParkedView } from './parked-schemas.ts';
import { json, READERS, route, type Route } from './route.ts';

/** What could not be used, and why; and whom nobody let in. */
export const PARKED_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'parked',
    operation: 'listParked',
    summary:
      'What was parked on one day: not understood, not from the fleet, or from somebody who may not say it; and what was refused at the door',
    roles: READERS,
    query: ParkedQuery,
    answers: { 200: { description: 'counts, and some of the items', schema: ParkedView } },
    answer: async ({ query: { day, code, limit } }, { parking, refused, clock }) => {
      const asked = day ?? clock.now().toISOString().slice(0, 10);
      const found = await parking.day(asked, { ...(code === undefined ? {} : { code }), most: limit });
      return json(200, { day: asked, ...found, refused: await refused.day(asked) });
    },
  }),
];
