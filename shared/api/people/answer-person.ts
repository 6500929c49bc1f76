import type * as z from 'zod';

import { NotFoundError, PlanCommandError, ReflexError } from '../../errors.ts';
import type { Answer, ApiRequest } from '../../reflex.ts';
import { authenticatePerson, type Person } from '../authenticate.ts';
import { problem } from '../problem.ts';
import { refuseToken } from '../refuse-token.ts';
import type { Call, PeopleTools, Route } from './route.ts';
import { ROUTES } from './routes.ts';

/** The largest command is a fraction of this. */
const MAX_BODY_BYTES = 64 * 1024;
/** Who calls what needs no token. */
const NOBODY: Person = { objectId: '', roles: [], groups: [] };

const STATUS: Readonly<Record<PlanCommandError['reason'], number>> = {
  'no-such-plan': 404,
  'no-such-step': 404,
  'plan-changed': 409,
  'not-waiting': 409,
  'wrong-state': 409,
  'approval-expired': 410,
  'self-approval': 403,
};

/**
 * Answers a call of people's API: which route, who calls, whether they may, whether it can be understood, in this order.
 * The body of whoever is not let in stays unread.
 *
 * @returns the route's answer, or a problem with a stable code: 400, 401, 403, 404, 405, 409, 410, 413, or 503 while
 *   storage, the issuer's keys or the fleet cannot be had.
 */
export async function answerPerson(request: ApiRequest, tools: PeopleTools): Promise<Answer> {
  const found = find(request);
  if ('status' in found) {
    return found;
  }
  try {
    return await admit(request, found, tools);
  } catch (error) {
    return refusalOf(error, tools);
  }
}

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function find({ method, path }: ApiRequest): Found | Answer {
  const there = ROUTES.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });
  const found = there.find(({ route }) => route.method === method);
  if (found !== undefined) {
    return found;
  }
  const allow = there.map(({ route }) => route.method).join(', ');
  return allow === ''
    ? problem(404, 'REFLEX_NOT_FOUND', 'There is nothing here; openapi.json says what there is.')
    : problem(405, 'REFLEX_METHOD_NOT_ALLOWED', `Here ${allow} is understood.`, { allow });
}

function paramsOf(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = template.split('/');
  const segments = path.replace(/^\/|\/$/g, '').split('/');
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (segments.length !== wanted.length || segment === '' || (name === undefined && part !== segment)) {
      return undefined;
    }
    if (name !== undefined) {
      params[name] = segment;
    }
  }
  return params;
}

async function admit(request: ApiRequest, { route, params }: Found, tools: PeopleTools): Promise<Answer> {
  const by = route.roles.length === 0 ? NOBODY : await callerOf(request, route, tools);
  if ('status' in by) {
    return by;
  }
  // A length that is none says nothing: then the body itself is measured.
  const text = Number(request.contentLength) > MAX_BODY_BYTES ? undefined : await request.text();
  if (text === undefined || Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return problem(413, 'REFLEX_TOO_LARGE', `A body has at most ${MAX_BODY_BYTES} bytes.`);
  }
  const body = parseJson(text);
  if (body === undefined && route.body !== undefined) {
    return problem(400, 'REFLEX_INVALID_REQUEST', 'The body is not JSON.');
  }
  const query = route.query?.safeParse(request.query);
  const asked = route.body?.safeParse(body);
  const error = query?.error ?? asked?.error;
  if (error !== undefined) {
    return problem(400, 'REFLEX_INVALID_REQUEST', describe(error));
  }
  const { idempotencyKey } = request;
  const call: Call = { by, params, query: query?.data, body: asked?.data, idempotencyKey };
  return await route.answer(call, tools);
}

async function callerOf(request: ApiRequest, { roles }: Route, tools: PeopleTools): Promise<Person | Answer> {
  const { trust, log } = tools;
  if (trust.tenantId === '' || trust.clientId === '' || trust.clientApplicationId === '') {
    const names = 'REFLEX_TENANT_ID, REFLEX_CLIENT_ID or REFLEX_CLIENT_APP_ID';
    return problem(503, 'REFLEX_INVALID_SETTING', `${names} is not set: nobody can be let in.`);
  }
  const person = await authenticatePerson(request.authorization, trust, tools);
  if ('status' in person) {
    return await refuseToken(person, 'people', tools);
  }
  if (!roles.some((role) => person.roles.includes(role))) {
    log.warn('call refused', { status: 403, by: person.objectId, method: request.method });
    return problem(403, 'REFLEX_ROLE_MISSING', `This needs the role ${roles.join(' or ')}.`);
  }
  return { ...person, objectId: person.objectId.toLowerCase() };
}

/** Nothing at all is an empty object, for calls that need no word of explanation. */
function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length === 0 ? inWords(message) : `${path.join('.')}: ${inWords(message)}`))
    .join('; ');
}

function refusalOf(error: unknown, { log }: PeopleTools): Answer {
  if (error instanceof PlanCommandError) {
    return problem(STATUS[error.reason], error.code, error.message, {}, { reason: error.reason });
  }
  if (error instanceof NotFoundError) {
    return problem(404, error.code, error.message);
  }
  if (error instanceof ReflexError) {
    log.error('call not answered', { code: error.code, reason: error.message });
    return problem(503, error.code, 'Nothing was stored, or it cannot be told: read, then try again.', {
      'retry-after': '5',
    });
  }
  throw error;
}

/** The schema's words, where they would speak of JavaScript. */
function inWords(message: string): string {
  return message.replace(/^Invalid input: (expected .+), received undefined$/, 'missing, $1');
}
