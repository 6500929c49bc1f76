import * as z from 'zod';

import type { ArmResource } from '../arm/arm-state.ts';

/** One origin or endpoint, as the edge has it. */
export interface EdgeOrigin {
  /** ARM id in lower case. */
  readonly id: string;
  readonly name: string;
  /** Lower case. */
  readonly host: string;
  /** Value of the metrics' `Origin` dimension, `shop-weu.contoso.com:443`; its name for Traffic Manager. */
  readonly label: string;
  readonly isEnabled: boolean;
  readonly priority: number;
  readonly weight: number;
  /** Traffic Manager: it is not probed and always counts as available. */
  readonly isAlwaysServed: boolean;
}

/** Whom the edge asks whether an origin is well, and how it judges. */
export interface EdgeProbe {
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly intervalMs: number;
  /** A later answer is a failure. */
  readonly timeoutMs: number;
  /** `samples`: well if `required` of the last `size` were 200. `row`: not well after more than `tolerated` in a row. */
  readonly rule:
    | { readonly by: 'samples'; readonly size: number; readonly required: number }
    | { readonly by: 'row'; readonly tolerated: number };
}

/** An origin group or a Traffic Manager profile, as the edge has it. */
export interface EdgeSettings {
  /** ARM id in lower case. */
  readonly id: string;
  readonly name: string;
  readonly service: 'front-door' | 'traffic-manager';
  /** ARM id of the profile in lower case: metrics are kept by it. */
  readonly profile: string;
  readonly isEnabled: boolean;
  /** `pool`: the fastest and those at most `sensitivityMs` slower, by weight. */
  readonly method: 'pool' | 'weight' | 'priority' | 'performance';
  readonly sensitivityMs: number;
  /** How long resolvers keep an answer, in milliseconds; 0 where the edge answers each request itself. */
  readonly ttlMs: number;
  /** Absent: nobody probes, and everything counts as well. */
  readonly probe?: EdgeProbe;
  readonly origins: readonly EdgeOrigin[];
}

const GROUP = /^(.+\/providers\/microsoft\.cdn\/profiles\/[^/]+)\/origingroups\/[^/]+$/;
const PROFILE = /^.+\/providers\/microsoft\.network\/trafficmanagerprofiles\/[^/]+$/;
const ORIGIN = /^(.+\/origingroups\/[^/]+)\/origins\/[^/]+$/;
const ENDPOINT = /^(.+\/trafficmanagerprofiles\/[^/]+)\/(?:azure|external|nested)endpoints\/[^/]+$/;

const ROUTE = /^.+\/providers\/microsoft\.cdn\/profiles\/[^/]+\/afdendpoints\/[^/]+\/routes\/[^/]+$/;

/** Front Door waits this long for an origin unless its profile says otherwise: the default of `originResponseTimeoutSeconds`. */
const ORIGIN_TIMEOUT_MS = 30_000;

/** The edge that a resource is, or is part of; undefined for anything else. Lower case. */
export function edgeOf(id: string): string | undefined {
  const key = id.toLowerCase();
  return isEdge(key) ? key : (ORIGIN.exec(key) ?? ENDPOINT.exec(key))?.[1];
}

/** True for an origin group or a Traffic Manager profile. @param key - lower case. */
export function isEdge(key: string): boolean {
  return GROUP.test(key) || PROFILE.test(key);
}

/** True for a route of Front Door. @param key - lower case. */
export function isRoute(key: string): boolean {
  return ROUTE.test(key);
}

/** The origin group that a route refers to, lower case; undefined where it redirects. */
export function groupOfRoute({ properties }: ArmResource): string | undefined {
  return route.parse(properties).originGroup?.id.toLowerCase();
}

