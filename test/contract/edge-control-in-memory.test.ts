import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import { ASKED_WAIT_MS, describeEdgeControl } from './edge-control.ts';

const edge = '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Cdn/profiles/shop/originGroups/apps';
const [west, east] = [`${edge}/origins/West`, `${edge}/origins/East`];

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

describeEdgeControl({
  name: 'in memory',
  edge,
  west,
  east,
  foreign: edge.replace('shop', 'other'),
  isLongRunning: true,
  keepsLastOrigin: true,
  create: (options = {}) => {
    const clock = new VirtualClock();
    const control = new InMemoryEdgeControl({ clock, ...options });
    control.seed(edge, {
      routing: { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false },
      origins: [
        { id: west, enabled: true, weight: 500, priority: 1 },
        { id: east, enabled: true, weight: 300, priority: 2 },
      ],
    });
    return {
      control,
      clock,
      reopen: () => control,
      accepted: () => control.accepted.map(({ origin }) => origin),
      change: (origin, change) => control.change(origin, change),
      refuse: (on, status) => control.fail({ on, error: errorOf(status) }),
      lose: (lost) => control.fail({ on: 'begin', lost }),
      end: (ends) => control.fail({ on: 'poll', ends }),
    };
  },
});
