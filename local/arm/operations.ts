import type { JsonObject } from '../../shared/domain/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { ArmFaults } from './arm-faults.ts';
import type { ArmOperation, ArmResource, ArmState } from './arm-state.ts';

/** `queue`: a second write of a profile waits for the first; `conflict`: it is refused with 409. */
export type OverlapMode = 'queue' | 'conflict';

export interface OperationsOptions {
  readonly state: ArmState;
  readonly faults: ArmFaults;
  readonly clock: Clock;
  readonly random: Random;
  readonly overlap: OverlapMode;
  /** How long an operation takes unless a fault says otherwise, in milliseconds. */
  readonly durationMs: number;
  /** Called when a resource has new values for good. */
  readonly onApplied?: (resource: ArmResource) => void;
}

/** Long-running writes: accepted, queued, run, and ended by the clock alone. */
export class Operations {
  readonly #options: OperationsOptions;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** Ends and starts whatever is due. Called before each answer. */
  settle(): void {
    const now = this.#options.clock.now().getTime();
    for (const operation of this.#options.state.openOperations()) {
      const started = operation.state === 'queued' && operation.startsAt <= now ? this.#start(operation) : operation;
      if (started.state === 'running' && started.endsAt <= now) {
        this.#end(started);
      }
    }
  }

  /** True while an operation of the channel has not ended. */
  isBusy(channel: string): boolean {
    return this.#options.state.openOperations().some((operation) => operation.channel === channel);
  }

  /** Takes a write. The resource says `Updating` from now on, and shows the new values once it is its turn. */
  accept(verb: 'PATCH' | 'PUT', resource: ArmResource, set: JsonObject, channel: string): ArmOperation {
    const { state, faults, clock, random, durationMs } = this.#options;
    const now = clock.now().getTime();
    const { lroSec } = faults.pace(verb, resource.id);
    const takesMs = lroSec === undefined ? durationMs : lroSec * 1000;
    const ahead = state.openOperations().filter((operation) => operation.channel === channel);
    const startsAt = Math.max(now, ...ahead.map(({ endsAt }) => endsAt));
    const operation: ArmOperation = {
      id: random.uuid(),
      resource: resource.id.toLowerCase(),
      channel,
      startsAt,
      endsAt: startsAt + takesMs,
      set,
      before: {},
      state: 'queued',
    };
    state.putOperation(operation);
    this.#write(resource.id, { provisioningState: 'Updating' });
    return startsAt <= now ? this.#start(operation) : operation;
  }

  /** Ends an operation in another way than it would have ended. One that is not its turn yet has nothing to undo. */
  abort(operation: ArmOperation, as: 'failed' | 'canceled' | 'vanished', isApplied: boolean): void {
    this.#options.state.putOperation({ ...operation, state: as });
    const values = isApplied ? operation.set : operation.before;
    this.#write(operation.resource, { ...values, ...this.#after(operation, as === 'failed' ? 'Failed' : 'Succeeded') });
    if (isApplied) {
      this.#applied(operation.resource);
    }
  }

  #start(operation: ArmOperation): ArmOperation {
    const { properties = {} } = this.#options.state.get(operation.resource) ?? {};
    const before = Object.fromEntries(Object.keys(operation.set).map((name) => [name, properties[name] ?? null]));
    const running: ArmOperation = { ...operation, before, state: 'running' };
    this.#options.state.putOperation(running);
    this.#write(operation.resource, operation.set);
    return running;
  }

  #end(operation: ArmOperation): void {
    this.#options.state.putOperation({ ...operation, state: 'succeeded' });
    this.#write(operation.resource, this.#after(operation, 'Succeeded'));
    this.#applied(operation.resource);
  }

  /** What the resource says of itself after an operation: `Updating` still while another one of it is open. */
  #after({ resource }: ArmOperation, provisioningState: string): JsonObject {
    const isAnotherOpen = this.#options.state.openOperations().some((other) => other.resource === resource);
    return isAnotherOpen ? {} : { provisioningState };
  }

  #write(id: string, properties: JsonObject): void {
    const { state } = this.#options;
    const resource = state.get(id);
    if (resource !== undefined) {
      state.put({ ...resource, properties: { ...resource.properties, ...properties } });
    }
  }

  #applied(id: string): void {
    const resource = this.#options.state.get(id);
    if (resource !== undefined) {
      this.#options.onApplied?.(resource);
    }
  }
}
