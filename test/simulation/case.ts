import type { EdgeCommand } from '../../shared/commands/edge-command.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import type { ArmFault, SimOrigin } from './sim-arm.ts';
import type { PoolTrouble, SimGrowth } from './sim-clusters.ts';

/** One of the two apps. */
export type CellIndex = 0 | 1;

/** A person's command without the members that every one has. */
export type Asked = EdgeCommand extends infer One
  ? One extends EdgeCommand
    ? Omit<One, 'edge' | 'reason' | 'dryRun'>
    : never
  : never;

/** Something that happens `at` milliseconds after the beginning. Edges by their place in the case's list. */
export type SimEvent = { readonly at: number } & (
  | { readonly kind: 'health'; readonly region: string; readonly healthy: boolean }
  | {
      readonly kind: 'alert';
      readonly id: string;
      readonly edge: number;
      readonly region: string;
      readonly isOver: boolean;
      /** Milliseconds after the beginning. */
      readonly firedAt: number;
      readonly resolvedAt: number;
      /** Both cells are given it at once. */
      readonly both: boolean;
    }
  | {
      readonly kind: 'measurement';
      readonly edge: number;
      readonly source: string;
      readonly region: string;
      readonly isBad: boolean;
      readonly ageMs: number;
      readonly both: boolean;
    }
  | { readonly kind: 'command'; readonly id: string; readonly edge: number; readonly asked: Asked }
  | { readonly kind: 'approve'; readonly edge: number; readonly by: string; readonly wrong: boolean }
  | { readonly kind: 'reject' | 'pause' | 'resume' | 'cancel'; readonly edge: number }
  | { readonly kind: 'kill' | 'automation'; readonly on: boolean }
  | { readonly kind: 'firing'; readonly names: readonly string[] }
  | { readonly kind: 'operator'; readonly edge: number; readonly origin: number; readonly enabled: boolean }
  | { readonly kind: 'operator-weight'; readonly edge: number; readonly origin: number; readonly weight: number }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'skew'; readonly cell: CellIndex; readonly ms: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'arm'; readonly faults: readonly ArmFault[] }
  | { readonly kind: 'no-data'; readonly edge: number; readonly on: boolean }
  | { readonly kind: 'served'; readonly edge: number; readonly errorRate: number }
  | { readonly kind: 'storage'; readonly how: 'down' | 'unsure'; readonly ms: number }
  | { readonly kind: 'outage'; readonly of: Service; readonly ms: number }
  | { readonly kind: 'crash'; readonly cell: CellIndex; readonly calls: number; readonly downMs: number }
  | { readonly kind: 'partition'; readonly cell: CellIndex; readonly ms: number }
  | { readonly kind: 'deploy'; readonly cell: CellIndex }
  | { readonly kind: 'restore' }
  | { readonly kind: 'remove-origin'; readonly edge: number; readonly origin: number }
  | { readonly kind: 'remove-edge' | 'return'; readonly edge: number }
  | { readonly kind: 'dismiss'; readonly by: string }
  | { readonly kind: 'pool'; readonly region: string; readonly trouble: PoolTrouble }
);

/** An edge and what stands in Azure for it. */
export interface SimEdge {
  readonly edge: FleetEdge;
  readonly origins: readonly SimOrigin[];
  /** Requests a second in all. */
  readonly load: number;
  /** Requests a second, by name of the origin. */
  readonly capacity: Readonly<Record<string, number>>;
}

/** All that one run is made of, beside the chance of its calls. */
export interface Case {
  readonly seed: number;
  readonly edges: readonly SimEdge[];
  readonly overlap: 'queue' | 'conflict';
  /** How long Front Door's writes take, in milliseconds. */
  readonly durationMs: number;
  readonly events: readonly SimEvent[];
  /** Clusters that may grow; origins have a capacity of their own if absent. */
  readonly growth?: SimGrowth;
  /** When the last fault stops, in milliseconds after the beginning. */
  readonly activeMs: number;
}

/** Begin of every run. */
export const START = Date.parse('2026-11-02T08:00:00Z');
/** What the app needs beside storage and the control plane, and can be without for a while. */
export const SERVICES = ['token', 'key-vault', 'github'] as const;
export type Service = (typeof SERVICES)[number];

export const SOURCES: readonly string[] = ['synthetic', 'edge-health', 'app'];
export const ASKER = 'alice';
export const APPROVERS: readonly string[] = ['bob', 'carol', 'dave'];
