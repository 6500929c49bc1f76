import * as z from 'zod';

import type { Described, Route } from './route.ts';
import { COMPONENTS, Problem } from './schemas.ts';

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'not understood',
  401: 'the token proves nothing',
  403: 'the token proves somebody who may not',
  404: 'not found',
  409: 'not as it stands now',
  410: 'too late',
  413: 'too large',
  503: 'not now: try again',
};

/** OpenAPI 3.1 of routes, from the very schemas that requests are checked by. */
export function openApi(routes: readonly Route[]): object {
  const paths = Map.groupBy(routes, ({ path }) => `/${path}`);
  return {
    openapi: '3.1.0',
    info: {
      title: 'aks-reflex',
      version: 'v1',
      description:
        'Plans, commands and the kill switch. People call with a delegated Entra token; an application never may.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ entra: [] }],
    paths: Object.fromEntries(
      [...paths].map(([path, there]) => [
        path,
        Object.fromEntries(there.map((one) => [one.method.toLowerCase(), operationOf(one)])),
      ]),
    ),
    components: {
      securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: Object.fromEntries(
        Object.entries(COMPONENTS).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
      ),
    },
  };
}

function operationOf(one: Route): object {
  const { operation, summary, roles, body, answers } = one;
  const responses = [
    ...Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)] as const),
    ...refusalsOf(one).map((status) => [String(status), problemOf(status)] as const),
  ];
  return {
    operationId: operation,
    summary,
    ...(roles.length === 0 ? { security: [] } : { description: `Needs the role ${roles.join(' or ')}.` }),
    parameters: parametersOf(one),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } } }),
    responses: Object.fromEntries(responses),
  };
}

function refusalsOf({ roles, query, body, path, refusals = [] }: Route): readonly number[] {
  const all = [
    ...(query === undefined && body === undefined ? [] : [400]),
    ...(roles.length === 0 ? [] : [401, 403, 503]),
    ...(path.includes('{') ? [404] : []),
    ...(body === undefined ? [] : [413]),
    ...refusals,
  ];
  return [...new Set(all)].toSorted((a, b) => a - b);
}

/** What is taken once for each Idempotency-Key. */
const COMMANDS: readonly string[] = ['giveCommand', 'giveImageCommand'];

function parametersOf({ path, query, method, operation }: Route): readonly object[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const asked = query === undefined ? {} : jsonSchema(query, 'input');
  const members = Object.entries((asked['properties'] ?? {}) as Readonly<Record<string, object>>);
  const needed = (asked['required'] ?? []) as readonly string[];
  const key = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 128 } };
  return [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...members.map(([name, schema]) => ({
      ...{ name, in: 'query' },
      ...(needed.includes(name) ? { required: true } : {}),
      schema,
    })),
    ...(method === 'POST' && COMMANDS.includes(operation) ? [key] : []),
  ];
}

function responseOf({ description, schema }: Described): object {
  return schema === undefined
    ? { description }
    : { description, content: { 'application/json': { schema: referenceTo(schema) } } };
}

function problemOf(status: number): object {
  return {
    description: REFUSALS[status] ?? 'refused',
    content: { 'application/problem+json': { schema: referenceTo(Problem) } },
  };
}

function referenceTo(schema: z.ZodType): object {
  const name = Object.keys(COMPONENTS).find((one) => COMPONENTS[one] === schema);
  return name === undefined ? jsonSchema(schema, 'output') : { $ref: `#/components/schemas/${name}` };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  return $schema === undefined ? {} : rest;
}
