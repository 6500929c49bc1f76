import type { EdgePolicy } from '../../shared/domain/traffic/policy.ts';
import type { Mode } from '../../shared/domain/mode.ts';
import type { SimEdge } from './case.ts';
import type { Chance } from './chance.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourcegroups/rg/providers';
const REGIONS: readonly string[] = ['westeurope', 'northeurope', 'eastus', 'westus3', 'southeastasia'];
const SEC = 1_000;
const MIN = 60_000;

/** One to four edges over two to five regions. */
export function drawEdges(chance: Chance, hasTwin: boolean): readonly SimEdge[] {
  const regions = REGIONS.slice(0, chance.int(2, 5));
  const isShared = chance.yes(0.5);
  const edges = Array.from({ length: chance.pick([1, 1, 2, 2, 3, 4]) }, (_, index) =>
    drawEdge(chance, { index, isShared, regions, hasTwin }),
  );
  return edges.map((edge) => withRoom(edge, edges));
}

/** What stands there at first is within the limits, or nothing could come back to it. */
function withRoom(edge: SimEdge, edges: readonly SimEdge[]): SimEdge {
  const room = (name: string): number =>
    Math.ceil((edges.reduce((sum, one) => sum + loadAt(one, name), 0) * ROOM) / (1 - edge.edge.policy.safety.headroom));
  const capacity = Object.entries(edge.capacity).map(([name, drawn]) => [name, Math.max(drawn, room(name))] as const);
  return { ...edge, capacity: Object.fromEntries(capacity) };
}

/** Requests a second that an edge puts on a region at first. */
function loadAt({ origins, load }: SimEdge, name: string): number {
  const serving = origins.filter(({ enabled }) => enabled);
  const sum = serving.reduce((all, { weight }) => all + weight, 0);
  const own = serving.find(({ id }) => id.endsWith(`/${name}`))?.weight ?? 0;
  return (load * own) / sum;
}

/** Of a region's first load. */
const ROOM = 1.2;

interface Drawing {
  readonly index: number;
  /** Several origin groups lie in one profile. */
  readonly isShared: boolean;
  readonly regions: readonly string[];
  /** Edges of Front Door have a second group, and one to three routes. */
  readonly hasTwin: boolean;
}

function drawEdge(chance: Chance, { index, isShared, regions, hasTwin }: Drawing): SimEdge {
  const isFrontDoor = chance.yes(0.65);
  const name = `edge${index}`;
  const profile = isFrontDoor
    ? `${GROUP}/microsoft.cdn/profiles/p${isShared ? 0 : index}`
    : `${GROUP}/microsoft.network/trafficmanagerprofiles/tm${index}`;
  const id = isFrontDoor ? `${profile}/origingroups/${name}` : profile;
  const kept = regions.filter(() => chance.yes(0.85));
  const used = kept.length < 2 ? regions.slice(0, 2) : kept;
  const origins = used.map((region) => ({
    name: region,
    id: `${id}/${isFrontDoor ? 'origins' : 'azureendpoints'}/${region}`,
    region,
    cluster: `shop-${region}`,
  }));
  const standby = chance.yes(0.2) && used.length > 2 ? origins.at(-1)?.id : undefined;
  return {
    edge: {
      name,
      id,
      service: isFrontDoor ? 'front-door' : 'traffic-manager',
      profile,
      priority: chance.int(1, 3),
      origins,
      policy: drawPolicy(chance, used.length),
      ...(isFrontDoor && chance.yes(0.25) ? { hasGates: true as const } : {}),
      ...(isFrontDoor && hasTwin ? { twin: twinOf(id, profile, chance.int(1, 3)) } : {}),
    },
    origins: origins.map((origin) => ({
      id: origin.id,
      enabled: origin.id !== standby,
      weight: chance.pick([1, 50, 100, 500, 1000]),
      priority: 1,
    })),
    load: chance.pick([10, 100, 300]),
    capacity: Object.fromEntries(used.map((region) => [region, chance.pick([80, 200, 400, 1_000])])),
  };
}

function twinOf(id: string, profile: string, routes: number): NonNullable<SimEdge['edge']['twin']> {
  const name = id.split('/').at(-1) ?? '';
  const numbers = Array.from({ length: routes }, (_, index) => index + 1);
  return {
    originGroup: `${id}-b`,
    routes: numbers.map((number) => `${profile}/afdendpoints/${name}/routes/r${number}`),
  };
}

function drawPolicy(chance: Chance, origins: number): EdgePolicy {
  const mode = (): Mode => chance.pick(['enforce', 'enforce', 'enforce', 'propose', 'observe']);
  const drain = mode();
  return {
    evidence: drawEvidence(chance),
    safety: {
      minEnabled: chance.int(1, origins > 2 ? 2 : 1),
      maxDrainFraction: chance.pick([1, 1, 0.5, 0.34]),
      headroom: chance.pick([0, 0, 0.2]),
      allowStandby: chance.yes(0.4),
      allowPartial: chance.yes(0.25),
    },
    bake: chance.yes(0.5)
      ? { bakeMs: 0, propagationMs: 0, metricLagMs: 0 }
      : {
          bakeMs: chance.int(20, 180) * SEC,
          propagationMs: chance.pick([0, 30 * SEC]),
          metricLagMs: chance.pick([0, MIN]),
        },
    data: { dataFirst: false },
    mode: { drain, restore: drain === 'observe' ? 'enforce' : chance.pick(['enforce', 'enforce', 'propose']) },
    approvals: {
      drain: chance.pick([0, 0, 1]),
      restore: chance.pick([0, 1]),
      runbook: chance.pick([0, 0, 1, 2]),
      override: chance.pick([0, 1, 2]),
      withinMs: chance.int(5, 60) * MIN,
    },
    ...(chance.yes(0.3) ? { redistribute: 'capacity' as const } : {}),
    ...(chance.yes(0.3) ? { weightTotal: chance.pick([100, 1_000]) } : {}),
    blockedDates: [],
    isUndone: chance.yes(0.8),
  };
}

function drawEvidence(chance: Chance): EdgePolicy['evidence'] {
  return {
    quorum: chance.pick([1, 1, 2]),
    needsOutside: chance.yes(0.2),
    voteTtlMs: chance.pick([5 * MIN, 30 * MIN, 600 * MIN]),
    settleMs: chance.pick([0, 0, 20 * SEC, MIN]),
    holdMs: chance.pick([0, 0, 30 * SEC]),
    recoverHoldMs: chance.pick([0, 2 * MIN, 10 * MIN]),
    ...(chance.yes(0.2)
      ? {
          damping: {
            perFlap: 1_000,
            halfLifeMs: 10 * MIN,
            suppress: 1_500,
            reuse: 750,
            maxSuppressMs: 30 * MIN,
          },
        }
      : {}),
    ...(chance.yes(0.25)
      ? { cooldown: { ms: chance.int(2, 15) * MIN, scope: chance.pick(['group', 'region'] as const) } }
      : {}),
    isRelative: false,
    minRequests: 0,
    ...(chance.yes(0.5) ? { errorRateMax: 0.05 } : {}),
  };
}
