import { ReflexError } from '../errors.ts';
import type { DeadMansSwitch } from '../ports/dead-mans-switch.ts';
import type { Log } from '../ports/log.ts';

/**
 * Tells a switch outside Azure, after each tick, that the tick was well. When it hears nothing for a while it calls
 * people: that is how they learn that we, our storage or our region are gone, which no page of ours could tell them.
 */
export class Heartbeat {
  readonly #log: Log;
  readonly #target: DeadMansSwitch;

  constructor({ target, log }: { readonly target: DeadMansSwitch; readonly log: Log }) {
    this.#target = target;
    this.#log = log;
  }

  /**
   * Never throws: a switch that cannot be reached is no reason to stop, and calls people by itself.
   * @param isWell - whether the last tick did all that it had to.
   */
  async beat(isWell: boolean): Promise<void> {
    if (!isWell) {
      this.#log.warn('no heartbeat: the last tick failed');
      return;
    }
    try {
      await this.#target.reset();
    } catch (error) {
      const why = error instanceof ReflexError ? error.message : 'the switch failed';
      this.#log.warn('the heartbeat was not heard', { why });
    }
  }
}
