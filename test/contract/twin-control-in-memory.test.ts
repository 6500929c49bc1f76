import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { API, describeTwinControl, ELSE, MAIN, OTHER, OWN, PROFILE } from './twin-control.ts';

const routing = { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false } as const;

describeTwinControl({
  name: 'in memory',
  create: (options = {}) => {
    const clock = new VirtualClock();
    const control = new InMemoryEdgeControl({ clock, ...options });
    const place = (id: string, priority: number, weight = 50): void => {
      const group = id.slice(0, id.indexOf('/origins/'));
      control.seed(group, { routing, origins: [{ id, enabled: true, weight, priority }] });
    };
    control.seed(`${PROFILE}/originGroups/Other`, { routing, origins: [] });
    place(`${OWN}/origins/West`, 1, 500);
    place(`${OWN}/origins/East`, 2, 300);
    place(`${OTHER}/origins/West`, 1, 7);
    place(`${OTHER}/origins/East`, 2, 8);
    control.seedRoute(MAIN, OWN);
    control.seedRoute(API, OWN);
    control.seedRoute(ELSE, `${PROFILE}/originGroups/Other`);
    return {
      control,
      clock,
      place,
      reopen: () => control,
      accepted: () => control.accepted.map(({ origin }) => origin),
      change: (resource, change) => control.change(resource, change),
      lose: (lost) => control.fail({ on: 'begin', lost }),
      end: (ends) => control.fail({ on: 'poll', ends }),
    };
  },
});
