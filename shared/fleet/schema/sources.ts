import * as z from 'zod';

import { Commits, PullRequests } from './writing.ts';
import { ArmId, Guid, LabelName, LabelValue, Mode, Name, text, TimeZone, whole } from './scalars.ts';

const GITHUB_REPOSITORY = /^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/[A-Za-z0-9._-]{1,100}$/;

const RepositoryName = text({
  expected: 'a GitHub repository as owner/name',
  pattern: GITHUB_REPOSITORY,
  test: (value) => !/\/[.]{1,2}$/.test(value),
  examples: ['contoso/shop-gitops'],
});

/** The part of git-check-ref-format that matters to a person. */
const BranchName = text({
  expected: 'a branch name such as main',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/,
  test: (value) => !/\.\.|\/\/|\/$|\.$|\.lock$|\/\./.test(value),
  examples: ['main'],
});

/** A path or glob inside a repository. `{label}` is filled in per cluster. */
export const PathGlob = text({
  expected: 'a relative path or glob such as clusters/{cluster}/**',
  pattern: /^[A-Za-z0-9_.{*][A-Za-z0-9_./{}*-]{0,500}$/,
  test: isPlainPath,
  examples: ['clusters/{cluster}/**'],
});

function isPlainPath(value: string): boolean {
  const segments = value.split('/');
  const isBraced = /^([^{}]|\{[A-Za-z][A-Za-z0-9-]*\})*$/.test(value);
  return isBraced && segments.every((segment) => !['', '.', '..', '.git', '.github'].includes(segment.toLowerCase()));
}

export const Registry = z.strictObject({
  resourceId: ArmId('Microsoft.ContainerRegistry/registries', 'Microsoft.ContainerRegistry/registries/contoso'),
  loginServer: text({
    expected: 'a host name such as contoso.azurecr.io',
    pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/,
    test: (value) => /[.:]|^localhost$/.test(value),
    examples: ['contoso.azurecr.io'],
  }).optional(),
});

export const KeyVault = z.strictObject({
  resourceId: ArmId('Microsoft.KeyVault/vaults', 'Microsoft.KeyVault/vaults/shop'),
});

export const GitOps = z.strictObject({
  github: RepositoryName,
  branch: BranchName.default('main'),
  apiUrl: text({
    expected: 'the REST base of a GitHub Enterprise Server, https://HOST/api/v3',
    pattern: /^https?:\/\/[^\s@?#]+$/,
    test: (value) => URL.canParse(value),
    examples: ['https://github.contoso.com/api/v3'],
  }).optional(),
  commits: Commits.optional().meta({ description: 'how commits are written' }),
  pullRequests: PullRequests.optional().meta({ description: 'how pull requests are written' }),
});

/** Sections that an included file may own. */
export const OWNED_SECTIONS = [
  'registries',
  'keyVaults',
  'teams',
  'gitops',
  'discover',
  'clusters',
  'edges',
  'rollouts',
  'images',
  'schedules',
  'upgrades',
  'budgets',
  'freezes',
  'notify',
] as const;

export const Include = z.strictObject({
  repo: RepositoryName.optional().meta({ description: 'absent: beside the root file' }),
  branch: BranchName.default('main'),
  path: PathGlob,
  owns: z.union([z.literal('*'), z.array(z.enum(OWNED_SECTIONS)).min(1)], { error: ownsError }),
  team: Name.optional(),
});

function ownsError(): string {
  return `expected "*" or a list of ${OWNED_SECTIONS.join(', ')}`;
}

export const Team = z.strictObject({
  approvers: Guid.meta({ description: 'Entra group whose members may approve' }).optional(),
  pager: Name.meta({ description: 'a name in notify' }).optional(),
  registries: z
    .array(
      text({
        expected: 'a repository pattern such as contoso.azurecr.io/shop/*',
        pattern: /^[a-z0-9.:-]+(\/([a-z0-9._-]+|[*]{1,2}))+$/,
        examples: ['contoso.azurecr.io/shop/*'],
      }),
    )
    .default([]),
  writes: z
    .array(
      text({
        expected: 'gitops name and glob such as shop:clusters/**',
        pattern: /^[a-z0-9-]+:[A-Za-z0-9_.*][A-Za-z0-9_./*-]*$/,
        examples: ['shop:clusters/**'],
      }),
    )
    .default([]),
});

export const Discover = z.strictObject({
  scope: text({
    expected: 'a subscription or management group id',
    pattern:
      /^\/(subscriptions\/[0-9a-fA-F-]{36}|providers\/Microsoft[.]Management\/managementGroups\/[A-Za-z0-9_().-]{1,90})$/,
    examples: ['/providers/Microsoft.Management/managementGroups/contoso'],
  }),
  tag: text({ expected: 'a tag name', pattern: /^[^<>%&\\?/]{1,512}$/, examples: ['reflex'] }),
  labels: z
    .record(
      LabelName,
      text({
        expected: 'tag.NAME or location',
        pattern: /^(tag[.][^<>%&\\?/]{1,512}|location)$/,
        examples: ['tag.env'],
      }),
    )
    .default({}),
});

/** https://learn.microsoft.com/azure/aks/quotas-skus-regions: nodes of a pool. */
const MAX_NODES = 1_000;

const ScaleUp = z.strictObject({
  pool: text({
    expected: 'the name of a node pool: lower-case letters and digits, 12 at most, a letter first',
    pattern: /^[a-z][a-z0-9]{0,11}$/,
    examples: ['apps'],
  }),
  maxNodes: whole(1, MAX_NODES)
    .optional()
    .meta({ description: "nodes that it is told to keep at most; absent: its autoscaler's own limit" }),
  mode: Mode.optional(),
});

export const Cluster = z.strictObject({
  resourceId: ArmId(
    'Microsoft.ContainerService/managedClusters',
    'Microsoft.ContainerService/managedClusters/shop-weu',
  ),
  environment: LabelValue.optional(),
  ring: LabelValue.optional(),
  app: LabelValue.optional(),
  region: LabelValue.optional(),
  labels: z.record(LabelName, LabelValue).default({}),
  capacity: z
    .strictObject({
      perNode: z
        .number()
        .positive()
        .max(1_000_000)
        .meta({ description: 'declared rate (requests per second) per node' }),
      scaleUp: ScaleUp.optional().meta({
        description: "node pool whose autoscaler is told to keep more nodes when a lost region's traffic needs them",
      }),
    })
    .optional(),
});

export const Defaults = z.strictObject({
  mode: Mode.default('observe'),
  timeZone: TimeZone.default('UTC'),
});
