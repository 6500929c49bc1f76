import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../shared/adapters/in-memory/node-pools.ts';
import { NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import { ASKED_WAIT_MS, CLUSTER, describeNodePools, SEEDED } from './node-pools.ts';

function errorOf(status: number): Error {
  switch (status) {
    case 404:
      return new NotFoundError('not found');
    case 409:
    case 412:
      return new ResourceBusyError('busy');
    case 429:
      return new RateLimitedError('call', ASKED_WAIT_MS);
    default:
      return new UpstreamError('call', status);
  }
}

describeNodePools({
  name: 'in memory',
  create: (options = {}) => {
    const clock = new VirtualClock();
    const pools = new InMemoryNodePools({ clock, ...options });
    pools.seed(
      CLUSTER,
      Object.entries(SEEDED).map(([name, { count, ...rest }]) => ({
        id: `${CLUSTER}/agentPools/${name}`,
        count,
        ...('autoscaler' in rest ? { autoscaler: rest.autoscaler } : {}),
        isServing: !('isKept' in rest || 'isStopped' in rest),
      })),
    );
    return {
      pools,
      clock,
      reopen: () => pools,
      accepted: () => pools.accepted.map(({ pool, change }) => ({ pool, minCount: change.minCount })),
      change: (pool, change) => pools.change(pool, change),
      race: (_, faster) => pools.fail({ on: 'begin', faster }),
      refuse: (on, status) => pools.fail({ on, error: errorOf(status) }),
      lose: (lost) => pools.fail({ on: 'begin', lost }),
      end: (as) => pools.fail({ on: 'poll', ends: as === 'forgotten' ? 'forgotten' : 'failed' }),
    };
  },
});
