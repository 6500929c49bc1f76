/**
 * How a look at a target ended. `settled`: every open intent is true, blocked or waits for a person.
 * `busy`: somebody else is writing and looks again before leaving. `stopped`: the kill switch is on.
 * With `wakeInMs` the caller sends one wake message with that delay.
 */
export interface Report {
  readonly outcome: 'settled' | 'busy' | 'stopped' | 'waiting';
  readonly wakeInMs?: number;
}
