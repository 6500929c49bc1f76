import type { Clock } from '../../shared/ports/clock.ts';
import type { ArmResource } from '../arm/arm-state.ts';
import { edgeOf, isEdge, toSettings, type EdgeSettings } from './settings.ts';

interface Version {
  readonly resource: ArmResource;
  /** Milliseconds since 1970. */
  readonly from: number;
}

/** What has reached the edge, and what is on its way there. */
export class Deployment {
  readonly #clock: Clock;
  /** By edge and id in lower case; newest last. */
  readonly #edges = new Map<string, Map<string, Version[]>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A resource as it is to be in `delayMs`; later changes never overtake earlier ones.
   * @returns the edge that it belongs to; undefined if it is no part of one.
   */
  put(resource: ArmResource, delayMs: number): string | undefined {
    const edge = edgeOf(resource.id);
    if (edge === undefined) {
      return undefined;
    }
    const members = this.#edges.get(edge) ?? new Map<string, Version[]>();
    this.#edges.set(edge, members);
    const key = resource.id.toLowerCase();
    const versions = members.get(key) ?? [];
    const from = Math.max(this.#clock.now().getTime() + delayMs, versions.at(-1)?.from ?? 0);
    members.set(key, [...versions, { resource, from }]);
    return edge;
  }

  edges(): readonly string[] {
    return [...this.#edges.keys()];
  }

  /** An edge as it is now; undefined while its own resource has not arrived. */
  settings(edge: string): EdgeSettings | undefined {
    const members = this.#edges.get(edge.toLowerCase()) ?? new Map<string, Version[]>();
    const arrived = [...members].flatMap(([key, versions]) => this.#arrived(members, key, versions));
    const own = arrived.find(({ id }) => isEdge(id.toLowerCase()));
    return own === undefined
      ? undefined
      : toSettings(
          own,
          arrived.filter((resource) => resource !== own),
        );
  }

  #arrived(members: Map<string, Version[]>, key: string, versions: readonly Version[]): readonly ArmResource[] {
    const now = this.#clock.now().getTime();
    const current = versions.findLastIndex(({ from }) => from <= now);
    if (current > 0) {
      members.set(key, versions.slice(current));
    }
    const version = versions[current];
    return version === undefined ? [] : [version.resource];
  }
}
