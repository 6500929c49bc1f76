import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { ArmResource } from '../arm/arm-state.ts';
import type { Handler } from '../http/serve.ts';
import { choose, type Candidate } from './choose.ts';
import { Deployment } from './deployment.ts';
import { Meter, minuteOf } from './meter.ts';
import type { OriginServer } from './origin-server.ts';
import { Prober } from './prober.ts';
import type { EdgeOrigin, EdgeSettings } from './settings.ts';

/** Names the origin that served a request. */
export const SERVED_BY = 'x-reflex-region';

export interface LocalEdgeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** By host name in lower case. */
  readonly servers: Readonly<Record<string, OriginServer>>;
  /** Until an applied write of Front Door shows, in milliseconds; its FAQ says up to 20 minutes. 2 minutes if absent. */
  readonly propagationMs?: number;
  /** Resolvers that ask Traffic Manager, each of which keeps an answer for its TTL. */
  readonly resolvers?: number;
  /** Traffic Manager's word on an endpoint has changed. */
  readonly onMonitored?: (endpoint: string, status: 'Online' | 'Degraded') => void;
}

/** What one origin has served in one minute. */
export interface ServedMinute {
  readonly origin: string;
  /** Its start, in milliseconds since 1970. */
  readonly minute: number;
  readonly requests: number;
  /** Answers of 500 and above, and no answer. */
  readonly failures: number;
  /** Sum over those that were answered. */
  readonly latencyMs: number;
}

interface KeptAnswer {
  readonly origin: EdgeOrigin;
  readonly until: number;
}

const DEFAULT_PROPAGATION_MS = 120_000;
const DEFAULT_RESOLVERS = 200;
/** How often an edge without probes is looked at again. */
const UNPROBED_MS = 60_000;

/**
 * An edge that really routes: it probes origins as Front Door and Traffic Manager do, and answers each request through
 * the origin that they would have chosen. One point of presence; session affinity is not followed.
 */
export class LocalEdge {
  readonly meter = new Meter();
  readonly #options: LocalEdgeOptions;
  readonly #deployment: Deployment;
  readonly #prober = new Prober();
  readonly #served = new Map<string, Map<string, ServedMinute>>();
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #monitored = new Map<string, boolean>();
  readonly #probing = new Set<string>();
  readonly #closing = new AbortController();
  #isStarted = false;

  constructor(options: LocalEdgeOptions) {
    this.#options = options;
    this.#deployment = new Deployment(options.clock);
  }

