import { choosePlacement, digestToWrite, isRelativeToGit } from '../../domain/image/choose-placement.ts';
import { policyInWords } from '../../domain/image/policy-words.ts';
import type { Considered, CurrentImage } from '../../domain/image/policy.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageGate } from '../../ports/image-gate.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { GateMemory } from '../../records/gate-memory.ts';
import type { Candidates } from './candidates.ts';
import {
  decideRollout,
  isRunnable,
  stagesForPushes,
  type BranchRequest,
  type Candidate,
  type HeldReason,
} from './decide.ts';
import { chooseThroughGates, type GateRecord } from './gated-choice.ts';

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
  /** In words: `semver 1.x`. */
  readonly policy: string;
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
  /** When the image was pushed; absent where nobody says. */
  readonly raisedAt?: string;
  readonly asOf: string;
}

const MAX_CONSIDERED = 500;

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
  const { image, registry, repository, subscription, signal, asOf, raisedAt } = read;
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
    request: decideRollout({ image, rule, stage, tag, digest, above, ...passedOver, signal, asOf, raisedAt }),
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
  const all = await candidates.for(
    rule.policy,
    there.flatMap(({ tag = [] }) => tag),
  );
  const left = refused.size === 0 ? all : all.filter(({ name }) => !refused.has(name));
  const choice = choosePlacement(rule.policy, left, there);
  const { considered, warnings } = choice;
  const policy = policyInWords(rule.policy);
  const said = { rule: rule.name, stage: stage.name, policy, standing: there, warnings, ...bounded(considered) };
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
