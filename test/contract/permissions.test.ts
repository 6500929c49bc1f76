import { LocalArm } from '../../local/arm/local-arm.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { ArmPermissions } from '../../shared/adapters/azure-authorization/permissions.ts';
import { InMemoryPermissions } from '../../shared/adapters/in-memory/permissions.ts';
import { UpstreamError } from '../../shared/errors.ts';
import { describePermissions } from './permissions.ts';

describePermissions('in memory', () => {
  const permissions = new InMemoryPermissions();
  return {
    permissions,
    take: (scope, action) => permissions.take(scope, action),
    refuse: (resource) => permissions.refuse(resource, new UpstreamError('read permissions', 403)),
  };
});

describePermissions('the local Azure Resource Manager', () => {
  const arm = new LocalArm({ clock: new VirtualClock(), random: new SeededRandom(1) });
  const take = (scope: string, lacks: string): void => arm.faults.add({ on: `* ${scope.slice(1)}`, lacks });
  return {
    permissions: new ArmPermissions({
      armToken: () => Promise.resolve('token'),
      fetch: (request) => arm.handler(request),
    }),
    take,
    refuse: (resource) => take(resource, 'Microsoft.Authorization/permissions/read'),
  };
});
