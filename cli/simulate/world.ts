import { LocalArm } from '../../local/arm/local-arm.ts';
import { inProcess } from '../../local/http/in-process.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { FrontDoorEdgeControl } from '../../shared/adapters/azure-front-door/edge-control.ts';
import { TrafficManagerEdgeControl } from '../../shared/adapters/azure-traffic-manager/edge-control.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGateDocuments } from '../../shared/adapters/in-memory/gate-documents.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { inGroup } from '../../shared/domain/traffic/twin.ts';
import type { Fleet, FleetEdge } from '../../shared/fleet/model.ts';
import type { EdgeControl, OriginChange } from '../../shared/ports/edge-control.ts';
import type { Operation } from '../../shared/ports/operation.ts';
import type { EdgeReading, EdgeReadings } from '../../shared/ports/edge-readings.ts';
import type { SignalQueue } from '../../shared/ports/signal-queue.ts';
import type { StepEvidence } from '../../shared/ports/step-evidence.ts';
import { faultOf } from './faults.ts';
import { given, policyOf } from './policy.ts';
import { lagOf, methodOf, monitorStatusOf, promotionOf, readingOf } from './reading.ts';
import type { Scenario } from './scenario.ts';

/** The subscription that `/subscriptions/s` stands for: ARM's are GUIDs. */
const SUBSCRIPTION = '00000000-0000-4000-8000-00000000000f';
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const AFD = `${GROUP}/providers/Microsoft.Cdn/profiles/p1`;
const TM = `${GROUP}/providers/Microsoft.Network/trafficManagerProfiles/p1`;

/** A message that waits until its time. */
export interface QueuedMessage {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly due: number;
}

/** What the data plane shows from some time on, where it differs from what the scenario began with. */
export interface Shown {
  readonly noData?: boolean;
  readonly served?: NonNullable<EdgeReading['served']>;
  readonly requestsByRegion?: Readonly<Record<string, number>>;
  /** Since when requests were counted, in milliseconds since 1970. */
  readonly since?: number;
}

