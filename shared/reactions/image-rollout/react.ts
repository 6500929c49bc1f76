import { formatImageName } from '../../domain/image/reference.ts';
import { selectTag } from '../../domain/image/policy.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { Fleet, FleetImage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageGate } from '../../ports/image-gate.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { GateMemory } from '../../records/gate-memory.ts';
import {
  decideRollout,
  isRunnable,
  isSignatureTag,
  rulesFor,
  type BranchRequest,
  type Candidate,
  type HeldReason,
} from './decide.ts';
import { chooseThroughGates, type GateRecord } from './gated-choice.ts';
import type { PushedImage } from './schema.ts';

export interface ImageRolloutDependencies {
  readonly clock: Clock;
  readonly registry: (loginServer: string) => ImageRegistry;
  /** Asked in this order. */
  readonly imageGates: readonly ImageGate[];
  readonly rows: RowStore;
}

/** What one push asks for: intents, or the reason why none; `considered` explains the choice of the tag. */
export interface Rollout {
  readonly requests: readonly BranchRequest[];
  readonly held: readonly { readonly rule?: string; readonly reason: HeldReason; readonly detail?: string }[];
  readonly facts: Readonly<Record<string, string>>;
  /** What each gate said of each tag that it was asked about. */
  readonly gates?: readonly GateRecord[];
  /** When a gate that waits should be asked again, ISO 8601. */
  readonly lookAgainAt?: string;
}

/** Tags read per repository; a list that goes on is an error, never a shorter list. */
const MAX_TAGS = 100_000;

/**
 * Reads the truth about a pushed image from its registry and turns it into intents.
 *
 * The event is a hint: the tag is chosen from the registry's own list and its digest is the registry's, so a lost,
 * late, repeated or forged event leads to the same intent or to none.
 *
 * @throws UpstreamError (retryable) while the registry does not show the pushed tag yet: geo-replicas lag.
 */
export async function reactToPush(
  push: PushedImage,
  fleet: Fleet,
  { clock, registry, imageGates, rows }: ImageRolloutDependencies,
): Promise<Rollout> {
  const { loginServer, repository, tag, signal } = push;
  const image = formatImageName({ registry: loginServer, repository });
  const watching = rulesFor(fleet.images, loginServer, repository);
  const now = clock.now();
  const asOf = now.toISOString();
  const facts = { image, ...(tag === undefined ? {} : { pushedTag: tag }), fleet: fleet.revision, asOf };
  const hold = (reason: HeldReason): Rollout => ({ requests: [], held: [{ reason }], facts });
  if (watching.length === 0) {
    return hold('not-watched');
  }
  const source = registry(loginServer);
  const pushed = await readPushed(push, image, source);
  // A signature that comes after its image is a reason to look again, for those who ask for signatures.
  const rules = typeof pushed === 'string' ? watching.filter((rule) => rule.gates?.signature !== undefined) : watching;
  if (typeof pushed === 'string' && (rules.length === 0 || !(await isAboutAnImage(push, source)))) {
    return hold(pushed);
  }
  const tags = await readTags(source, repository);
  const subscription = fleet.registries.find((one) => one.loginServer === loginServer)?.resourceId.subscription ?? '';
  const about = { registry: loginServer, repository, subscription, now: now.getTime() };
  const requests: BranchRequest[] = [];
  const held: Rollout['held'][number][] = [];
  const asked: GateRecord[] = [];
  const looks: number[] = [];
  for (const rule of rules) {
    const pick = async (left: readonly string[]): Promise<Candidate | HeldReason> =>
      await choose(rule, left, { source, repository, ...(typeof pushed === 'string' ? {} : { pushed }) });
    const choice = await chooseThroughGates(rule, tags, about, {
      gates: imageGates,
      memory: new GateMemory(rows),
      pick,
    });
    asked.push(...choice.asked);
    looks.push(...(choice.lookAgainAt === undefined ? [] : [choice.lookAgainAt]));
    if (choice.held !== undefined) {
      held.push({ rule: rule.name, reason: choice.held });
    }
    if (choice.chosen !== undefined) {
      const passedOver = choice.held === undefined ? {} : { passedOver: choice.held };
      requests.push(...decideRollout({ image, rule, candidate: choice.chosen, ...passedOver, signal, asOf }));
    }
  }
  return {
    requests,
    held,
    facts: {
      ...facts,
      ...(typeof pushed === 'string' ? {} : { pushedDigest: pushed.manifest.digest }),
      tags: String(tags.length),
    },
    ...(asked.length === 0 ? {} : { gates: asked }),
    ...(looks.length === 0 ? {} : { lookAgainAt: new Date(Math.min(...looks)).toISOString() }),
  };
}

/** The image that was pushed, or why it is none. @throws UpstreamError while the registry does not show it yet. */
async function readPushed(
  { repository, tag }: PushedImage,
  image: string,
  source: ImageRegistry,
): Promise<Candidate | 'no-tag' | 'signature-tag' | 'not-an-image'> {
  if (tag === undefined) {
    return 'no-tag';
  }
  if (isSignatureTag(tag)) {
    return 'signature-tag';
  }
  const manifest = await source.manifest(repository, tag);
  if (manifest === undefined) {
    throw new UpstreamError(`read manifest ${image}:${tag}`, 503, { cause: new NotFoundError('not there yet') });
  }
  return isRunnable(manifest) ? { tag, manifest } : 'not-an-image';
}

/** True for what says something about an image: a legacy signature by its tag, a referrer by its manifest. */
async function isAboutAnImage({ repository, tag, digest }: PushedImage, source: ImageRegistry): Promise<boolean> {
  if (tag !== undefined) {
    return isSignatureTag(tag);
  }
  const manifest = digest === undefined ? undefined : await source.manifest(repository, digest);
  return manifest?.subject !== undefined;
}

interface Choice {
  readonly source: ImageRegistry;
  readonly repository: string;
  readonly pushed?: Candidate;
}

async function choose(
  { policy }: FleetImage,
  tags: readonly string[],
  { source, repository, pushed }: Choice,
): Promise<Candidate | HeldReason> {
  const { outcome, tag } = selectTag(
    policy,
    tags.map((name) => ({ name })),
  );
  if (outcome === 'invalid-policy') {
    return 'invalid-policy';
  }
  if (tag === undefined) {
    return 'no-candidate';
  }
  const manifest = tag === pushed?.tag ? pushed.manifest : await source.manifest(repository, tag);
  if (manifest === undefined) {
    return 'manifest-missing';
  }
  return isRunnable(manifest) ? { tag, manifest } : 'not-an-image';
}

async function readTags(source: ImageRegistry, repository: string): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const tag of source.tags(repository)) {
    if (tags.push(tag) > MAX_TAGS) {
      throw new UpstreamError(`list tags of ${repository}: more than ${MAX_TAGS}`, 507);
    }
  }
  return tags;
}
