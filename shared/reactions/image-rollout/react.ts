import { choosePlacement, digestToWrite, isRelativeToGit } from '../../domain/image/choose-placement.ts';
import type { Considered, CurrentImage } from '../../domain/image/policy.ts';
import { formatImageName } from '../../domain/image/reference.ts';
import { isArtifactTag } from '../../domain/image/tag-filter.ts';
import type { Fleet, FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import { Candidates } from './candidates.ts';
import {
  decideRollout,
  isRunnable,
  rulesFor,
  stagesForPushes,
  type BranchRequest,
  type NoCandidate,
} from './decide.ts';
import { waitForReplica } from './lag.ts';
import type { PushedImage } from './schema.ts';

export interface ImageRolloutDependencies {
  readonly clock: Clock;
  readonly registry: (loginServer: string) => ImageRegistry;
  /** What stands at an image's places in the files of a stage. */
  readonly standing: (image: string, rule: FleetImage, stage: FleetStage) => Promise<readonly CurrentImage[]>;
}

/** Why a tag was chosen for a stage, or none. */
export interface StageChoice {
  readonly rule: string;
  readonly stage: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly standing: readonly CurrentImage[];
  readonly warnings: readonly string[];
  /** Bounded: candidates of the policy first. */
  readonly considered: readonly Considered[];
  /** Tags that `considered` leaves out. */
  readonly more: number;
}

/** What one push asks for: intents, or the reason why none. */
export interface Rollout {
  readonly requests: readonly BranchRequest[];
  readonly held: readonly { readonly rule?: string; readonly reason: NoCandidate; readonly detail?: string }[];
  readonly choices: readonly StageChoice[];
  readonly facts: Readonly<Record<string, string>>;
  /** Set where the registry does not show it yet: ask again after this many milliseconds. */
  readonly retryInMs?: number;
}

/** A registry's repository, as of one reading. */
export interface ReadRepository {
  readonly image: string;
  readonly source: ImageRegistry;
  readonly repository: string;
  readonly candidates: Candidates;
  /** Manifests that were read already, by tag. */
  readonly manifests: ReadonlyMap<string, ManifestFacts>;
  readonly signal: string;
  readonly asOf: string;
}

const MAX_CONSIDERED = 500;

/**
 * Reads the truth about a pushed image from its registry and turns it into intents.
 *
 * The event is a hint: the tag is chosen from the registry's own list and its digest is the registry's, so a lost,
 * late, repeated or forged event leads to the same intent or to none.
 */
export async function reactToPush(
  pushed: PushedImage,
  fleet: Fleet,
  dependencies: ImageRolloutDependencies,
): Promise<Rollout> {
  const { loginServer, repository, tag, signal } = pushed;
  const { clock, registry } = dependencies;
  const image = formatImageName({ registry: loginServer, repository });
  const rules = rulesFor(fleet.images, loginServer, repository);
  const now = clock.now();
  const asOf = now.toISOString();
  const facts = { image, ...(tag === undefined ? {} : { pushedTag: tag }), fleet: fleet.revision, asOf };
  const hold = (reason: NoCandidate): Rollout => ({ requests: [], held: [{ reason }], choices: [], facts });
  if (rules.length === 0) {
    return hold('not-watched');
  }
  if (tag === undefined) {
    return hold('no-tag');
  }
  if (isArtifactTag(tag)) {
    return hold('signature-tag');
  }
  const source = registry(loginServer);
  const manifest = await source.manifest(repository, tag);
  if (manifest === undefined || (await isBehind(source, manifest, pushed))) {
    const retryInMs = waitForReplica(pushed.raisedAt, now);
    return retryInMs === undefined ? hold('manifest-missing') : { ...hold('not-replicated-yet'), retryInMs };
  }
  if (!isRunnable(manifest)) {
    return hold('not-an-image');
  }
  const candidates = new Candidates(source, repository, [{ name: tag, digest: manifest.digest }]);
  const manifests = new Map([[tag, manifest]]);
  const read = { image, source, repository, candidates, manifests, signal, asOf };
  const rollout = await rollOut(rules, read, dependencies);
  return { ...rollout, facts: { ...facts, pushedDigest: manifest.digest, tags: String(candidates.read) } };
}

/** A replica that still shows the tag's former digest does not have the pushed manifest at all. */
async function isBehind(
  source: ImageRegistry,
  { digest: shown }: ManifestFacts,
  { repository, digest }: PushedImage,
): Promise<boolean> {
  return digest !== undefined && digest !== shown && (await source.manifest(repository, digest)) === undefined;
}

/** Chooses for each stage of each rule. */
export async function rollOut(
  rules: readonly FleetImage[],
  read: ReadRepository,
  { standing }: Pick<ImageRolloutDependencies, 'standing'>,
): Promise<Pick<Rollout, 'requests' | 'held' | 'choices'>> {
  const requests: BranchRequest[] = [];
  const held: Rollout['held'][number][] = [];
  const choices: StageChoice[] = [];
  for (const rule of rules) {
    for (const stage of stagesForPushes(rule)) {
      const there = isRelativeToGit(rule.policy) ? await standing(read.image, rule, stage) : [];
      const chosen = await chooseFor({ rule, stage, there }, read);
      choices.push(chosen.choice);
      if ('reason' in chosen) {
        const { reason, detail } = chosen;
        held.push({ rule: rule.name, reason, ...(detail === undefined ? {} : { detail }) });
      } else {
        requests.push(chosen.request);
      }
    }
  }
  return { requests, held, choices };
}

interface Place {
  readonly rule: FleetImage;
  readonly stage: FleetStage;
  readonly there: readonly CurrentImage[];
}

type Chosen = { readonly choice: StageChoice } & (
  { readonly request: BranchRequest } | { readonly reason: NoCandidate; readonly detail?: string }
);

async function chooseFor({ rule, stage, there }: Place, read: ReadRepository): Promise<Chosen> {
  const { image, signal, asOf } = read;
  const choice = choosePlacement(rule.policy, await read.candidates.for(rule.policy), there);
  const { considered, warnings } = choice;
  const said = { rule: rule.name, stage: stage.name, standing: there, warnings, ...bounded(considered) };
  if (choice.outcome === 'none') {
    const { reason, detail } = choice;
    return { choice: said, reason, ...(detail === undefined ? {} : { detail }) };
  }
  const { tag } = choice;
  const manifest = read.manifests.get(tag) ?? (await read.source.manifest(read.repository, tag));
  if (manifest === undefined || !isRunnable(manifest)) {
    return { choice: { ...said, tag }, reason: manifest === undefined ? 'manifest-missing' : 'not-an-image' };
  }
  const digest = digestToWrite(rule.policy, { tag, digest: manifest.digest }, there);
  const above = there.flatMap((one) => one.tag ?? []);
  return {
    choice: { ...said, tag, digest },
    request: decideRollout({ image, rule, stage, tag, digest, above, signal, asOf }),
  };
}

function bounded(considered: readonly Considered[]): Pick<StageChoice, 'considered' | 'more'> {
  const candidates = considered.filter(({ verdict }) => verdict !== 'not-a-candidate');
  const others = considered.filter(({ verdict }) => verdict === 'not-a-candidate');
  // The chosen one first: of many candidates it must not be the one that is left out.
  const all = [
    ...candidates.toSorted((a, b) => Number(b.verdict === 'chosen') - Number(a.verdict === 'chosen')),
    ...others,
  ];
  return { considered: all.slice(0, MAX_CONSIDERED), more: Math.max(0, all.length - MAX_CONSIDERED) };
}
