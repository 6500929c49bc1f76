import { formatImageName } from '../../domain/image/reference.ts';
import { isArtifactTag } from '../../domain/image/tag-filter.ts';
import type { Fleet } from '../../fleet/model.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import { Candidates } from './candidates.ts';
import { isRunnable, rulesFor, type Candidate, type HeldReason } from './decide.ts';
import { waitForReplica } from './lag.ts';
import { rollOut, type ImageRolloutDependencies, type Rollout } from './roll-out.ts';
import type { PushedImage } from './schema.ts';

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
  const { loginServer, repository, tag, signal, raisedAt } = push;
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
  const from = { image, source, registry: loginServer, repository, subscription };
  const read = { ...from, candidates, manifests, signal, asOf, raisedAt };
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
