import { z } from 'zod';

import { parseResourceId, type ResourceId } from '../domain/azure/resource-id.ts';
import { isUnset, parseInstant } from './instant.ts';

/** Marks the issue of a value that is well formed but that nobody listed: the signal is unknown, not rejected. */
export const UNLISTED = 'unlisted';

/** Of free text, in characters. */
export const MAX_TEXT = 16 * 1024;
/** ARM ids with names that `parseResourceId` is too strict for: alert rules may have blanks in theirs. */
const ARM_PATH = /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/[^/?#%\\\p{Cc}]+)*\/?$/iu;
const KUBERNETES_VERSION = /^\d{1,3}\.\d{1,3}(?:\.\d{1,4})?(?:-[A-Za-z0-9.-]{1,64})?$/;
/** https://learn.microsoft.com/azure/aks/create-node-pools: lower-case letters and digits, a letter first, 12 at most. */
const NODE_POOL = /^[a-z][a-z0-9]{0,11}$/;

/** Free text of the sender: never a path, a command or an instruction. */
export const text = z.string().max(MAX_TEXT);

/** Text that must say something. */
export const name = z.string().min(1).max(512);

export const kubernetesVersion = z.string().regex(KUBERNETES_VERSION, 'is not a Kubernetes version');

export const nodePoolName = z
  .string()
  .regex(NODE_POOL, 'is not a node pool name (a-z, 0-9, a letter first, 12 at most)');

export const resourceId = z.string().transform((written, context): ResourceId => {
  return parseResourceId(written) ?? refuse(context, 'is not an ARM id');
});

/** An ARM id of any kind, as written, free of `..`, query and fragment. */
export const armPath = z
  .string()
  .max(2048)
  .refine((written) => ARM_PATH.test(written) && !/\/\.{1,2}(?:\/|$)/.test(written), 'is not an ARM id');

export const instant = z.string().transform((written, context): Date => {
  return parseInstant(written) ?? refuse(context, 'is not a time (RFC 3339)');
});

/** A time that may be missing, null, empty or `0001-01-01`, all of which mean: not set. */
export const instantOrUnset = z
  .string()
  .nullish()
  .transform((written, context): Date | undefined => {
    if (written === undefined || written === null || written === '') {
      return undefined;
    }
    const parsed = parseInstant(written);
    if (parsed === undefined) {
      return refuse(context, 'is not a time (RFC 3339)');
    }
    return isUnset(parsed) ? undefined : parsed;
  });

/** A field that may be missing; null means missing. */
export function optional<Output>(schema: z.ZodType<Output>): z.ZodType<Output | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/**
 * One of the values that Azure documents, whatever its case, blanks and dashes.
 *
 * @param spellings - wire form, folded, to the form that we use.
 */
export function listed<Value extends string>(spellings: Readonly<Record<string, Value>>): z.ZodType<Value> {
  const known = new Map(Object.entries(spellings));
  return name.transform((written, context): Value => {
    const value = known.get(fold(written));
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: 'is a value that nobody listed', params: { [UNLISTED]: true } });
      return z.NEVER;
    }
    return value;
  });
}

/** Lower case without blanks: Azure writes `Activity Log` and `ActivityLog` for one thing. */
export function fold(written: string): string {
  return written.toLowerCase().replaceAll(' ', '');
}

/** To be returned at once: zod drops the value, which is no value of any type. */
function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same object without the members that are undefined. */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}
