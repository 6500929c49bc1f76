import { placementSubject } from '../../domain/image/placement.ts';
import { progressKey, type StageProgress } from '../../domain/image/progress.ts';
import type { CurrentImage } from '../../domain/image/ranking.ts';
import { keepsOut } from '../../domain/image/stage-hold.ts';
import { formatImageName, parseImageReference } from '../../domain/image/reference.ts';
import type { Fleet, FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import { rulesFor } from '../../reactions/image-rollout/index.ts';
import type { StageFacts, StageVersion } from '../../reactions/image-runbook/index.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import { isHold, ourWrites, type OurWrite } from '../../targets/git-branch/index.ts';
import type { ActorDependencies } from '../actor.ts';
import { standingBy } from './standing-by.ts';
import { branchTarget } from './targets.ts';

/** An image in a stage, as the fleet names it. */
export interface StagedImage {
  /** `contoso.azurecr.io/shop/web` */
  readonly image: string;
  readonly rule: FleetImage;
  readonly stage: FleetStage;
}

export type StageReader = Pick<ActorDependencies, 'rows' | 'branches' | 'clock' | 'registry' | 'git'>;

/** Versions that a person can choose from; older ones are in Git. */
const MAX_VERSIONS = 20;

/** Finds an image's stage by the rule's name or the image's own. Pure. */
export function stagedImage(fleet: Pick<Fleet, 'images'>, image: string, stage: string): StagedImage | undefined {
  const named = fleet.images.filter(({ name, repository }) => name === image && !repository.includes('*'));
  const parsed = parseImageReference(image);
  const byImage = parsed === undefined ? [] : rulesFor(fleet.images, parsed.registry, parsed.repository);
  for (const rule of [...named, ...byImage]) {
    const found = rule.stages.find(({ name }) => name === stage);
    if (found !== undefined) {
      const { registry, repository } = named.includes(rule) || parsed === undefined ? rule : parsed;
      return { image: formatImageName({ registry, repository }), rule, stage: found };
    }
  }
  return undefined;
}

/**
 * Reads what a stage shows, and what it had before: the versions that passed there, then those of our newest commits,
 * then what stood there before the oldest of them. The registry confirms each that is offered.
 *
 * @throws NotFoundError, RateLimitedError, UpstreamError of the Git host and the registry.
 */
export async function readStage(
  staged: StagedImage,
  state: TargetState,
  { rows, branches, clock, registry, git }: StageReader,
): Promise<StageFacts> {
  const { image, rule, stage } = staged;
  const now = clock.now();
  const target = branchTarget(rule.gitops);
  const { repository: path = rule.repository } = parseImageReference(image) ?? {};
  const branch = standingBy({ branches, clock });
  const standing = await branch.at(image, rule, stage);
  const repository = await git(rule.gitops);
  const head = await branch.head(image, rule, stage);
  const subject = placementSubject({ image, stage: stage.name });
  const writes = ourWrites(await repository.history(head)).filter((write) => write.subject === subject);
  const progress = (await rows.get(target.key, progressKey({ image, stage: stage.name })))?.value;
  const known = versionsOf(progress as unknown as StageProgress | undefined, writes).slice(0, MAX_VERSIONS);
  const source = registry(rule.registry);
  const manifest = async (reference: string): Promise<string | undefined> =>
    (await source.manifest(path, reference))?.digest;
  const versions = await Promise.all(known.map(async (version) => await confirmed(version, manifest)));
  const standingDigests = await Promise.all(standing.map(async (one) => await digestOf(one, writes, manifest)));
  const [newest] = writes;
  const [digest] = newest?.digests ?? [];
  const isOurs = newest !== undefined && standing.every(({ tag }) => tag === newest.tag);
  return {
    ...staged,
    standing,
    standingDigests: [...new Set(standingDigests.flatMap((one) => one ?? []))],
    versions,
    ...(isOurs && digest !== undefined && newest.digests.length === 1 && newest.before !== undefined
      ? { written: { tag: newest.tag, digest, before: newest.before } }
      : {}),
    holds: holdsOn(state, subject),
    asOf: now.toISOString(),
  };
}

/** Reads a stage with its branch's rows. */
export async function readStageNow(staged: StagedImage, reader: StageReader): Promise<StageFacts> {
  const state = await new TargetRows(reader.rows).load(branchTarget(staged.rule.gitops));
  return await readStage(staged, state, reader);
}

/** Holds on a subject that keep something out. Pure. */
export function holdsOn({ intents }: TargetState, subject: string): readonly Intent[] {
  return [...intents.values()].filter(
    (intent) => isHold(intent) && intent.subject === subject && intent.state !== 'closed',
  );
}

/** Each tag with each digest once: those that have passed, then the others that we wrote, each newest first. Pure. */
export function versionsOf(progress: StageProgress | undefined, writes: readonly OurWrite[]): readonly StageVersion[] {
  const good = (progress?.good ?? []).map(({ tag, digest, at }): StageVersion => {
    const commit = writes.find((write) => write.tag === tag && write.digests.includes(digest))?.commit;
    return { tag, digest, goodAt: at, ...(commit === undefined ? {} : { commit }) };
  });
  const written = writes.map(({ tag, digests, commit }): StageVersion => {
    const [digest] = digests;
    return digest === undefined || digests.length > 1 ? { tag, commit } : { tag, digest, commit };
  });
  const before = (writes.at(-1)?.from ?? []).map((tag): StageVersion => ({ tag }));
  const all = [...good, ...written, ...before];
  return all.filter(
    ({ tag, digest }, index) =>
      all.findIndex((one) => one.tag === tag && (digest === undefined || one.digest === digest)) === index,
  );
}

async function confirmed(
  version: StageVersion,
  manifest: (reference: string) => Promise<string | undefined>,
): Promise<StageFacts['versions'][number]> {
  const digest = await manifest(version.digest ?? version.tag);
  return digest === undefined ? { ...version, isGone: true } : { ...version, digest };
}

async function digestOf(
  { tag, digest }: CurrentImage,
  writes: readonly OurWrite[],
  manifest: (reference: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const write = writes.find((one) => one.tag === tag && one.digests.length === 1);
  return digest ?? write?.digests[0] ?? (tag === undefined ? undefined : await manifest(tag));
}

/** What people are shown of a stage. */
export async function describeStage(staged: StagedImage, reader: StageReader): Promise<object> {
  const { image, stage, asOf, standing, versions, holds } = await readStageNow(staged, reader);
  const isHeld = (digest: string | undefined): boolean =>
    digest !== undefined && holds.some(({ value }) => keepsOut(value, digest));
  return {
    ...{ image, stage: stage.name, asOf, standing },
    versions: versions.map((version) => ({ ...version, isHeld: isHeld(version.digest) })),
    holds: holds.map(({ kind, cause, reason, openedAt, value }) => ({
      ...{ kind, cause, reason, since: openedAt, refuses: value['refuses'] },
    })),
  };
}
