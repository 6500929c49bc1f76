import { choosePlacement, digestToWrite, isRelativeToGit } from '../../domain/image/choose-placement.ts';
import type { Considered, CurrentImage } from '../../domain/image/policy.ts';
import { formatImageName } from '../../domain/image/reference.ts';
import { isArtifactTag } from '../../domain/image/tag-filter.ts';
import type { Fleet, FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageGate } from '../../ports/image-gate.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { GateMemory } from '../../records/gate-memory.ts';
import { Candidates } from './candidates.ts';
import {
  decideRollout,
  isRunnable,
  rulesFor,
  stagesForPushes,
  type BranchRequest,
  type Candidate,
  type HeldReason,
} from './decide.ts';
import { chooseThroughGates, type GateRecord } from './gated-choice.ts';
import { waitForReplica } from './lag.ts';
import type { PushedImage } from './schema.ts';

export interface ImageRolloutDependencies {
  readonly clock: Clock;
  readonly registry: (loginServer: string) => ImageRegistry;
  /** What stands at an image's places in the files of a stage. */
  readonly standing: (image: string, rule: FleetImage, stage: FleetStage) => Promise<readonly CurrentImage[]>;
  /** Asked in this order. */
  readonly imageGates: readonly ImageGate[];
  readonly rows: RowStore;
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
  readonly held: readonly { readonly rule?: string; readonly reason: HeldReason; readonly detail?: string }[];
  readonly choices: readonly StageChoice[];
  readonly facts: Readonly<Record<string, string>>;
  /** Set where the registry does not show it yet: ask again after this many milliseconds. */
  readonly retryInMs?: number;
  /** What each gate said of each tag that it was asked about. */
  readonly gates?: readonly GateRecord[];
  /** When a gate that waits should be asked again, ISO 8601. */
  readonly lookAgainAt?: string;
}

/** A registry's repository, as of one reading. */
export interface ReadRepository {
  readonly image: string;
  readonly source: ImageRegistry;
  readonly registry: string;
  readonly repository: string;
  /** Of the registry; empty where the fleet does not name it. */
  readonly subscription: string;
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
  push: PushedImage,
  fleet: Fleet,
  dependencies: ImageRolloutDependencies,
): Promise<Rollout> {
  const { loginServer, repository, tag, signal } = push;
  const { clock, registry } = dependencies;
  const image = formatImageName({ registry: loginServer, repository });
  const watching = rulesFor(fleet.images, loginServer, repository);
  const now = clock.now();
  const asOf = now.toISOString();
  const facts = { image, ...(tag === undefined ? {} : { pushedTag: tag }), fleet: fleet.revision, asOf };
  const hold = (reason: HeldReason): Rollout => ({ requests: [], held: [{ reason }], choices: [], facts });
  if (watching.length === 0) {
    return hold('not-watched');
  }
  const source = registry(loginServer);
  const pushed = await readPushed(push, source, now);
  if (typeof pushed === 'object' && 'retryInMs' in pushed) {
    return { ...hold('not-replicated-yet'), ...pushed };
  }
  // A signature that comes after its image is a reason to look again, for those who ask for signatures.
  const rules = typeof pushed === 'string' ? watching.filter((rule) => rule.gates?.signature !== undefined) : watching;
  if (typeof pushed === 'string' && (rules.length === 0 || !(await isAboutAnImage(push, source)))) {
    return hold(pushed);
  }
  const known = typeof pushed === 'string' ? [] : [pushed];
  const candidates = new Candidates(
    source,
    repository,
    known.map((one) => ({ name: one.tag, digest: one.manifest.digest })),
  );
  const manifests = new Map(known.map((one) => [one.tag, one.manifest]));
  const subscription = subscriptionOf(fleet, loginServer);
  const read = { image, source, registry: loginServer, repository, subscription, candidates, manifests, signal, asOf };
  const rollout = await rollOut(rules, read, dependencies);
  const pushedDigest = known.map(({ manifest }) => manifest.digest)[0];
  const more = { tags: String(candidates.read), ...(pushedDigest === undefined ? {} : { pushedDigest }) };
  return { ...rollout, facts: { ...facts, ...more } };
}

/** The Azure subscription of a registry; empty where the fleet does not name it. */
export function subscriptionOf({ registries }: Fleet, loginServer: string): string {
  return registries.find((one) => one.loginServer === loginServer)?.resourceId.subscription ?? '';
}

type NotPushed = 'no-tag' | 'signature-tag' | 'not-an-image' | 'manifest-missing';

/** The image that was pushed, when to ask again for it, or why it is none. */
async function readPushed(
  push: PushedImage,
  source: ImageRegistry,
  now: Date,
): Promise<Candidate | { readonly retryInMs: number } | NotPushed> {
  const { repository, tag, raisedAt } = push;
  if (tag === undefined) {
    return 'no-tag';
  }
  if (isArtifactTag(tag)) {
    return 'signature-tag';
  }
  const manifest = await source.manifest(repository, tag);
  if (manifest === undefined || (await isBehind(source, manifest, push))) {
    const retryInMs = waitForReplica(new Date(raisedAt), now);
    return retryInMs === undefined ? 'manifest-missing' : { retryInMs };
  }
  return isRunnable(manifest) ? { tag, manifest } : 'not-an-image';
}

/** True for what says something about an image: a legacy signature by its tag, a referrer by its manifest. */
async function isAboutAnImage({ repository, tag, digest }: PushedImage, source: ImageRegistry): Promise<boolean> {
  if (tag !== undefined) {
    return isArtifactTag(tag);
  }
  const manifest = digest === undefined ? undefined : await source.manifest(repository, digest);
  return manifest?.subject !== undefined;
}

