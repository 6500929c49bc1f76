import * as z from 'zod';

import type { TagPolicy } from '../../domain/image/policy.ts';
import { compileFilter, type TagFilter } from '../../domain/image/tag-filter.ts';
import { parseRange } from '../../domain/image/version-range.ts';
import { InvalidPolicyError } from '../../errors.ts';

interface PolicyTextRule {
  readonly expected: string;
  /** Throws InvalidPolicyError: the policy's own parser is the grammar. */
  readonly read: (value: string) => unknown;
  readonly pattern: RegExp;
  readonly examples: readonly string[];
}

/** Text that a policy's own parser must take; its reason stands in the finding. */
function policyText({ expected, read, pattern, examples }: PolicyTextRule): z.ZodString {
  return z
    .string({ error: () => `expected ${expected}` })
    .refine((value) => whyNot(value, read) === undefined, {
      error: ({ input }) => `expected ${expected} (${whyNot(String(input), read) ?? ''})`,
      abort: true,
    })
    .meta({ pattern: pattern.source, description: expected, examples: [...examples] });
}

function whyNot(value: string, read: (value: string) => unknown): string | undefined {
  try {
    read(value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidPolicyError) {
      return error.message;
    }
    throw error;
  }
}

/** @public */
export const SemverRange = policyText({
  expected: 'a semver range such as >=1.4.0 <2.0.0, ~1.4 or 1.x',
  read: parseRange,
  // Only the characters.
  pattern: /^[0-9A-Za-z.+*<>=!~^|, -]{1,512}$/,
  examples: ['>=1.4.0 <2.0.0'],
});

const Pattern = policyText({
  expected: 'an RE2 pattern',
  read: (pattern) => compileFilter({ filterTags: { pattern } }),
  pattern: /^[\s\S]{0,1000}$/,
  examples: ['^main-[a-f0-9]+-(?P<ts>[0-9]+)$'],
});

const Order = z.enum(['asc', 'desc']).default('asc').meta({ description: 'asc: the last wins; desc: the first' });

/** One key for each kind; exactly one of them is there. */
const KINDS = {
  semver: z
    .strictObject({
      range: SemverRange,
      loose: z.boolean().default(false).meta({ description: 'tags of one or two parts (1.4) count too' }),
    })
    .meta({ description: 'the greatest version in a range' }),
  alphabetical: z.strictObject({ order: Order }).meta({ description: 'the last (or first) text in byte order' }),
  numerical: z.strictObject({ order: Order }).meta({ description: 'the greatest (or least) number, exactly' }),
  'newest-build': z.strictObject({}).meta({ description: 'the tag that was pushed last' }),
  bump: z
    .strictObject({
      level: z.enum(['all', 'major', 'minor', 'patch']),
      matchPreRelease: z.boolean().default(true).meta({ description: 'the text after the hyphen must stay the same' }),
    })
    .meta({ description: 'the greatest version above the one in Git, within a level' }),
  variant: z.strictObject({}).meta({ description: 'the greatest version with the suffix and parts of the one in Git' }),
  digest: z.strictObject({}).meta({ description: 'the tag in Git stays, its digest follows' }),
};
const KIND_NAMES = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

/** How an image's tag is chosen: one kind, and what narrows the tags for any kind. */
export const Policy = z
  .strictObject({
    semver: KINDS.semver.optional(),
    alphabetical: KINDS.alphabetical.optional(),
    numerical: KINDS.numerical.optional(),
    'newest-build': KINDS['newest-build'].optional(),
    bump: KINDS.bump.optional(),
    variant: KINDS.variant.optional(),
    digest: KINDS.digest.optional(),
    filterTags: z
      .strictObject({
        pattern: Pattern,
        extract: z
          .string()
          .max(1000)
          .optional()
          .meta({ description: 'what is ranked in the place of the tag: $name, ${1}' }),
      })
      .optional()
      .meta({ description: 'tags that count, by RE2 pattern' }),
    allow: z
      .array(Pattern)
      .max(50)
      .default([])
      .meta({ description: 'a tag must match one of these, if there are any' }),
    ignore: z.array(Pattern).max(50).default([]).meta({ description: 'a tag must match none of these' }),
    digestReflection: z
      .enum(['Never', 'IfNotPresent', 'Always'])
      .default('Always')
      .meta({ description: 'Always: a digest in Git follows the registry also while the tag stays' }),
  })
  .refine((policy) => kindsOf(policy).length === 1, {
    error: `expected exactly one of ${KIND_NAMES.join(', ')}`,
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

function kindsOf(policy: object): readonly (keyof typeof KINDS)[] {
  return KIND_NAMES.filter((kind) => Object.hasOwn(policy, kind));
}

/** The policy of a valid rule. */
export function tagPolicyOf(policy: z.infer<typeof Policy>): TagPolicy {
  const { filterTags, allow, ignore, digestReflection } = policy;
  const shared = {
    ...(allow.length === 0 ? {} : { allow }),
    ...(ignore.length === 0 ? {} : { ignore }),
    ...(filterTags === undefined ? {} : { filterTags: filterOf(filterTags) }),
    reflection: digestReflection,
  };
  const [kind = 'semver'] = kindsOf(policy);
  // The refinement has seen to it that this very key is there, and each kind's own schema to what it holds.
  return { ...shared, kind, ...policy[kind] } as TagPolicy;
}

function filterOf({
  pattern,
  extract,
}: {
  readonly pattern: string;
  readonly extract?: string | undefined;
}): Required<TagFilter>['filterTags'] {
  return { pattern, ...(extract === undefined ? {} : { extract }) };
}
