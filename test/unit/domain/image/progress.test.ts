import { describe, expect, it } from 'vitest';

import { holdOn, newProgress, withHold, withoutHold } from '../../../../shared/domain/image/progress.ts';

const T0 = '2026-11-23T08:00:00.000Z';
const LATER = '2026-11-23T09:00:00.000Z';
const HELD = { digest: 'sha256:a', tag: '1.0', cause: 'revert', at: T0, reason: 'r' } as const;
const ROW = newProgress({ image: 'contoso.azurecr.io/shop/web', stage: 'prod' }, T0);

describe('a digest that is held in a stage', () => {
  it('keeps the first cause', () => {
    const twice = withHold(withHold(ROW, HELD), { ...HELD, cause: 'person' });
    expect(holdOn(twice, HELD.digest)).toEqual(HELD);
    expect(twice.held).toHaveLength(1);
  });

  it('is released once, with the time of its last release', () => {
    const first = withoutHold(withHold(ROW, HELD), HELD.digest, T0);
    const again = withoutHold(withHold(first, HELD), HELD.digest, LATER);
    expect([again.held, again.released]).toEqual([[], [{ digest: HELD.digest, at: LATER }]]);
    expect(withoutHold(again, HELD.digest, LATER)).toBe(again);
  });

  it('leaves the releases of others as they are', () => {
    const other = { ...HELD, digest: 'sha256:b' };
    const both = withHold(withHold(ROW, HELD), other);
    const row = withoutHold(withoutHold(both, HELD.digest, T0), other.digest, LATER);
    expect(row.released.map(({ digest }) => digest)).toEqual([HELD.digest, other.digest]);
  });
});
