import { AUDIT_ROUTES } from './audit-routes.ts';
import { COMMAND_ROUTES } from './command-routes.ts';
import { CONTROL_ROUTES } from './control-routes.ts';
import { EDGE_ROUTES } from './edge-routes.ts';
import { IMAGE_COMMAND_ROUTES } from './image-command-routes.ts';
import { IMAGE_ROUTES } from './image-routes.ts';
import { openApi } from './open-api.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import { PARKED_ROUTES } from './parked-routes.ts';
import { PLAN_ROUTES } from './plan-routes.ts';
import { PLAN_WORDS } from './plan-words.ts';
import { PROGRESS_ROUTES } from './progress-routes.ts';
import { READINESS_ROUTES } from './readiness-routes.ts';
import { REPORT_ROUTES } from './report-routes.ts';
import { json, route, type Route } from './route.ts';
import { Health } from './schemas.ts';

/** Every operation of people's API. */
export const ROUTES: readonly Route[] = [
  ...PLAN_ROUTES,
  ...REPORT_ROUTES,
  ...PLAN_WORDS,
  ...COMMAND_ROUTES,
  ...CONTROL_ROUTES,
  ...EDGE_ROUTES,
  ...IMAGE_COMMAND_ROUTES,
  ...AUDIT_ROUTES,
  ...READINESS_ROUTES,
  ...PROGRESS_ROUTES,
  ...PAGE_ROUTES,
  ...PARKED_ROUTES,
  ...IMAGE_ROUTES,
  route({
    method: 'GET',
    path: 'health',
    operation: 'readHealth',
    summary: 'That the app answers at all; no token is needed',
    roles: [],
    answers: { 200: { description: 'it answers', schema: Health } },
    answer: () => Promise.resolve(json(200, { status: 'ok' })),
  }),
  route({
    method: 'GET',
    path: 'openapi.json',
    operation: 'readOpenApi',
    summary: 'This description; no token is needed',
    roles: [],
    answers: { 200: { description: 'OpenAPI 3.1' } },
    answer: () => Promise.resolve(json(200, openApiDocument())),
  }),
];

let description: object | undefined;

/** OpenAPI 3.1 of people's API; docs/openapi.json is the same. Made once: anybody may ask for it. */
export function openApiDocument(): object {
  description ??= openApi(ROUTES);
  return description;
}
