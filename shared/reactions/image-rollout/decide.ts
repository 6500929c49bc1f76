import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import { askedOf } from '../../fleet/asked-of.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import type { ManifestFacts } from '../../ports/image-registry.ts';

/** Why a push leads to nothing; `held` reasons in docs/errors.md's table of outcomes. */
export type NoCandidate =
  'not-watched' | 'no-tag' | 'signature-tag' | 'not-an-image' | 'manifest-missing' | 'no-candidate' | 'invalid-policy';

/** The same, or what a gate said of the tag that the policy wants: `gate-refused: signature unsigned`. */
export type HeldReason = NoCandidate | `gate-${'refused' | 'waiting'}: ${string}`;

/** A tag that a policy chose, as the registry describes it. */
export interface Candidate {
  readonly tag: string;
  readonly manifest: ManifestFacts;
}

export interface RolloutFacts {
  /** `contoso.azurecr.io/shop/web`, the host from the fleet. */
  readonly image: string;
  readonly rule: FleetImage;
  readonly candidate: Candidate;
  /** Why a tag that the policy prefers is not the candidate. */
  readonly passedOver?: HeldReason;
  /** `source#id` */
  readonly signal: string;
  /** When the registry was read, ISO 8601. */
  readonly asOf: string;
}

/** One intent for one branch. */
export interface BranchRequest {
  readonly gitops: FleetImage['gitops'];
  readonly request: IntentRequest;
}

const SIGNATURE_TAG = /^sha256-[0-9a-f]{64}(\.(sig|att|sbom))?$/;
const IMAGE_MEDIA_TYPES: readonly string[] = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];
const IMAGE_CONFIGS: readonly string[] = [
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.oci.image.config.v1+json',
];

/** Tags that only say something about another image (cosign's legacy scheme, referrers' fallback tags). Pure. */
export function isSignatureTag(tag: string): boolean {
  return SIGNATURE_TAG.test(tag);
}

/** Tells a container image from a signature, an SBOM, a chart or any other artifact. Pure. */
export function isRunnable({ mediaType, artifactType, subject }: ManifestFacts): boolean {
  const isImageType = artifactType === undefined || IMAGE_CONFIGS.includes(artifactType);
  return IMAGE_MEDIA_TYPES.includes(mediaType) && isImageType && subject === undefined;
}

/**
 * The fleet's rules for a repository: an exact name, or `*` for one path segment each. Pure.
 * @param repository - without host.
 */
export function rulesFor(images: readonly FleetImage[], registry: string, repository: string): readonly FleetImage[] {
  return images.filter((rule) => rule.registry === registry && matches(rule.repository, repository));
}

/**
 * Turns the chosen tag into one intent for each stage that takes pushes directly. Pure.
 * Stages with `after` are opened by promotion, stages written by pull request by their own reaction.
 */
export function decideRollout({
  image,
  rule,
  candidate,
  passedOver,
  signal,
  asOf,
}: RolloutFacts): readonly BranchRequest[] {
  const keys = rule.keys === undefined ? {} : { keys: rule.keys };
  return rule.stages.filter(takesPushes).map((at) => {
    const { name: stage, paths } = at;
    const value: Placement = { image, stage, tag: candidate.tag, digest: candidate.manifest.digest, paths, ...keys };
    const request: IntentRequest = {
      subject: placementSubject(value),
      by: { reaction: 'image-rollout' },
      cause: 'push',
      kind: 'image',
      value,
      ...askedOf(rule, at),
      reason: `newest tag by policy ${rule.policy.kind} of rule ${rule.name}${gatesInWords(rule, passedOver)}`,
      signals: [signal],
      asOf,
    };
    return { gitops: rule.gitops, request };
  });
}

function gatesInWords({ gates }: FleetImage, passedOver: HeldReason | undefined): string {
  const names = Object.keys(gates ?? {}).join(' and ');
  const over = passedOver === undefined ? '' : ` (a newer one is not taken: ${passedOver})`;
  return `${names === '' ? '' : `, past its gates ${names}`}${over}`;
}

function takesPushes({ after, write }: FleetStage): boolean {
  return after === undefined && write === 'commit';
}

function matches(pattern: string, repository: string): boolean {
  const wanted = pattern.split('/');
  const segments = repository.split('/');
  return wanted.length === segments.length && wanted.every((part, index) => part === '*' || part === segments[index]);
}
