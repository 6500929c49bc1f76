import type { Reflex } from './reflex.ts';

let current: Reflex | undefined;

/**
 * The app that the entry points use. Built from app settings at the first invocation, so that loading an entry point
 * costs no SDK, reads no setting and does no I/O.
 */
export function reflex(): Reflex {
  current ??= lazily();
  return current;
}

/**
 * Replaces the app that the entry points use: the local stack and tests call it with
 * `compose(settings, { clock, random, ... })` before the first invocation; Azure never does.
 */
export function useReflex(app: Reflex | undefined): void {
  current = app;
}

function lazily(): Reflex {
  let building: Promise<Reflex> | undefined;
  const built = async (): Promise<Reflex> => {
    building ??= build();
    try {
      return await building;
    } catch (error) {
      // A missing setting may be there at the next invocation; a cached failure would last until the next restart.
      building = undefined;
      throw error;
    }
  };
  return {
    receive: async (body, via) => (await built()).receive(body, via),
    receiveAlert: async (alert) => (await built()).receiveAlert(alert),
    handle: async (message) => (await built()).handle(message),
    park: async (message) => (await built()).park(message),
    tick: async () => (await built()).tick(),
    sweepRegistries: async () => (await built()).sweepRegistries(),
    tickRegions: async () => (await built()).tickRegions(),
    checkReady: async () => (await built()).checkReady(),
    prune: async () => (await built()).prune(),
    record: async (id) => (await built()).record(id),
    answer: async (request) => (await built()).answer(request),
  };
}

async function build(): Promise<Reflex> {
  const [{ compose }, { readSettings }] = await Promise.all([
    import('./composition/compose.ts'),
    import('./settings.ts'),
  ]);
  return compose(readSettings());
}
