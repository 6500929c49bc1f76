import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import { writtenBy } from '../../domain/image/writing-settings.ts';
import { policyInWords } from '../../domain/image/policy-words.ts';
import { askedOf } from '../../fleet/asked-of.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import type { ManifestFacts } from '../../ports/image-registry.ts';

/** Why a push leads to nothing; `held` reasons in docs/errors.md's table of outcomes. */
export type NoCandidate =
  | 'not-watched'
  | 'no-tag'
  | 'signature-tag'
  | 'not-an-image'
  | 'not-replicated-yet'
  | 'manifest-missing'
  | 'no-candidate'
  | 'no-place'
  | 'mixed-tags'
  | 'invalid-policy';

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
  readonly stage: FleetStage;
  readonly tag: string;
  /** What the registry says the tag is, or what stands in Git and is kept. */
  readonly digest: string;
  /** Tags that stand at the stage, where the policy itself ranks them below. */
  readonly above: readonly string[];
  /** Why a tag that the policy prefers is not the one. */
  readonly passedOver?: HeldReason;
  /** `source#id` */
  readonly signal: string;
  /** When the registry was read, ISO 8601. */
  readonly asOf: string;
  /** When the image was pushed; absent where nobody says. */
  readonly raisedAt?: string | undefined;
}

/** One intent for one branch. */
export interface BranchRequest {
  readonly gitops: FleetImage['gitops'];
  readonly request: IntentRequest;
}

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

/** The stages of a rule that take pushes: `after` is opened by promotion. Pure. */
export function stagesForPushes({ stages }: FleetImage): readonly FleetStage[] {
  return stages.filter(({ after }) => after === undefined);
}

/** Turns the tag that was chosen for a stage into its intent. Pure. */
export function decideRollout({
  image,
  rule,
  stage,
  tag,
  digest,
  above,
  passedOver,
  signal,
  asOf,
  raisedAt,
}: RolloutFacts): BranchRequest {
  const others = above.filter((one) => one !== tag).toSorted();
  const value: Placement = {
    ...{ image, stage: stage.name, tag, digest, paths: stage.paths },
    ...(rule.keys === undefined ? {} : { keys: rule.keys }),
    ...(others.length === 0 ? {} : { above: others }),
    ...writtenBy(stage.write, rule.gitops.pullRequests, { image, stage: stage.name }),
  };
  const request: IntentRequest = {
    subject: placementSubject(value),
    by: { reaction: 'image-rollout' },
    cause: 'push',
    kind: 'image',
    value,
    ...askedOf(rule, stage),
    reason: `by rule ${rule.name}: ${policyInWords(rule.policy)}${gatesInWords(rule, passedOver)}`,
    signals: [signal],
    asOf,
    ...(raisedAt === undefined ? {} : { raisedAt }),
  };
  return { gitops: rule.gitops, request };
}

function gatesInWords({ gates }: FleetImage, passedOver: HeldReason | undefined): string {
  const names = Object.keys(gates ?? {}).join(' and ');
  const over = passedOver === undefined ? '' : ` (a newer one is not taken: ${passedOver})`;
  return `${names === '' ? '' : `, past its gates ${names}`}${over}`;
}

function matches(pattern: string, repository: string): boolean {
  const wanted = pattern.split('/');
  const segments = repository.split('/');
  return wanted.length === segments.length && wanted.every((part, index) => part === '*' || part === segments[index]);
}
