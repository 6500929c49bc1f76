import { formatImageName } from '../../domain/image/reference.ts';
import { selectTag } from '../../domain/image/policy.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { Fleet, FleetImage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import {
  decideRollout,
  isRunnable,
  isSignatureTag,
  rulesFor,
  type BranchRequest,
  type Candidate,
  type NoCandidate,
} from './decide.ts';
import type { PushedImage } from './schema.ts';

export interface ImageRolloutDependencies {
  readonly clock: Clock;
  readonly registry: (loginServer: string) => ImageRegistry;
}

/** What one push asks for: intents, or the reason why none; `considered` explains the choice of the tag. */
export interface Rollout {
  readonly requests: readonly BranchRequest[];
  readonly held: readonly { readonly rule?: string; readonly reason: NoCandidate; readonly detail?: string }[];
  readonly facts: Readonly<Record<string, string>>;
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
  { loginServer, repository, tag, signal }: PushedImage,
  fleet: Fleet,
  { clock, registry }: ImageRolloutDependencies,
): Promise<Rollout> {
  const image = formatImageName({ registry: loginServer, repository });
  const rules = rulesFor(fleet.images, loginServer, repository);
  const asOf = clock.now().toISOString();
  const facts = { image, ...(tag === undefined ? {} : { pushedTag: tag }), fleet: fleet.revision, asOf };
  const hold = (reason: NoCandidate): Rollout => ({ requests: [], held: [{ reason }], facts });
  if (rules.length === 0) {
    return hold('not-watched');
  }
  if (tag === undefined) {
    return hold('no-tag');
  }
  if (isSignatureTag(tag)) {
    return hold('signature-tag');
  }
  const source = registry(loginServer);
  const pushed = await source.manifest(repository, tag);
  if (pushed === undefined) {
    throw new UpstreamError(`read manifest ${image}:${tag}`, 503, { cause: new NotFoundError('not there yet') });
  }
  if (!isRunnable(pushed)) {
    return hold('not-an-image');
  }
  const tags = await readTags(source, repository);
  const requests: BranchRequest[] = [];
  const held: Rollout['held'][number][] = [];
  for (const rule of rules) {
    const chosen = await choose(rule, tags, { source, repository, pushed: { tag, manifest: pushed } });
    if (typeof chosen === 'string') {
      held.push({ rule: rule.name, reason: chosen });
    } else {
      requests.push(...decideRollout({ image, rule, candidate: chosen, signal, asOf }));
    }
  }
  return { requests, held, facts: { ...facts, pushedDigest: pushed.digest, tags: String(tags.length) } };
}

interface Choice {
  readonly source: ImageRegistry;
  readonly repository: string;
  readonly pushed: Candidate;
}

async function choose(
  { policy }: FleetImage,
  tags: readonly string[],
  { source, repository, pushed }: Choice,
): Promise<Candidate | NoCandidate> {
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
  const manifest = tag === pushed.tag ? pushed.manifest : await source.manifest(repository, tag);
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
