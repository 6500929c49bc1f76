import type { z } from 'zod';

import { UNLISTED } from './fields.ts';

/** A part of a signal, or why there is none. */
export type Read<Value> =
  | { readonly outcome: 'known'; readonly value: Value }
  | { readonly outcome: 'unknown'; readonly reason: string }
  | {
      readonly outcome: 'rejected';
      readonly code: 'invalid-envelope' | 'invalid-data' | 'unsupported-version';
      readonly reason: string;
    };

/**
 * Checks a part of a signal against its schema.
 *
 * @param part - `data`, `essentials`, ...: what the reason names the fields by.
 * @returns `unknown` if all that is wrong are values that nobody listed.
 */
export function read<Value>(schema: z.ZodType<Value>, input: unknown, part: string): Read<Value> {
  const result = schema.safeParse(input);
  if (result.success) {
    return { outcome: 'known', value: result.data };
  }
  const { issues } = result.error;
  const worst = issues.find((issue) => !isUnlisted(issue)) ?? issues[0];
  const where = [part, ...(worst?.path ?? [])].map(String).join('.');
  const reason = `${where}: ${worst?.message ?? 'is malformed'}`;
  return worst !== undefined && isUnlisted(worst)
    ? { outcome: 'unknown', reason }
    : { outcome: 'rejected', code: 'invalid-data', reason };
}

function isUnlisted(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.[UNLISTED] === true;
}
