import { parseImageReference } from '../../shared/domain/image/reference.ts';
import { ImageRule, Rollout } from '../../shared/fleet/schema/delivery.ts';
import { GitOps } from '../../shared/fleet/schema/sources.ts';
import type { Draft, Origin, Remark, RepositoryDraft, RuleDraft, StageDraft } from './draft.ts';
import { parted } from './part-stages.ts';
import { nameOf, uniqueName } from './names.ts';

/** The fleet file that stands for what was read, before it is printed. */
export interface FleetDraft {
  readonly registries: Readonly<Record<string, { readonly resourceId: string; readonly loginServer?: string }>>;
  readonly gitops: Readonly<Record<string, object>>;
  readonly rollouts: Readonly<Record<string, readonly object[]>>;
  readonly images: Readonly<Record<string, object>>;
  /** By rule: what it was read from. */
  readonly origins: Readonly<Record<string, readonly Origin[]>>;
  readonly remarks: readonly Remark[];
}

/** What the files cannot say. */
export interface Defaults {
  /** `owner/name` of the repository that was read. */
  readonly github: string | undefined;
  readonly branch: string | undefined;
}

const AZURE_REGISTRY = /^([a-z0-9]+)(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/;
/** Valid as an id, and clearly nobody's. */
const UNKNOWN_GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/change-me';

/**
 * Makes rules, rollouts, repositories and registries of drafts. Pure.
 *
 * Drafts of one image, policy and repository become one rule with their stages. What the fleet's own schema does not
 * take is left out, with its reason.
 */
export function assemble(drafts: readonly Draft[], defaults: Defaults): FleetDraft {
  const remarks: Remark[] = [];
  const [registries, gitops, rollouts, images, origins] = [
    new Map<string, FleetDraft['registries'][string]>(),
    new Map<string, object>(),
    new Map<string, readonly object[]>(),
    new Map<string, object>(),
    new Map<string, readonly Origin[]>(),
  ];
  for (const rule of parted(grouped(drafts), remarks)) {
    const refused = whyNot(rule);
    if (refused !== undefined) {
      remarks.push({ ...rule.origin, severity: 'unequal', text: refused });
      continue;
    }
    const { registry } = parseImageReference(rule.image) ?? { registry: '' };
    const place = placeOf(rule.repository, defaults);
    const gitopsName = uniqueName(gitops, nameOf(place.github.split('/')[1] ?? ''), place);
    const stages = rule.stages.map(({ name, path, write }) => ({
      name,
      path,
      ...(write === 'commit' ? {} : { write }),
    }));
    const rollout = uniqueName(rollouts, nameOf(stages.map(({ name }) => name).join('-')), stages);
    const mode = rule.isSuspended ? { mode: 'observe' } : {};
    const value = { image: rule.image, gitops: gitopsName, rollout, policy: rule.policy, ...mode };
    const name = uniqueName(images, nameOf(rule.image.slice(rule.image.lastIndexOf('/') + 1)), value);
    images.set(name, value);
    origins.set(name, rule.origins);
    rollouts.set(rollout, stages);
    gitops.set(gitopsName, place);
    const [, short = ''] = AZURE_REGISTRY.exec(registry) ?? [];
    const id = `${UNKNOWN_GROUP}/providers/Microsoft.ContainerRegistry/registries/${short}`;
    const own = registry === `${short}.azurecr.io` ? { resourceId: id } : { resourceId: id, loginServer: registry };
    registries.set(uniqueName(registries, nameOf(short), own), own);
  }
  return {
    registries: Object.fromEntries(registries),
    gitops: Object.fromEntries(gitops),
    rollouts: Object.fromEntries(rollouts),
    images: Object.fromEntries(images),
    origins: Object.fromEntries(origins),
    remarks,
  };
}

function grouped(drafts: readonly Draft[]): readonly RuleDraft[] {
  const rules = new Map<string, RuleDraft>();
  for (const draft of drafts) {
    const { image, policy, repository, isSuspended } = draft;
    const key = JSON.stringify([image, policy, repository, isSuspended]);
    const before = rules.get(key);
    rules.set(key, {
      ...draft,
      ...before,
      stages: merged([...(before?.stages ?? []), ...draft.stages]),
      files: [...new Set([...(before?.files ?? []), ...draft.files])],
      origins: [...(before?.origins ?? []), draft.origin],
    });
  }
  return [...rules.values()];
}

/** Stages by name and path; names that a fleet file would not take are made ones. */
function merged(stages: readonly StageDraft[]): readonly StageDraft[] {
  const named = new Map<string, StageDraft>();
  for (const stage of stages) {
    if (![...named.values()].some(({ path, write }) => path === stage.path && write === stage.write)) {
      const name = uniqueName(named, nameOf(stage.name), stage);
      named.set(name, { ...stage, name });
    }
  }
  return [...named.values()];
}

function placeOf({ github, branch, apiUrl }: RepositoryDraft, defaults: Defaults): { readonly github: string } {
  const of = branch ?? defaults.branch;
  return {
    github: github ?? defaults.github ?? 'owner/repository',
    ...(of === undefined ? {} : { branch: of }),
    ...(apiUrl === undefined ? {} : { apiUrl }),
  };
}

/** Why a fleet file cannot say this. */
function whyNot({ image, policy, stages, repository }: RuleDraft): string | undefined {
  const reference = parseImageReference(image);
  if (reference === undefined || !AZURE_REGISTRY.test(reference.registry)) {
    return `${image}: pushes are told only by an Azure Container Registry`;
  }
  const rule = ImageRule.safeParse({ image, gitops: 'x', rollout: 'x', policy });
  const rollout = Rollout.safeParse(stages);
  const place = GitOps.safeParse(placeOf(repository, { github: undefined, branch: undefined }));
  const [issue] = [rule, rollout, place].flatMap(({ error }) => error?.issues ?? []);
  return issue === undefined ? undefined : `${image}: ${issue.path.join('.')}: ${issue.message}`;
}
