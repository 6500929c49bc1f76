import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { Finding } from '../findings.ts';
import type { Entry, MergedFleet } from '../read/merge.ts';
import { globCovers, patternsMeet } from '../patterns.ts';
import type { SectionEntry } from '../schema.ts';

type ImageRule = SectionEntry['images'];

/** Host and repository of a rule; the repository may hold `*` segments. */
export function imagePatternOf({ image, match }: ImageRule): {
  readonly registry: string;
  readonly repository: string;
} {
  const text = image ?? match ?? '';
  const slash = text.indexOf('/');
  return { registry: text.slice(0, slash).toLowerCase(), repository: text.slice(slash + 1) };
}

/** The fleet's own word for the host; by default `<name of the ARM id>.azurecr.io`. */
export function loginServerOf({ resourceId, loginServer }: SectionEntry['registries']): string {
  return (loginServer ?? `${parseResourceId(resourceId)?.name ?? ''}.azurecr.io`).toLowerCase();
}

/** Rules of which two would want different tags in the same place, and rules outside their team's limits. */
export function checkImages(merged: MergedFleet): readonly Finding[] {
  return [...checkOverlaps(merged), ...checkTeams(merged)];
}

function checkOverlaps({ sections }: MergedFleet): readonly Finding[] {
  const findings: Finding[] = [];
  const seen: Entry<ImageRule>[] = [];
  const exact = new Map<string, Entry<ImageRule>[]>();
  for (const entry of inFileOrder([...sections.images.values()])) {
    const candidates =
      entry.value.match === undefined
        ? [...(exact.get(entry.value.image ?? '') ?? []), ...seen.filter(({ value }) => value.match !== undefined)]
        : seen;
    const other = candidates.find((earlier) => sharesPlace(entry, earlier, sections));
    if (other !== undefined) {
      findings.push(overlap(entry, other));
    }
    seen.push(entry);
    exact.set(entry.value.image ?? '', [...(exact.get(entry.value.image ?? '') ?? []), entry]);
  }
  return findings;
}

/** The root file's rules first: of two that overlap the included one is told. */
function inFileOrder(entries: readonly Entry<ImageRule>[]): readonly Entry<ImageRule>[] {
  return entries.toSorted((a, b) => Number(isIncluded(a)) - Number(isIncluded(b)));
}

function isIncluded({ part }: Entry<unknown>): boolean {
  return part.source.grant !== undefined;
}

function sharesPlace(a: Entry<ImageRule>, b: Entry<ImageRule>, { gitops, rollouts }: MergedFleet['sections']): boolean {
  const [left, right] = [imagePatternOf(a.value), imagePatternOf(b.value)];
  if (left.registry !== right.registry || !patternsMeet(left.repository, right.repository)) {
    return false;
  }
  const [one, two] = [gitops.get(a.value.gitops)?.value, gitops.get(b.value.gitops)?.value];
  const isSameBranch = one?.github.toLowerCase() === two?.github.toLowerCase() && one?.branch === two?.branch;
  const stages = (rollouts.get(b.value.rollout)?.value ?? []).map(({ name }) => name);
  return isSameBranch && (rollouts.get(a.value.rollout)?.value ?? []).some(({ name }) => stages.includes(name));
}

function overlap({ part, path, value }: Entry<ImageRule>, other: Entry<ImageRule>): Finding {
  const there = other.part.document.remark(other.path, { code: 'overlap', message: '', atKey: true });
  const message =
    `\`${value.image ?? value.match ?? ''}\` and \`${other.value.image ?? other.value.match ?? ''}\` of rule ` +
    `\`${other.name}\` (${there.file}, line ${there.line}) meet in the same repository, branch and stage`;
  return part.document.remark(path, { code: 'overlap', message, atKey: true });
}

/** A team's file may name only the team's repositories and places; without a limit it has none. */
function checkTeams({ sections }: MergedFleet): readonly Finding[] {
  return [...sections.images.values()].flatMap((entry) => {
    const name = entry.part.source.grant?.team;
    const team = name === undefined ? undefined : sections.teams.get(name)?.value;
    return name === undefined || team === undefined ? [] : checkTeam(entry, { name, ...team }, sections);
  });
}

function checkTeam(
  { value, part, path }: Entry<ImageRule>,
  team: SectionEntry['teams'] & { readonly name: string },
  { rollouts }: MergedFleet['sections'],
): readonly Finding[] {
  const image = value.image ?? value.match ?? '';
  const findings: Finding[] = [];
  if (!team.registries.some((pattern) => globCovers(pattern, image))) {
    const message = `\`${image}\` is outside what team ${team.name} may name: ${listOf(team.registries)}`;
    findings.push(
      part.document.remark([...path, value.image === undefined ? 'match' : 'image'], { code: 'outside-team', message }),
    );
  }
  for (const stage of rollouts.get(value.rollout)?.value ?? []) {
    // A placeholder stands for a name without slashes: one segment, or a piece of one.
    const place = `${value.gitops}:${stage.path.replaceAll(/\{[^}]*\}/g, '{}')}`;
    if (!team.writes.some((allowed) => globCovers(allowed, place))) {
      const message = `stage ${stage.name} writes \`${value.gitops}:${stage.path}\`, outside what team ${team.name} may write: ${listOf(team.writes)}`;
      findings.push(part.document.remark([...path, 'rollout'], { code: 'outside-team', message }));
    }
  }
  return findings;
}

function listOf(words: readonly string[]): string {
  return words.length === 0 ? 'nothing' : words.join(', ');
}
