/** A task's outcome as the replay sees it: only whether it is there, and whether it was a failure. */
export interface Awaitable {
  readonly outcome: () => 'pending' | 'succeeded' | 'failed';
  /** Calls `next` at once if settled, else when it settles: in the order of the history, never later. */
  readonly then: (next: (failed: boolean) => void) => void;
}

/** The side that settles. Settling twice keeps the first outcome. */
export interface Deferred extends Awaitable {
  readonly settle: (failed: boolean) => void;
}

/** Promises would settle a turn later, after the next history event; the numbering depends on that order. */
export function deferred(): Deferred {
  let outcome: 'pending' | 'succeeded' | 'failed' = 'pending';
  let waiting: ((failed: boolean) => void)[] = [];
  return {
    outcome: () => outcome,
    then: (next) => {
      if (outcome === 'pending') {
        waiting.push(next);
      } else {
        next(outcome === 'failed');
      }
    },
    settle: (failed) => {
      if (outcome !== 'pending') {
        return;
      }
      outcome = failed ? 'failed' : 'succeeded';
      const ready = waiting;
      waiting = [];
      for (const next of ready) {
        next(failed);
      }
    },
  };
}

export function succeeded(): Awaitable {
  const one = deferred();
  one.settle(false);
  return one;
}

export function whenAny(children: readonly Awaitable[]): Awaitable {
  const first = deferred();
  for (const child of children) {
    child.then(() => first.settle(false));
  }
  return first;
}

/** Waits for every child even when one has failed, as Task.WhenAll of .NET does (the SDK's own fails early). */
export function whenAll(children: readonly Awaitable[]): Awaitable {
  const all = deferred();
  const open = new Set(children);
  for (const child of children) {
    child.then(() => {
      open.delete(child);
      if (open.size === 0) {
        all.settle(children.some((one) => one.outcome() === 'failed'));
      }
    });
  }
  return all;
}
