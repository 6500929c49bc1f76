import { sha256 } from '../digest.ts';
import { inertLine } from '../inert-text.ts';
import type { Placement } from './placement.ts';

/** How commits of a GitOps repository are written. */
export interface CommitSettings {
  /** First line; `{what}`, `{count}`. */
  readonly headline: string;
  /** The App's own name if absent, and only then does GitHub sign. */
  readonly author?: { readonly name: string; readonly email: string };
}

/** What goes together into one pull request: everything of a branch, each image, each stage. */
export type PullRequestGrouping = 'all' | 'image' | 'stage';

/** How pull requests of a GitOps repository are written. */
export interface PullRequestSettings {
  readonly group: PullRequestGrouping;
  /** Name of the head branch; `{base}` and `{group}`, both needed: no two groups may share one. */
  readonly branch: string;
  /** `{what}`, `{count}`, `{group}`, `{base}`. */
  readonly title: string;
  /** Stands above the table: the fleet file's own Markdown. */
  readonly text: string;
  readonly labels: readonly string[];
  /** Logins. */
  readonly reviewers: readonly string[];
  /** Slugs of teams of the repository's owner. */
  readonly teamReviewers: readonly string[];
  /** GitHub merges by itself when its rules are met; not if absent. */
  readonly autoMerge?: 'merge' | 'squash' | 'rebase';
}

export const USUAL_COMMITS: CommitSettings = { headline: 'chore(images): {what}' };
export const USUAL_PULL_REQUESTS: PullRequestSettings = {
  group: 'stage',
  branch: 'reflex/{base}/{group}',
  title: 'Images: {what}',
  text: '',
  labels: [],
  reviewers: [],
  teamReviewers: [],
};

/** Enough hexadecimal digits that no two images of a fleet share a branch by chance. */
const HASH_DIGITS = 8;

/** The part of a placement that says how its stage is written. Pure. */
export function writtenBy(
  write: 'commit' | 'pull-request',
  { group }: Pick<PullRequestSettings, 'group'> = USUAL_PULL_REQUESTS,
  place: Pick<Placement, 'image' | 'stage'>,
): Pick<Placement, 'pullRequest'> {
  return write === 'commit' ? {} : { pullRequest: pullRequestGroup(group, place) };
}

/** Which pull request of its branch a placement goes into: `all`, `stage:prod`, `image:contoso.azurecr.io/shop/web`. Pure. */
export function pullRequestGroup(
  grouping: PullRequestGrouping,
  { image, stage }: Pick<Placement, 'image' | 'stage'>,
): string {
  return grouping === 'all' ? grouping : `${grouping}:${grouping === 'image' ? image : stage}`;
}

/** Name of a group's head branch: the same group has the same name for ever, another group another. Pure. */
export function headBranch(
  template: string,
  { base, group }: { readonly base: string; readonly group: string },
): string {
  return fill(template, { base: refPart(base), group: refPart(group.slice(group.indexOf(':') + 1)) });
}

/** A name as one part of a branch name; one that had to be changed ends with its digest. */
function refPart(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
  return plain === name ? plain : `${plain.slice(0, 80)}-${sha256(name).slice(0, HASH_DIGITS)}`;
}

/** Fills `{name}`s in; an unknown one stays as it is. What is filled in is inert. Pure. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return fill(template, Object.fromEntries(Object.entries(values).map(([name, text]) => [name, inertLine(text)])));
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
}
