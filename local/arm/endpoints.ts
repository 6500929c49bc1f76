import { shown } from './answers.ts';
import type { ArmFaults } from './arm-faults.ts';
import type { ArmResource, ArmState } from './arm-state.ts';

const KINDS = ['azureEndpoints', 'externalEndpoints', 'nestedEndpoints'];

/** A resource as its own answer holds it: a Traffic Manager profile with its endpoints, as far as they are found. */
export function withEndpoints(
  resource: ArmResource,
  { state, faults }: { readonly state: ArmState; readonly faults: ArmFaults },
): ArmResource {
  if (resource.type.toLowerCase() !== 'microsoft.network/trafficmanagerprofiles') {
    return resource;
  }
  const endpoints = KINDS.flatMap((kind) =>
    state
      .list(`${resource.id}/${kind}`)
      .filter(({ id }) => faults.meet('GET', id)?.status !== 404)
      .map(shown),
  );
  return { ...resource, properties: { ...resource.properties, endpoints } };
}
