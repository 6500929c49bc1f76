import * as z from 'zod';

import { ImageRule, Rollout } from './schema/delivery.ts';
import { Edge } from './schema/edges.ts';
import { Budget, Freeze, Notify, Schedule, Upgrade } from './schema/operations.ts';
import { Name } from './schema/scalars.ts';
import { Cluster, Defaults, Discover, GitOps, Include, KeyVault, Registry, Team } from './schema/sources.ts';

export { OWNED_SECTIONS } from './schema/sources.ts';

/** Sections whose entries have names; names are unique over all files. */
const named = {
  registries: z.record(Name, Registry).meta({ description: 'container registries whose pushes count' }),
  keyVaults: z.record(Name, KeyVault).meta({ description: 'Key Vaults whose events count' }),
  teams: z.record(Name, Team).meta({ description: 'who owns, approves and is paged' }),
  gitops: z.record(Name, GitOps).meta({ description: 'repositories that the GitOps agents read' }),
  clusters: z.record(Name, Cluster).meta({ description: 'AKS clusters and their labels' }),
  edges: z.record(Name, Edge).meta({ description: 'origin groups or profiles that route traffic to clusters' }),
  rollouts: z.record(Name, Rollout).meta({ description: 'stages that an image goes through' }),
  images: z.record(Name, ImageRule).meta({ description: 'which images go where, by which policy' }),
  schedules: z.record(Name, Schedule).meta({ description: 'when clusters are up' }),
  upgrades: z.record(Name, Upgrade).meta({ description: 'in which order node pools are upgraded' }),
  budgets: z.record(Name, Budget).meta({ description: 'what happens when money runs out' }),
  notify: z.record(Name, Notify).meta({ description: 'where messages go' }),
};

/** Names of the sections whose entries have names. */
export const NAMED_SECTIONS = Object.keys(named) as readonly NamedSection[];

const single = {
  discover: Discover.meta({ description: 'clusters found by tag' }),
  freezes: z.array(Freeze).max(500).meta({ description: 'when nothing is written' }),
};

const sections = z.object({ ...named, ...single }).partial().shape;

/** The root file. */
export const RootFile = z.strictObject({
  version: z.literal(1),
  fleet: Name.meta({ description: 'name of the fleet' }),
  defaults: Defaults.default({ mode: 'observe', timeZone: 'UTC' }),
  include: z.array(Include).max(200).default([]),
  ...sections,
});

/** A file that the root includes: the sections that it owns and nothing else. */
export const IncludedFile = z.strictObject({ version: z.literal(1).optional(), ...sections });

export type NamedSection = keyof typeof named;
export type RootFile = z.infer<typeof RootFile>;
export type IncludedFile = z.infer<typeof IncludedFile>;
export type Include = z.infer<typeof Include>;
export type SectionEntry = { readonly [S in NamedSection]: z.infer<(typeof named)[S]>[string] };
export type Discover = z.infer<typeof Discover>;
export type Defaults = z.infer<typeof Defaults>;
export type Edge = z.infer<typeof Edge>;
export type Freeze = z.infer<typeof Freeze>;

/** JSON Schema (draft 2020-12) of a root file, for editors. */
export function fleetJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(RootFile, { io: 'input' });
  return { $schema, title: 'aks-reflex fleet file', ...schema };
}
