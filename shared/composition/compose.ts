import { ContainerBlobStore } from '../adapters/azure-storage/blob-store.ts';
import { StorageSignalQueue } from '../adapters/azure-storage/signal-queue.ts';
import { PublishedKeys } from '../adapters/entra/published-keys.ts';
import { SystemClock } from '../adapters/node/system-clock.ts';
import { SystemRandom } from '../adapters/node/system-random.ts';
import { approverCheck } from '../api/people/approvers.ts';
import { answerPerson } from '../api/people/answer-person.ts';
import type { PeopleTools } from '../api/people/route.ts';
import { receiveAlert } from '../api/receive-alert.ts';
import type { Reflex } from '../reflex.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { PullRequests } from '../ports/pull-requests.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import type { StepEvidence } from '../ports/step-evidence.ts';
import type { TokenKeys } from '../ports/token-keys.ts';
import { mayPutBack, parseCeiling } from '../fleet/ceiling.ts';
import type { EdgeControl, EdgeRoutes } from '../ports/edge-control.ts';
import type { GateDocuments } from '../ports/gate-documents.ts';
import type { NodePools } from '../ports/node-pools.ts';
import type { Permissions } from '../ports/permissions.ts';
import type { DataTier } from '../ports/data-tier.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import type { EvidenceSource } from '../ports/evidence-source.ts';
import type { StageVerifier } from '../ports/stage-verifier.ts';
import type { Fleet, FleetEdge, FleetRepository } from '../fleet/model.ts';
import type { Paging } from '../notify/paging.ts';
import { growthOf } from '../pipeline/clusters/growth.ts';
import { accessOf } from '../pipeline/edges/access.ts';
import { Edges } from '../pipeline/edges/edges.ts';
import { knownEdge, knownFleet } from '../pipeline/edges/known-fleet.ts';
import type { WakeReason } from '../pipeline/envelope.ts';
import { Wakes } from '../pipeline/wakes.ts';
import { checkReady } from '../pipeline/check-ready.ts';
import { explainImageNow } from '../pipeline/images/explain-image.ts';
import type { ActorDependencies } from '../pipeline/actor.ts';
import { handleMessage } from '../pipeline/handle-message.ts';
import { parkMessage } from '../pipeline/park-message.ts';
import { prune } from '../pipeline/prune.ts';
import { readRecord } from '../pipeline/read-record.ts';
import { receive } from '../pipeline/receive.ts';
import { describeStage } from '../pipeline/images/stage-versions.ts';
import { branchOf, proposalBranchOf } from '../pipeline/images/targets.ts';
import { sweepRegistries } from '../pipeline/images/sweep-registries.ts';
import { chainsOf, tickRegions } from '../pipeline/tick-regions.ts';
import { tickPromotions } from '../pipeline/promotion/promote.ts';
import { tickBranches } from '../pipeline/images/tick-branches.ts';
import { Ledger } from '../records/ledger.ts';
import { Parking } from '../records/parking.ts';
import { RefusedTokens } from '../records/refused-tokens.ts';
import type { ReadinessPorts } from '../reactions/readiness/index.ts';
import type { Settings } from '../settings.ts';
import { edgeTarget } from '../targets/edge/index.ts';
import { gitBranchKind } from '../targets/git-branch/index.ts';
import { gitPullRequestKind } from '../targets/git-branch/pull-requests/index.ts';
import { consoleLog } from './console-log.ts';
import { edgeOpener, nodePoolsOpener, permissionsOpener, readingsOpener } from './edge-opener.ts';
import { withDataTier } from './data-tier-readings.ts';
import { openDataTier, openEvidence, openStepEvidence } from './evidence-opener.ts';
import { fleetReader, type FleetReader } from './fleet-reader.ts';
import { gateOpener, gateScopes } from './gate-opener.ts';
import { gitOpener } from './git-opener.ts';
import { measureBy } from './measure.ts';
import { openHeartbeat, openNotices, openPaging } from './pager-opener.ts';
import { artifactsOpener, registryOpener } from './registry-opener.ts';
import { accountOf, storedRows } from './stored-rows.ts';
import { imageGates, openTrust, type TrustPorts } from './trust-opener.ts';
import { edgeTargets, openClusters } from './traffic-targets.ts';
import { openVerifiers } from './verifier-opener.ts';

/** The app role that an action group's sender must hold. */
const ALERT_ROLE = 'ActionGroupsSecureWebhook';
/** The delegated permission that a person's token must hold. */
const PEOPLE_SCOPE = 'reflex.act';
/** https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens: up to five minutes are usual. */
const CLOCK_SKEW_S = 60;

