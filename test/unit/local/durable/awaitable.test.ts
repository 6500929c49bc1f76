import { describe, expect, it } from 'vitest';

import { deferred, succeeded, whenAll, whenAny } from '../../../../local/durable/awaitable.ts';

describe('an awaitable', () => {
  it('keeps its first outcome', () => {
    const one = deferred();
    one.settle(false);
    one.settle(true);
    expect(one.outcome()).toBe('succeeded');
  });

  it('calls who waits at once, and each only once', () => {
    const one = deferred();
    const heard: boolean[] = [];
    one.then((failed) => heard.push(failed));
    one.settle(true);
    one.settle(true);
    one.then((failed) => heard.push(failed));
    expect(heard).toEqual([true, true]);
  });

  it('fails as a whole only in whenAll', () => {
    const [good, bad] = [succeeded(), deferred()];
    bad.settle(true);
    expect(whenAll([good, bad]).outcome()).toBe('failed');
    expect(whenAny([bad, good]).outcome()).toBe('succeeded');
  });
});
