import type { ArmFault } from '../../local/arm/arm-faults.ts';
import type { Scenario } from './scenario.ts';

/** A scenario's word on what the control plane does, in the names that the resources of its service have. */
export function faultOf(fault: Scenario['arm'][number], backend: Scenario['backend']): ArmFault {
  const { on } = fault;
  const [verb = '*', resource = '*'] = on.trim().split(/\s+/);
  const { status, ...rest } = fault;
  const ends = typeof status === 'string' ? { body: { status } } : status === undefined ? {} : { status };
  return { ...(rest as ArmFault), ...ends, on: `${verb} ${backend === 'tm' ? endpointOf(resource) : anyOf(resource)}` };
}

function endpointOf(resource: string): string {
  return anyOf(
    resource
      .replace(/^(origins|\w*endpoints)(?=\/)/i, 'azureEndpoints')
      .replace(/^profiles(?=\/)/i, 'trafficManagerProfiles'),
  );
}

/** All of a kind are any. */
function anyOf(resource: string): string {
  return resource.endsWith('/*') ? '*' : resource;
}