/** A replica that still shows the tag's former digest does not have the pushed manifest at all. */
async function isBehind(
  source: ImageRegistry,
  { digest: shown }: ManifestFacts,
  { repository, digest }: PushedImage,
): Promise<boolean> {
  return digest !== undefined && digest !== shown && (await source.manifest(repository, digest)) === undefined;
}

/** Chooses for each stage of each rule, by its policy and past its gates. */
export async function rollOut(
  rules: readonly FleetImage[],
  read: ReadRepository,
  dependencies: Pick<ImageRolloutDependencies, 'standing' | 'imageGates' | 'rows'>,
): Promise<Omit<Rollout, 'facts' | 'retryInMs'>> {
  const requests: BranchRequest[] = [];
  const held: Rollout['held'][number][] = [];
  const choices: StageChoice[] = [];
  const asked: GateRecord[] = [];
  const looks: number[] = [];
  for (const rule of rules) {
    for (const stage of stagesForPushes(rule)) {
      const there = isRelativeToGit(rule.policy) ? await dependencies.standing(read.image, rule, stage) : [];
      const chosen = await chooseFor({ rule, stage, there }, read, dependencies);
      choices.push(...(chosen.choice === undefined ? [] : [chosen.choice]));
      requests.push(...(chosen.request === undefined ? [] : [chosen.request]));
      asked.push(...chosen.asked);
      looks.push(...(chosen.lookAgainAt === undefined ? [] : [chosen.lookAgainAt]));
      if (chosen.reason !== undefined) {
        const { reason, detail } = chosen;
        held.push({ rule: rule.name, reason, ...(detail === undefined ? {} : { detail }) });
      }
    }
  }
  return {
    requests,
    held,
    choices,
    ...(asked.length === 0 ? {} : { gates: asked }),
    ...(looks.length === 0 ? {} : { lookAgainAt: new Date(Math.min(...looks)).toISOString() }),
  };
}

interface Place {
  readonly rule: FleetImage;
  readonly stage: FleetStage;
  readonly there: readonly CurrentImage[];
}

interface Chosen {
  readonly choice: StageChoice | undefined;
  readonly request?: BranchRequest;
  /** Why none is asked for, or not the one that the policy wants. */
  readonly reason?: HeldReason;
  readonly detail?: string;
  readonly asked: readonly GateRecord[];
  readonly lookAgainAt?: number;
}

async function chooseFor(
  place: Place,
  read: ReadRepository,
  { imageGates, rows }: Pick<ImageRolloutDependencies, 'imageGates' | 'rows'>,
): Promise<Chosen> {
  const { rule, stage, there } = place;
  const { image, registry, repository, subscription, signal, asOf } = read;
  let choice: StageChoice | undefined;
  let detail: string | undefined;
  const pick = async (refused: ReadonlySet<string>): Promise<Candidate | HeldReason> => {
    const picked = await pickFor(place, read, refused);
    // What is told is the last choice that led to a tag.
    choice = choice === undefined || 'candidate' in picked ? picked.choice : choice;
    detail = 'candidate' in picked ? detail : picked.detail;
    return 'candidate' in picked ? picked.candidate : picked.reason;
  };
  const about = { registry, repository, subscription, now: Date.parse(asOf) };
  const { chosen, held, asked, lookAgainAt } = await chooseThroughGates(rule, about, {
    gates: imageGates,
    memory: new GateMemory(rows),
    pick,
  });
  const ended = {
    choice,
    asked,
    ...(held === undefined ? {} : { reason: held, ...(detail === undefined ? {} : { detail }) }),
    ...(lookAgainAt === undefined ? {} : { lookAgainAt }),
  };
  if (chosen === undefined || choice === undefined) {
    return ended;
  }
  const { tag } = chosen;
  const digest = digestToWrite(rule.policy, { tag, digest: chosen.manifest.digest }, there);
  const above = there.flatMap((one) => one.tag ?? []);
  const passedOver = held === undefined ? {} : { passedOver: held };
  return {
    ...ended,
    choice: { ...choice, tag, digest },
    request: decideRollout({ image, rule, stage, tag, digest, above, ...passedOver, signal, asOf }),
  };
}

type Picked = { readonly choice: StageChoice } & (
  { readonly candidate: Candidate } | { readonly reason: HeldReason; readonly detail?: string }
);

/** The best tag by the policy, without those that a gate has refused. */
async function pickFor(
  { rule, stage, there }: Place,
  { candidates, manifests, source, repository }: ReadRepository,
  refused: ReadonlySet<string>,
): Promise<Picked> {
  const all = await candidates.for(rule.policy);
  const left = refused.size === 0 ? all : all.filter(({ name }) => !refused.has(name));
  const choice = choosePlacement(rule.policy, left, there);
  const { considered, warnings } = choice;
  const said = { rule: rule.name, stage: stage.name, standing: there, warnings, ...bounded(considered) };
  if (choice.outcome === 'none') {
    const { reason, detail } = choice;
    return { choice: said, reason, ...(detail === undefined ? {} : { detail }) };
  }
  const { tag } = choice;
  const manifest = manifests.get(tag) ?? (await source.manifest(repository, tag));
  if (manifest === undefined || !isRunnable(manifest)) {
    return { choice: { ...said, tag }, reason: manifest === undefined ? 'manifest-missing' : 'not-an-image' };
  }
  return { choice: { ...said, tag }, candidate: { tag, manifest } };
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