  /** Resources that the edge has had all along. */
  deploy(...resources: readonly ArmResource[]): void {
    resources.forEach((resource) => this.#put(resource, 0));
  }

  /** A write that the control plane has applied: LocalArm's `onApplied`. Traffic Manager has it at once. */
  apply(resource: ArmResource): void {
    const { propagationMs = DEFAULT_PROPAGATION_MS } = this.#options;
    this.#put(resource, /\/microsoft\.cdn\//i.test(resource.id) ? propagationMs : 0);
  }

  /** Begins to probe; until then everything counts as well. */
  start(): void {
    this.#isStarted = true;
    this.#deployment.edges().forEach((edge) => this.#begin(edge));
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * What one origin group or Traffic Manager profile answers to its clients, or whichever group a route refers to.
   * @param id - ARM id of the one or the other.
   */
  handler(id: string): Handler {
    return async (request) => {
      const settings = this.#deployment.settings(this.#deployment.edgeAt(id));
      const origin = settings?.isEnabled === true ? this.#chosen(settings) : undefined;
      return settings === undefined || origin === undefined
        ? new Response('no origin', { status: 503 })
        : await this.#serve(settings, origin, request);
    };
  }

  /** What was served, by minute and origin, oldest first. */
  served(edge: string): readonly ServedMinute[] {
    return [...(this.#served.get(edge.toLowerCase())?.values() ?? [])];
  }

  /** What the probes say now; undefined for an origin that the edge does not have. @param origin - its name. */
  isHealthy(edge: string, origin: string): boolean | undefined {
    const settings = this.#deployment.settings(edge);
    const found = settings?.origins.find(({ name }) => name === origin);
    return found === undefined ? undefined : this.#prober.isHealthy(found, settings?.probe);
  }

  #put(resource: ArmResource, delayMs: number): void {
    const edge = this.#deployment.put(resource, delayMs);
    if (edge !== undefined && this.#isStarted) {
      this.#begin(edge);
    }
  }

  #begin(edge: string): void {
    if (!this.#probing.has(edge)) {
      this.#probing.add(edge);
      void this.#probe(edge, this.#closing.signal);
    }
  }

  async #probe(edge: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const settings = this.#deployment.settings(edge);
      await Promise.all((settings?.origins ?? []).map((origin) => this.#sample(settings, origin)));
      const waitMs = settings?.probe?.intervalMs ?? UNPROBED_MS;
      await this.#options.clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  async #sample(settings: EdgeSettings | undefined, origin: EdgeOrigin): Promise<void> {
    const probe = settings?.probe;
    if (settings === undefined || probe === undefined || !origin.isEnabled || origin.isAlwaysServed) {
      this.#prober.forget(origin.id);
      return;
    }
    const request = new Request(`https://${origin.host}${probe.path}`, {
      method: probe.method,
      headers: { 'user-agent': 'Edge Health Probe' },
    });
    const answer = await this.#options.servers[origin.host]?.(request).catch(() => undefined);
    const isOk = answer?.response.status === 200 && answer.latencyMs <= probe.timeoutMs;
    this.#prober.record(origin.id, { isOk, ...(answer === undefined ? {} : { latencyMs: answer.latencyMs }) });
    this.#meterProbe(settings, origin, isOk);
  }

  #meterProbe({ service, profile, name, probe }: EdgeSettings, origin: EdgeOrigin, isOk: boolean): void {
    const at = this.#options.clock.now().getTime();
    if (service === 'front-door') {
      const dimensions = { Origin: origin.label, OriginGroup: name };
      this.meter.record(profile, 'OriginHealthPercentage', dimensions, isOk ? 100 : 0, at);
      return;
    }
    const isOnline = this.#prober.isHealthy(origin, probe);
    const metric = 'ProbeAgentCurrentEndpointStateByProfileResourceId';
    this.meter.record(profile, metric, { EndpointName: origin.label }, isOnline ? 1 : 0, at);
    if ((this.#monitored.get(origin.id) ?? true) !== isOnline) {
      this.#options.onMonitored?.(origin.id, isOnline ? 'Online' : 'Degraded');
    }
    this.#monitored.set(origin.id, isOnline);
  }

  #chosen(settings: EdgeSettings): EdgeOrigin | undefined {
    return settings.service === 'front-door' ? this.#pick(settings) : this.#resolved(settings);
  }

  #pick(settings: EdgeSettings): EdgeOrigin | undefined {
    const candidates = settings.origins.map((origin): Candidate => {
      const latencyMs = this.#prober.latencyMs(origin.id);
      const isHealthy = this.#prober.isHealthy(origin, settings.probe);
      return { origin, isHealthy, ...(latencyMs === undefined ? {} : { latencyMs }) };
    });
    return choose(settings, candidates, this.#options.random);
  }

  /** One of the resolvers is asked; it answers from memory until its entry has expired. */
  #resolved(settings: EdgeSettings): EdgeOrigin | undefined {
    const { random, clock, resolvers = DEFAULT_RESOLVERS } = this.#options;
    const key = `${settings.id} ${Math.floor(random.next() * resolvers)}`;
    const now = clock.now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) {
      return kept.origin;
    }
    const origin = this.#pick(settings);
    if (origin !== undefined) {
      this.#kept.set(key, { origin, until: now + settings.ttlMs });
      this.meter.record(settings.profile, 'QpsByEndpoint', { EndpointName: origin.label }, 1, now);
    }
    return origin;
  }

  async #serve(settings: EdgeSettings, origin: EdgeOrigin, request: Request): Promise<Response> {
    const answer = await this.#options.servers[origin.host]?.(request).catch(() => undefined);
    const { status, statusText } = answer?.response ?? { status: 503, statusText: '' };
    this.#count(settings, origin, { status, ...(answer === undefined ? {} : { latencyMs: answer.latencyMs }) });
    const headers = new Headers(answer?.response.headers);
    headers.set(SERVED_BY, origin.name);
    return new Response(answer?.response.body ?? null, { status, statusText, headers });
  }

  #count(
    { id, service, profile }: EdgeSettings,
    origin: EdgeOrigin,
    { status, latencyMs }: { readonly status: number; readonly latencyMs?: number },
  ): void {
    const at = this.#options.clock.now().getTime();
    const minutes = this.#served.get(id) ?? new Map<string, ServedMinute>();
    this.#served.set(id, minutes);
    const minute = minuteOf(at);
    const key = `${minute} ${origin.name}`;
    const before = minutes.get(key) ?? { origin: origin.name, minute, requests: 0, failures: 0, latencyMs: 0 };
    minutes.set(key, {
      ...before,
      requests: before.requests + 1,
      failures: before.failures + (status >= 500 ? 1 : 0),
      latencyMs: before.latencyMs + (latencyMs ?? 0),
    });
    // Traffic Manager only answers names: it never sees a request.
    if (service === 'front-door') {
      const group = `${Math.floor(status / 100)}XX`;
      const dimensions = { HttpStatus: String(status), HttpStatusGroup: group, Origin: origin.label };
      this.meter.record(profile, 'OriginRequestCount', dimensions, 1, at);
      if (latencyMs !== undefined) {
        this.meter.record(profile, 'OriginLatency', { Origin: origin.label }, latencyMs, at);
      }
    }
  }
}
