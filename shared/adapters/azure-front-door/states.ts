import type { AFDOrigin, AFDOriginGroup } from '@azure/arm-cdn';

import { canonicalJson, jsonOf } from '../../domain/json.ts';
import { hostLabels } from '../../domain/traffic/named-origins.ts';
import { UpstreamError } from '../../errors.ts';
import type { EdgeRouting, OriginState } from '../../ports/edge-control.ts';

/** Without a value the service takes 0: only the fastest origin is asked, and weights mean nothing. */
export function toRouting({
  id,
  loadBalancingSettings,
  sessionAffinityState,
  healthProbeSettings,
}: AFDOriginGroup): EdgeRouting {
  const { probePath, probeRequestType } = healthProbeSettings ?? {};
  if (id === undefined) {
    throw new UpstreamError('read origins: a group without id', 502);
  }
  return {
    method: 'latency-then-weight',
    latencySensitivityMs: loadBalancingSettings?.additionalLatencyInMilliseconds ?? 0,
    hasAffinity: sessionAffinityState === 'Enabled',
    ...(typeof probePath === 'string'
      ? { probe: { path: probePath, ...(typeof probeRequestType === 'string' ? { method: probeRequestType } : {}) } }
      : {}),
  };
}

/** The SDK hands on the nulls of the service, of which its types know nothing. */
export function toState(origin: AFDOrigin): OriginState {
  const { id, weight, priority } = origin;
  if (typeof id !== 'string' || typeof weight !== 'number' || typeof priority !== 'number') {
    throw new UpstreamError('read origins: an origin without id, weight or priority', 502);
  }
  return {
    id: id.toLowerCase(),
    enabled: origin.enabledState !== 'Disabled',
    weight,
    priority,
    terminal: origin.provisioningState === 'Succeeded' || origin.provisioningState === 'Failed',
    ...hostsOf(origin),
  };
}

/** Without ports of its own an origin has 80 and 443. */
function hostsOf(origin: AFDOrigin): Pick<OriginState, 'hosts' | 'hostHeaders'> {
  const { hostName, originHostHeader, httpPort, httpsPort } = origin as Partial<Record<keyof AFDOrigin, unknown>>;
  const ports = [typeof httpPort === 'number' ? httpPort : 80, typeof httpsPort === 'number' ? httpsPort : 443];
  const hosts = typeof hostName === 'string' ? hostLabels(hostName, ports) : [];
  const headers = typeof originHostHeader === 'string' ? hostLabels(originHostHeader, ports) : [];
  const hostHeaders = headers.filter((label) => !hosts.includes(label));
  return { ...(hosts.length === 0 ? {} : { hosts }), ...(hostHeaders.length === 0 ? {} : { hostHeaders }) };
}

/** What says how a resource is doing, who it is, or what we may write: two origins may differ in it. */
const OWN = [
  'id',
  'name',
  'type',
  'systemData',
  'originGroupName',
  'profileName',
  'provisioningState',
  'deploymentStatus',
  'enabledState',
  'weight',
];

/** Everything else about a group or an origin, as text to compare. */
export function settingsOf(resource: AFDOrigin | AFDOriginGroup): string {
  const settings = Object.entries(resource).filter(([name, value]) => !OWN.includes(name) && value !== undefined);
  return canonicalJson(jsonOf(Object.fromEntries(settings)));
}