const route = z.object({ originGroup: z.object({ id: z.string() }).nullish() });
const whole = z.int().min(0);
const group = z.object({
  loadBalancingSettings: z
    .object({
      sampleSize: whole.default(4),
      successfulSamplesRequired: whole.default(3),
      additionalLatencyInMilliseconds: whole.default(0),
    })
    .prefault({}),
  healthProbeSettings: z
    .object({
      probePath: z.string().default('/'),
      probeRequestType: z.string().default('HEAD'),
      probeIntervalInSeconds: whole.default(100),
    })
    .nullish(),
});
const profile = z.object({
  profileStatus: z.string().default('Enabled'),
  trafficRoutingMethod: z.string().default('Weighted'),
  dnsConfig: z.object({ ttl: whole.default(60) }).prefault({}),
  monitorConfig: z
    .object({
      path: z.string().default('/'),
      intervalInSeconds: whole.default(30),
      toleratedNumberOfFailures: whole.default(3),
      timeoutInSeconds: whole.default(10),
    })
    .prefault({}),
});
const origin = z.object({
  hostName: z.string(),
  httpsPort: whole.default(443),
  enabledState: z.string().default('Enabled'),
  priority: whole.default(1),
  weight: whole.default(50),
});
const endpoint = z.object({
  target: z.string(),
  endpointStatus: z.string().default('Enabled'),
  alwaysServe: z.string().default('Disabled'),
  priority: whole.default(1),
  weight: whole.default(1),
});

/** Reads an edge from its own resource and its origins. @throws ZodError when a resource is none of the service's. */
export function toSettings({ id, properties }: ArmResource, children: readonly ArmResource[]): EdgeSettings {
  const key = id.toLowerCase();
  const name = nameOf(id);
  const [, cdnProfile] = GROUP.exec(key) ?? [];
  return cdnProfile === undefined
    ? { ...profileSettings(properties), id: key, name, profile: key, origins: children.map(toEndpoint) }
    : { ...groupSettings(properties), id: key, name, profile: cdnProfile, origins: children.map(toOrigin) };
}

function groupSettings(properties: unknown): Omit<EdgeSettings, 'id' | 'name' | 'profile' | 'origins'> {
  const { loadBalancingSettings: balancing, healthProbeSettings: probe } = group.parse(properties);
  const { sampleSize: size, successfulSamplesRequired: required } = balancing;
  return {
    service: 'front-door',
    isEnabled: true,
    method: 'pool',
    sensitivityMs: balancing.additionalLatencyInMilliseconds,
    ttlMs: 0,
    ...(probe === null || probe === undefined
      ? {}
      : {
          probe: {
            path: probe.probePath,
            method: probe.probeRequestType === 'GET' ? 'GET' : 'HEAD',
            intervalMs: probe.probeIntervalInSeconds * 1000,
            timeoutMs: ORIGIN_TIMEOUT_MS,
            rule: { by: 'samples', size, required },
          },
        }),
  };
}

const METHODS: Readonly<Record<string, EdgeSettings['method']>> = { priority: 'priority', performance: 'performance' };

function profileSettings(properties: unknown): Omit<EdgeSettings, 'id' | 'name' | 'profile' | 'origins'> {
  const { profileStatus, trafficRoutingMethod, dnsConfig, monitorConfig } = profile.parse(properties);
  return {
    service: 'traffic-manager',
    isEnabled: profileStatus === 'Enabled',
    method: METHODS[trafficRoutingMethod.toLowerCase()] ?? 'weight',
    sensitivityMs: 0,
    ttlMs: dnsConfig.ttl * 1000,
    probe: {
      path: monitorConfig.path,
      method: 'GET',
      intervalMs: monitorConfig.intervalInSeconds * 1000,
      timeoutMs: monitorConfig.timeoutInSeconds * 1000,
      rule: { by: 'row', tolerated: monitorConfig.toleratedNumberOfFailures },
    },
  };
}

function toOrigin({ id, properties }: ArmResource): EdgeOrigin {
  const { hostName, httpsPort, enabledState, priority, weight } = origin.parse(properties);
  const host = hostName.toLowerCase();
  return {
    id: id.toLowerCase(),
    name: nameOf(id),
    host,
    label: `${host}:${httpsPort}`,
    isEnabled: enabledState !== 'Disabled',
    priority,
    weight,
    isAlwaysServed: false,
  };
}

function toEndpoint({ id, properties }: ArmResource): EdgeOrigin {
  const { target, endpointStatus, alwaysServe, priority, weight } = endpoint.parse(properties);
  return {
    id: id.toLowerCase(),
    name: nameOf(id),
    host: target.toLowerCase(),
    label: nameOf(id),
    isEnabled: endpointStatus !== 'Disabled',
    priority,
    weight,
    isAlwaysServed: alwaysServe === 'Enabled',
  };
}

function nameOf(id: string): string {
  return id.split('/').at(-1) ?? '';
}