/** Every port of the app. What is left out of `compose`'s second argument is built from the settings. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly rows: RowStore;
  readonly blobs: BlobStore;
  readonly queue: SignalQueue;
  readonly registry: (loginServer: string) => ImageRegistry;
  /** What image gates ask; what is left out is built. */
  readonly trust: Partial<TrustPorts>;
  readonly git: (repository: FleetRepository) => Promise<GitRepository>;
  readonly pullRequests: (repository: FleetRepository) => Promise<PullRequests>;
  readonly fleet: FleetReader;
  readonly keys: TokenKeys;
  readonly edgeControl: (edge: FleetEdge) => EdgeControl & EdgeRoutes;
  readonly edgeReadings: EdgeReadings;
  readonly dataTier: DataTier;
  readonly nodePools: NodePools;
  readonly permissions: Permissions;
  /** Who is asked about an edge's regions beside the edge itself. */
  readonly evidence: readonly EvidenceSource[];
  readonly stepEvidence: StepEvidence;
  readonly gates: GateDocuments;
  /** Who is asked whether a stage took a version well. */
  readonly verifiers: readonly StageVerifier[];
  /** Puts something around each port that was built or given: crash points in tests. */
  readonly wrap: <Port extends object>(name: string, port: Port) => Port;
}

/** What is built for every app; gates only where the settings name stores for them. */
type BuiltPorts = Omit<Ports, 'keys' | 'gates' | 'trust' | 'dataTier'> &
  Partial<Pick<Ports, 'gates'>> & {
    readonly trust: TrustPorts;
    /** The fleet with what it no longer names and is still followed. */
    readonly known: FleetReader;
    readonly knownEdge: (id: string) => Promise<FleetEdge | undefined>;
    readonly isWritable: (edge: Pick<FleetEdge, 'id'>) => boolean;
  };

/**
 * Builds the app: the one place that knows which adapter serves which port. No I/O happens before the first call.
 *
 * @param given - ports to use instead of the real ones: a virtual clock, in-memory stores, wrapped adapters.
 */
export function compose(settings: Settings, given: Partial<Ports> = {}): Reflex {
  const ports = buildPorts(settings, given);
  const actor = buildActor(settings, ports);
  const paging = openPaging(settings, ports);
  const heartbeat = openHeartbeat(settings, ports);
  const notices = openNotices(settings, ports);
  const { entra } = settings;
  const refused = new RefusedTokens(ports);
  const keys = given.keys ?? new PublishedKeys({ ...entra, clock: ports.clock });
  const trust = { ...entra, skewSeconds: CLOCK_SKEW_S, applicationIds: entra.alertSenders, role: ALERT_ROLE };
  return {
    receive: async (body, via) => await receive(body, via, actor),
    receiveAlert: async (alert) =>
      await receiveAlert(alert, { ...ports, keys, trust, refused, store: (body, via) => receive(body, via, actor) }),
    handle: async (message) => await handleMessage(message, actor),
    park: async (message) => await parkMessage(message, actor),
    tick: async () => {
      await tickBranches(actor);
      await tickPromotions({ ...actor, git: ports.git, verifiers: ports.verifiers });
    },
    sweepRegistries: async () => await sweepRegistries(actor),
    tickRegions: async () => {
      await tickRegions(actor, {
        ...ports,
        paging,
        chains: async () => chainsOf(await actor.fleet()),
        names: async () => (await actor.fleet()).edges,
        ...(heartbeat === undefined ? {} : { heartbeat }),
        ...(notices === undefined ? {} : { notices }),
      });
      await refused.write();
    },
    checkReady: async () => await checkReady(readinessPorts(ports, actor, gateScopes(settings))),
    prune: async () => {
      await prune({ ...ports, fleet: ports.known, retentionMs: settings.retentionMs });
    },
    record: async (id) => await readRecord(id, actor),
    answer: async (request) =>
      await answerPerson(request, buildPeople(settings, { ...ports, keys, paging, refused }, actor)),
  };
}

function buildPeople(
  { entra, ceiling, gates }: Settings,
  ports: BuiltPorts & Pick<Ports, 'keys'> & { readonly paging: Paging; readonly refused: RefusedTokens },
  actor: ActorDependencies,
): PeopleTools {
  const { approvers } = parseCeiling(ceiling);
  const client = { clientApplicationId: entra.clientAppId, scope: PEOPLE_SCOPE };
  return {
    ...ports,
    fleet: ports.known,
    parking: actor.parking,
    trust: { ...entra, ...client, skewSeconds: CLOCK_SKEW_S },
    gateAccess: { accounts: Object.values(gates.stores), key: gates.key },
    record: async (id) => await readRecord(id, actor),
    imageHistory: async (staged) => await describeStage(staged, actor),
    explainImage: async (rule, repository) => await explainImageNow(rule, repository, actor),
    ...(approvers === undefined ? {} : { approvers }),
  };
}

