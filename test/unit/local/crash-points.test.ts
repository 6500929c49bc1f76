import { describe, expect, it } from 'vitest';

import { CrashPoints, parseCrashPoint } from '../../../local/crash-points.ts';

const port = { read: (text: string) => Promise.resolve(text.length), name: 'p' };

describe('crash points', () => {
  it.each([
    ['git.read:before:2', ['read 1', 'died']],
    ['git.read:after:2', ['read 1', 'read 2', 'died']],
    ['git.write:before:1', ['read 1', 'read 2', 'read 3']],
  ])('%s', async (text, expected) => {
    const log: string[] = [];
    const points = new CrashPoints({
      point: parseCrashPoint(text),
      die: () => {
        log.push('died');
        throw new Error('died');
      },
    });
    const wrapped = points.wrap('git', {
      read: (n: number) => {
        log.push(`read ${n}`);
        return Promise.resolve(n);
      },
    });
    for (const n of [1, 2, 3]) {
      try {
        await wrapped.read(n);
      } catch {
        break;
      }
    }
    expect(log).toEqual(expected);
  });

  it('hands ports through when there is no point, and members that are no methods', () => {
    expect(new CrashPoints({}).wrap('git', port)).toBe(port);
    expect(new CrashPoints({ point: parseCrashPoint('git.read:before:9') }).wrap('git', port).name).toBe('p');
  });

  it('knows no later moment than the return of a call that gives no promise', () => {
    let died = 0;
    const points = new CrashPoints({ point: parseCrashPoint('git.list:after:1'), die: () => (died += 1) });
    points.wrap('git', { list: () => [1] }).list();
    expect(died).toBe(1);
  });

  it('lets a list end before it dies after it', async () => {
    const seen: number[] = [];
    const points = new CrashPoints({ point: parseCrashPoint('git.list:after:1'), die: () => seen.push(-1) });
    const wrapped = points.wrap('git', {
      list: async function* (): AsyncGenerator<number> {
        yield await Promise.resolve(1);
        yield 2;
      },
    });
    for await (const item of wrapped.list()) {
      seen.push(item);
    }
    expect(seen).toEqual([1, 2, -1]);
  });

  it('tells of each call', async () => {
    const seen: string[] = [];
    const wrapped = new CrashPoints({ seen: (call) => seen.push(call) }).wrap('git', port);
    await wrapped.read('a');
    await wrapped.read('b');
    expect(seen).toEqual(['git.read', 'git.read']);
  });

  it.each(['git', 'git.read', 'git.read:later:1', 'git.read:before:0'])('refuses %j', (text) => {
    expect(() => parseCrashPoint(text)).toThrow(RangeError);
  });
});
