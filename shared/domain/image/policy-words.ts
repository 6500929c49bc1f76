import type { TagPolicy } from './policy.ts';

/** A policy in one line for people: `numerical asc of $ts in ^main-(?P<ts>[0-9]+)$, but not -debug$`. */
export function policyInWords(policy: TagPolicy): string {
  const { filterTags, allow = [], ignore = [] } = policy;
  const from = filterTags?.extract === undefined || filterTags.extract === '' ? '' : ` of ${filterTags.extract}`;
  return [
    orderInWords(policy),
    filterTags === undefined ? '' : `${from} in ${filterTags.pattern}`,
    allow.length === 0 ? '' : `, only ${allow.join(' or ')}`,
    ignore.length === 0 ? '' : `, but not ${ignore.join(' or ')}`,
  ].join('');
}

function orderInWords(policy: TagPolicy): string {
  switch (policy.kind) {
    case 'semver':
      return `semver ${policy.range}${policy.loose === true ? ' (loose)' : ''}`;
    case 'alphabetical':
    case 'numerical':
      return `${policy.kind} ${policy.order ?? 'asc'}`;
    case 'bump':
      return `bump ${policy.level}`;
    default:
      return policy.kind;
  }
}