function buildPorts(settings: Settings, given: Partial<Ports> = {}): BuiltPorts {
  const { clock = new SystemClock(), random = new SystemRandom(), log = consoleLog(), wrap = unwrapped } = given;
  const account = accountOf(settings.storage);
  const rows = wrap('rows', given.rows ?? storedRows(settings.storage, { clock, random }));
  const blobs = wrap('blobs', given.blobs ?? new ContainerBlobStore({ account, container: 'reflex', clock, random }));
  const queue = wrap('queue', given.queue ?? new StorageSignalQueue({ account, queue: 'signals', clock }));
  const openRegistry = given.registry ?? registryOpener(settings, clock);
  const opener = gitOpener(settings, { clock, rows });
  const { git: openGit = opener.repository, pullRequests: openPulls = opener.pullRequests } = given;
  const openEdge = given.edgeControl ?? edgeOpener(settings);
  const git = async (repository: FleetRepository): Promise<GitRepository> => wrap('git', await openGit(repository));
  const fleet = given.fleet ?? fleetReader(settings, { clock, blobs, git, log });
  const isWritable = ({ id }: Pick<FleetEdge, 'id'>): boolean => mayPutBack(parseCeiling(settings.ceiling), id);
  const followed = { rows, clock, fleet, isWritable };
  const known = async (): Promise<Fleet> => await knownFleet(followed);
  const measured = given.edgeReadings ?? readingsOpener(settings, { clock, fleet: known });
  const dataTier = given.dataTier ?? openDataTier(settings, { clock, log });
  const readings = withDataTier(measured, { dataTier, fleet: known });
  const evidence = given.evidence ?? openEvidence(settings, { clock, log });
  const verifiers = given.verifiers ?? openVerifiers(settings, { ...opener, clock, rows, wrap });
  const gates = given.gates ?? gateOpener(settings, { clock, random, log });
  const trust = {
    ...openTrust(settings, { clock, blobs, artifacts: artifactsOpener(settings, clock) }),
    ...given.trust,
  };
  return {
    clock,
    random,
    log,
    wrap,
    rows,
    blobs,
    queue,
    git,
    pullRequests: async (repository) => wrap('pullRequests', await openPulls(repository)),
    registry: (loginServer) => wrap('registry', openRegistry(loginServer)),
    edgeControl: (edge) => wrap('edge', openEdge(edge)),
    edgeReadings: wrap('readings', readings),
    nodePools: wrap('nodePools', given.nodePools ?? nodePoolsOpener(settings)),
    permissions: wrap('permissions', given.permissions ?? permissionsOpener(settings)),
    evidence: evidence.map((source) => wrap('evidence', source)),
    verifiers: verifiers.map((verifier) => wrap('verifier', verifier)),
    stepEvidence: given.stepEvidence ?? openStepEvidence(settings, { clock, log }),
    ...(gates === undefined ? {} : { gates: wrap('gates', gates) }),
    trust,
    fleet,
    known,
    knownEdge: async (id) => await knownEdge(id, followed),
    isWritable,
  };
}

function unwrapped<Port extends object>(_name: string, port: Port): Port {
  return port;
}

function buildActor(settings: Settings, ports: BuiltPorts): ActorDependencies {
  const { rows, blobs, clock, fleet, git } = ports;
  const { approvers } = parseCeiling(settings.ceiling);
  const isApprover = approverCheck(ports.known, approvers);
  const recordLink = (id: string): string => (settings.recordUrl === '' ? id : `${settings.recordUrl}/${id}`);
  const branches = gitBranchKind({
    branch: async (target) => await branchOf(await fleet(), target, git),
    recordLink,
    blobs,
  });
  const pullRequests = gitPullRequestKind({
    branch: async (target) => await proposalBranchOf(await fleet(), target, ports),
    recordLink,
    blobs,
  });
  const wakes = new Wakes(ports);
  const wake = async (edge: FleetEdge, why: WakeReason, inMs: number): Promise<void> =>
    await wakes.send(edgeTarget(edge), inMs, why);
  const measure = measureBy({ ...ports, readings: ports.edgeReadings, sources: ports.evidence });
  const edges = new Edges(
    { ...ports, isApprover, edges: edgeTargets(ports), wake, measure, ...ownRegionOf(settings) },
    fleet,
  );
  const records = { parking: new Parking({ blobs, rows, clock }), ledger: new Ledger(rows) };
  const targets = { branches, pullRequests, edges, clusters: openClusters(settings, { ...ports, isApprover, wakes }) };
  return { ...ports, ...records, ...targets, wakes, isApprover, imageGates: imageGates(ports.trust), fleet };
}

/** With a single cell there is nobody else to ask. */
function ownRegionOf({ region, cells }: Settings): { readonly ownRegion?: string } {
  return region !== '' && cells.some((cell) => cell !== region) ? { ownRegion: region } : {};
}

/** Readiness is checked by reading what a failover would read. */
function readinessPorts(ports: BuiltPorts, { edges }: ActorDependencies, stores: readonly string[]): ReadinessPorts {
  const { rows, clock, fleet, edgeControl, nodePools, permissions } = ports;
  return {
    rows,
    clock,
    edges: async () => (await fleet()).edges,
    target: edgeTarget,
    observe: async (edge) => await edges.observe(edge),
    probe: async (edge) => (await edgeControl(edge).read(edge.id)).routing.probe,
    growth: async (edge) => await growthOf(edge, { clusters: (await fleet()).clusters, nodePools }),
    access: async (edge) =>
      await accessOf(edge, { clusters: (await fleet()).clusters, nodePools, permissions, stores }),
    // With a twin either group may serve: the edge's own state tells.
    routes: async (edge) => (edge.twin === undefined ? await edgeControl(edge).routesTo(edge.id) : undefined),
  };
}
