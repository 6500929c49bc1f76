import * as z from 'zod';

import type { TagPolicy } from '../shared/domain/image/policy.ts';
import { describeIssues } from './json-question.ts';

/** Patterns beside a policy. */
export const Patterns = z.array(z.string()).exactOptional();
const Order = z.string().exactOptional();
const Shared = z.object({
  allow: Patterns,
  ignore: Patterns,
  filterTags: z.object({ pattern: z.string(), extract: z.string().exactOptional() }).exactOptional(),
  reflection: z
    .enum(['Never', 'IfNotPresent', 'Always', 'digest-strategy'])
    .transform((word) => (word === 'digest-strategy' ? 'Always' : word))
    .exactOptional(),
});
const Policy = z.discriminatedUnion('kind', [
  Shared.extend({ kind: z.literal('semver'), range: z.string(), loose: z.boolean().exactOptional() }),
  Shared.extend({ kind: z.enum(['alphabetical', 'numerical']), order: Order }),
  Shared.extend({ kind: z.enum(['newest-build', 'variant', 'digest']) }),
  Shared.extend({
    kind: z.literal('bump'),
    level: z.enum(['all', 'major', 'minor', 'patch']),
    matchPreRelease: z.boolean().exactOptional(),
  }),
]);
/** A tag by its name alone, or with what the registry says of it. */
export const Tag = z.union([
  z.string().transform((name) => ({ name })),
  z.object({ name: z.string(), createdAt: z.string().exactOptional(), digest: z.string().exactOptional() }),
]);
/** What stands in Git or runs. */
export const Current = z.object({ tag: z.string().exactOptional(), digest: z.string().exactOptional() });

interface GivenPolicy {
  readonly policy?: unknown;
  readonly allow?: readonly string[];
  readonly ignore?: readonly string[];
}

/** A question's policy, or what is wrong with it. */
export function readPolicy({
  policy: given,
  allow,
  ignore,
}: GivenPolicy): { readonly policy: TagPolicy } | { readonly problem: string } {
  const policy = Policy.safeParse(given);
  return policy.success
    ? {
        policy: {
          ...policy.data,
          ...(allow === undefined ? {} : { allow }),
          ...(ignore === undefined ? {} : { ignore }),
        },
      }
    : { problem: `policy: ${describeIssues(policy.error)}` };
}
