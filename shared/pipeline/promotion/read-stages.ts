import type { CurrentImage } from '../../domain/image/ranking.ts';
import { newProgress, progressKey, type StageProgress } from '../../domain/image/progress.ts';
import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import { parseImageReference, type ImageName } from '../../domain/image/reference.ts';
import type { Json } from '../../domain/json.ts';
import type { FleetStage } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import type { Plan } from '../../reconcile/plan.ts';
import type { Standing, Written } from '../../reactions/image-promotion/index.ts';
import type { StagedImage } from './staged-images.ts';
import { standingAt, type ObservedBranch } from '../../targets/git-branch/index.ts';

/** What the rows and the head say of one image in one stage. */
export interface StageReading {
  readonly stage: FleetStage;
  readonly row: StageProgress;
  readonly standing?: Standing;
  readonly written?: Written;
}

export interface StageSources {
  readonly observed: ObservedBranch;
  /** Rows of progress, by key. */
  readonly rows: ReadonlyMap<string, StageProgress>;
  readonly intents: readonly Intent[];
  readonly plan: (id: string) => Promise<Plan | undefined>;
  readonly registry: (loginServer: string) => ImageRegistry;
  /** ISO 8601. */
  readonly now: string;
}

/** Reads one image in one stage. @throws what the registry throws where a digest has to be asked for. */
export async function readStage(
  { image, rule: { keys } }: StagedImage,
  stage: FleetStage,
  sources: StageSources,
): Promise<StageReading> {
  const place = { image, stage: stage.name };
  const row = sources.rows.get(progressKey(place)) ?? newProgress(place, sources.now);
  const name = parseImageReference(image);
  if (name === undefined) {
    return { stage, row };
  }
  const ours = sources.intents.filter(({ subject }) => subject === placementSubject(place));
  const standing = await standingOf(
    standingAt(sources.observed, name, { paths: stage.paths, ...(keys === undefined ? {} : { keys }) }),
    { row, name, ours },
    sources,
  );
  const written = 'unsettled' in standing ? undefined : await writtenOf(standing.digest, { row, ours }, sources);
  return { stage, row, standing, ...(written === undefined ? {} : { written }) };
}

interface Known {
  readonly row: StageProgress;
  readonly name: ImageName;
  /** Intents of the very place. */
  readonly ours: readonly Intent[];
}

/**
 * A tag alone says no digest: it is what the row or our own write says of it, else what the registry says now. Asked
 * for once, so that a tag that moves later does not look like a new version.
 */
async function standingOf(
  found: readonly CurrentImage[],
  { row, name, ours }: Known,
  { registry }: StageSources,
): Promise<Standing> {
  const [one] = found;
  if (one === undefined || found.length > 1) {
    return { unsettled: one === undefined ? 'no-place' : 'mixed' };
  }
  const { tag = '', digest } = one;
  if (digest !== undefined) {
    return { tag, digest };
  }
  const asWritten = newestFirst(ours)
    .map(({ value }) => value as Placement)
    .find((placement) => placement.tag === tag);
  const known = row.current?.tag === tag ? row.current.digest : asWritten?.digest;
  const told = known ?? (await registry(name.registry).manifest(name.repository, tag))?.digest;
  return told === undefined ? { unsettled: 'unknown-digest' } : { tag, digest: told };
}

/** The newest write of ours that put this digest there, if the row does not know of it yet. */
async function writtenOf(
  digest: string,
  { row, ours }: Omit<Known, 'name'>,
  { plan }: StageSources,
): Promise<Written | undefined> {
  const found: Written[] = [];
  for (const { kind, value, evidence } of ours.filter(({ state }) => state === 'closed')) {
    const { commit, id, before, at } = proofOf(evidence);
    if ((value as Placement).digest !== digest || commit === undefined) {
      continue;
    }
    if (commit === row.current?.commit && digest === row.current.digest) {
      continue;
    }
    const isRollback = kind === 'rollback';
    if (before !== undefined && at !== undefined) {
      found.push({ commit, before, at, isRollback });
      continue;
    }
    const entry = id === undefined ? undefined : (await plan(id))?.journal.findLast(({ state }) => state === 'written');
    if (entry?.endedAt !== undefined) {
      found.push({ commit, before: entry.precondition, at: entry.endedAt, isRollback });
    }
  }
  return found.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
}

/** How it came there: by a plan of ours, or by a pull request that people have merged. */
type Proof = Partial<Readonly<Record<'commit' | 'id' | 'before' | 'at', string>>>;

function proofOf(evidence: Intent['evidence']): Proof {
  const proof = evidence?.['evidence'] as Readonly<Record<string, Json>> | undefined;
  const known = { id: evidence?.['plan'], commit: proof?.['commit'], before: proof?.['before'], at: proof?.['at'] };
  return Object.fromEntries(Object.entries(known).filter(([, text]) => typeof text === 'string'));
}

function newestFirst(intents: readonly Intent[]): readonly Intent[] {
  return intents.filter(({ value }) => 'tag' in value).toSorted((a, b) => (a.asOf < b.asOf ? 1 : -1));
}