/** Everything outside of the app, for one scenario: ARM, measurements, rows, a queue, a clock. */
export class World {
  readonly clock: VirtualClock;
  readonly random = new SeededRandom(1);
  readonly arm: LocalArm;
  readonly rows = new InMemoryRowStore();
  readonly blobs = new InMemoryBlobStore();
  readonly edge: FleetEdge;
  readonly fleet: Fleet;
  /** Origin regions in the scenario's order. */
  readonly scenario: Scenario;
  messages: QueuedMessage[] = [];
  /** Writes to the group that serves nobody. */
  prepared = 0;
  shown: Shown = {};
  /** Whether what people do shows. */
  stepEvidence: StepEvidence = { isTrue: () => Promise.resolve(false) };
  /** Called before a read and around a write; scenarios put things there that happen meanwhile. */
  hooks: { beforeRead?: () => Promise<void>; beforeWrite?: () => Promise<void>; afterWrite?: () => void } = {};
  readonly start: number;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.start = startOf(scenario);
    this.clock = new VirtualClock(this.start);
    this.arm = new LocalArm({ clock: this.clock, random: this.random });
    this.edge = edgeOf(scenario);
    this.fleet = fleetOf(this.edge);
    this.#seedArm();
    this.arm.faults.set(scenario.arm.map((fault) => faultOf(fault, scenario.backend)));
  }

  /** ARM id of a region's origin. */
  originId(region: string): string {
    return this.edge.origins.find((origin) => origin.region === region.toLowerCase())?.id ?? region;
  }

  /** Now, in seconds of the scenario. */
  seconds(): number {
    return (this.clock.now().getTime() - this.start) / 1000;
  }

  /** True while the app's rows cannot be reached. */
  isStoreDown(): boolean {
    const { storeDown = false } = this.scenario.state;
    return typeof storeDown === 'number' ? this.seconds() < storeDown : storeDown;
  }

  /** An instant of the scenario. */
  at(seconds: number): Date {
    return new Date(this.start + seconds * 1000);
  }

  /** The control plane as the real adapters reach it. */
  control(): EdgeControl {
    const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
    const options = { httpClient: inProcess(this.arm.handler) };
    const real =
      this.scenario.backend === 'afd'
        ? new FrontDoorEdgeControl(credential, options)
        : new TrafficManagerEdgeControl(credential, options);
    return {
      read: async (edge, twin) => {
        await this.hooks.beforeRead?.();
        return await real.read(edge, twin);
      },
      begin: async (resource, change) => {
        if (this.#isPreparation(resource)) {
          return this.#prepare(resource, change as OriginChange);
        }
        await this.hooks.beforeWrite?.();
        const accepted = this.arm.accepted.length;
        const operation = await real.begin(resource, change);
        if (this.arm.accepted.length > accepted) {
          this.hooks.afterWrite?.();
        }
        return operation;
      },
      poll: (resource, state) => real.poll(resource, state),
    };
  }

  /** ARM id of a region's origin in the group that serves. */
  servingId(region: string): string {
    const id = this.originId(region);
    const live = this.#liveGroup();
    return live === undefined ? id : inGroup(id, live);
  }

  /** The group that the route refers to; undefined without a twin. */
  #liveGroup(): string | undefined {
    const route = this.arm.state.get(this.edge.twin?.routes[0] ?? '')?.properties['originGroup'];
    return (route as { readonly id?: string } | undefined)?.id?.toLowerCase();
  }

  #isPreparation(resource: string): boolean {
    const live = this.#liveGroup();
    return live !== undefined && resource.includes('/origins/') && !resource.startsWith(`${live}/`);
  }

  /** `atomic` says that the second group stands ready: what it takes to get it so is no part of a scenario. */
  #prepare(resource: string, change: OriginChange): Operation {
    this.prepared += 1;
    this.arm.change(resource, {
      ...('weight' in change ? { weight: change.weight } : {}),
      ...('enabled' in change ? { enabledState: change.enabled ? 'Enabled' : 'Disabled' } : {}),
    });
    return { status: 'succeeded' };
  }

  readonly readings: EdgeReadings = { read: () => Promise.resolve(this.#reading()) };

  readonly gates = new InMemoryGateDocuments();

  readonly queue: SignalQueue = {
    send: (text, delayMs = 0) => {
      this.messages.push({ text, due: this.clock.now().getTime() + delayMs });
      return Promise.resolve();
    },
  };

  #reading(): EdgeReading | undefined {
    if (this.shown.noData === true) {
      return undefined;
    }
    const { origins, load, state } = this.scenario;
    const lagMs = lagOf(state.data?.lagSec);
    return {
      load,
      origins: Object.fromEntries(origins.map((origin) => [origin.region.toLowerCase(), this.#readingOf(origin)])),
      served: this.shown.served ?? { requests: Number.MAX_SAFE_INTEGER, errorRate: 0 },
      ...given({ since: this.shown.since, replicationLagMs: lagMs, promotion: promotionOf(state.data?.promote) }),
    };
  }

  /** What is drained gets no requests, unless the data plane shows otherwise. */
  #readingOf(origin: Scenario['origins'][number]): EdgeReading['origins'][string] {
    const { requestsPerMinute, ...reading } = readingOf(origin);
    const { enabledState, endpointStatus } = this.arm.state.get(this.servingId(origin.region))?.properties ?? {};
    const shown = this.shown.requestsByRegion?.[origin.region.toLowerCase()];
    const isOut = (enabledState ?? endpointStatus) === 'Disabled';
    return { ...reading, ...given({ requestsPerMinute: shown ?? (isOut ? 0 : requestsPerMinute) }) };
  }

  #seedArm(): void {
    const { twin, profile } = this.edge;
    const id = this.scenario.backend === 'afd' ? `${AFD}/originGroups/og` : TM;
    this.#seedGroup(id);
    const [route] = twin?.routes ?? [];
    if (twin !== undefined && route !== undefined) {
      this.#seedGroup(twin.originGroup);
      this.arm.seed({ id: `${profile}/afdendpoints/e`, properties: {} });
      this.arm.seed({ id: route, properties: { originGroup: { id } } });
    }
  }

  #seedGroup(id: string): void {
    const { backend, origins, routing = {}, state } = this.scenario;
    const isFrontDoor = backend === 'afd';
    const { additionalLatencyInMilliseconds = 50, sessionAffinityState = 'Disabled', ttl = 0, method } = routing;
    this.arm.seed({
      id,
      properties: isFrontDoor
        ? { loadBalancingSettings: { additionalLatencyInMilliseconds }, sessionAffinityState }
        : { trafficRoutingMethod: method ?? methodOf(origins), dnsConfig: { ttl } },
    });
    for (const origin of origins) {
      const { weight, priority, enabled } = origin;
      const rampWeight = state.ramp?.[origin.region] ?? weight;
      const common = { weight: rampWeight, priority };
      const status = enabled ? 'Enabled' : 'Disabled';
      this.arm.seed({
        id: isFrontDoor ? `${id}/origins/${origin.region}` : `${id}/azureEndpoints/${origin.region}`,
        properties: isFrontDoor
          ? { ...common, enabledState: status }
          : {
              ...common,
              endpointStatus: status,
              endpointMonitorStatus: origin.monitorStatus ?? monitorStatusOf(origin),
              ...(origin.alwaysServe === true ? { alwaysServe: 'Enabled' } : {}),
            },
      });
    }
  }
}

function startOf({ wall, events = [], event }: Scenario): number {
  const said =
    wall ??
    [...events, ...(event === undefined ? [] : [event])]
      .map((one) => one['wall'])
      .find((one) => typeof one === 'string');
  const parsed = typeof said === 'string' ? Date.parse(said) : Number.NaN;
  return Number.isNaN(parsed) ? Date.parse('2026-03-02T08:00:00Z') : parsed;
}

function edgeOf(scenario: Scenario): FleetEdge {
  const isFrontDoor = scenario.backend === 'afd';
  const id = (isFrontDoor ? `${AFD}/originGroups/og` : TM).toLowerCase();
  return {
    name: 'shop',
    id,
    service: isFrontDoor ? 'front-door' : 'traffic-manager',
    profile: (isFrontDoor ? AFD : TM).toLowerCase(),
    priority: 1,
    origins: scenario.origins.map(({ region }) => ({
      name: region.toLowerCase(),
      id: `${id}/${isFrontDoor ? 'origins' : 'azureendpoints'}/${region.toLowerCase()}`,
      region: region.toLowerCase(),
      cluster: `shop-${region.toLowerCase()}`,
    })),
    policy: policyOf(scenario),
    ...(isFrontDoor && scenario.policy.atomic === true ? { twin: twinOf() } : {}),
  };
}

/** The second group of a scenario in which all regions move with one write. */
function twinOf(): NonNullable<FleetEdge['twin']> {
  const profile = AFD.toLowerCase();
  return { originGroup: `${profile}/origingroups/og-b`, routes: [`${profile}/afdendpoints/e/routes/r`] };
}

function fleetOf(edge: FleetEdge): Fleet {
  const nothing = { registries: [], keyVaults: [], repositories: [], clusters: [], images: [], fleetFiles: {} };
  return { name: 'scenario', revision: '1', ...nothing, edges: [edge] };
}
