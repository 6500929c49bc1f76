import { appendFileSync } from 'node:fs';

/**
 * Kills this process, as `kill -9` would, just before or just after one call of a port: `git.commit:before:1` is the
 * moment before the first commit, `rows.transact:after:3` the one after the third transaction. For crash tests.
 */
export interface CrashPoint {
  readonly call: string;
  readonly when: 'before' | 'after';
  readonly nth: number;
}

/** Reads `PORT.METHOD:before|after:N`. @throws RangeError with the form that was expected. */
export function parseCrashPoint(text: string): CrashPoint {
  const match = /^([a-z]+\.[A-Za-z]+):(before|after):([1-9][0-9]*)$/.exec(text);
  const [, call, when, nth] = match ?? [];
  if (call === undefined || (when !== 'before' && when !== 'after')) {
    throw new RangeError(`crash point ${text}: expected PORT.METHOD:before|after:N`);
  }
  return { call, when, nth: Number(nth) };
}

export interface CrashOptions {
  readonly point?: CrashPoint | undefined;
  /** Told of each call before it is made: a census of the moments there are. */
  readonly seen?: ((call: string) => void) | undefined;
  readonly die?: () => void;
}

/**
 * What the environment asks for: `REFLEX_LOCAL_CRASH` is a crash point, `REFLEX_LOCAL_CALLS` a file to which the name of
 * each port call is appended.
 * @throws RangeError
 */
export function crashPointsOf(environment: Readonly<Record<string, string | undefined>>): CrashPoints {
  const { REFLEX_LOCAL_CRASH: point = '', REFLEX_LOCAL_CALLS: file = '' } = environment;
  return new CrashPoints({
    point: point === '' ? undefined : parseCrashPoint(point),
    seen:
      file === ''
        ? undefined
        : (call) => {
            appendFileSync(file, `${call}\n`);
          },
  });
}

/** Wraps ports so that the process dies at a crash point; with nothing to do they are handed through. */
export class CrashPoints {
  readonly #point: CrashPoint | undefined;
  readonly #seen: ((call: string) => void) | undefined;
  readonly #die: () => void;
  readonly #counts = new Map<string, number>();

  constructor({ point, seen, die = () => process.kill(process.pid, 'SIGKILL') }: CrashOptions) {
    this.#point = point;
    this.#seen = seen;
    this.#die = die;
  }

  /** @param name - first half of the call's name: `git`, `rows`, `blobs`, `queue`, `registry`. */
  wrap<Port extends object>(name: string, port: Port): Port {
    if (this.#point === undefined && this.#seen === undefined) {
      return port;
    }
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') {
          return member;
        }
        return (...args: unknown[]) =>
          this.#call(`${name}.${String(property)}`, () => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  #call(call: string, run: () => unknown): unknown {
    const nth = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, nth);
    this.#seen?.(call);
    if (this.#isHere(call, nth, 'before')) {
      this.#die();
    }
    const result = run();
    if (!this.#isHere(call, nth, 'after')) {
      return result;
    }
    if (isIterable(result)) {
      return this.#dieAtEnd(result);
    }
    if (result instanceof Promise) {
      return result.finally(() => this.#die());
    }
    this.#die();
    return result;
  }

  async *#dieAtEnd(items: AsyncIterable<unknown>): AsyncGenerator {
    yield* items;
    this.#die();
  }

  #isHere(call: string, nth: number, when: CrashPoint['when']): boolean {
    return this.#point?.call === call && this.#point.nth === nth && this.#point.when === when;
  }
}

function isIterable(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}
