import type { Clock } from '../../shared/ports/clock.ts';
import type { ArmResource } from '../arm/arm-state.ts';
import { edgeOf, groupOfRoute, isEdge, isRoute, toSettings, type EdgeSettings } from './settings.ts';

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
  /** By id in lower case; newest last. */
  readonly #routes = new Map<string, Version[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A resource as it is to be in `delayMs`; later changes never overtake earlier ones.
   * @returns the edge that it belongs to; undefined if it is no part of one.
   */
  put(resource: ArmResource, delayMs: number): string | undefined {
    if (isRoute(resource.id.toLowerCase())) {
      this.#add(this.#routes, resource, delayMs);
      return undefined;
    }
    const edge = edgeOf(resource.id);
    if (edge === undefined) {
      return undefined;
    }
    const members = this.#edges.get(edge) ?? new Map<string, Version[]>();
    this.#edges.set(edge, members);
    this.#add(members, resource, delayMs);
    return edge;
  }

  #add(all: Map<string, Version[]>, resource: ArmResource, delayMs: number): void {
    const key = resource.id.toLowerCase();
    const versions = all.get(key) ?? [];
    const from = Math.max(this.#clock.now().getTime() + delayMs, versions.at(-1)?.from ?? 0);
    all.set(key, [...versions, { resource, from }]);
  }

  /** The edge that a route refers to now; whatever is no route is an edge itself. */
  edgeAt(id: string): string {
    const key = id.toLowerCase();
    const [route] = this.#arrived(this.#routes, key, this.#routes.get(key) ?? []);
    return route === undefined ? key : (groupOfRoute(route) ?? key);
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
