import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { GateMemory } from '../../../shared/records/gate-memory.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';

describe('what gates remember', () => {
  it('the first look at a digest, whoever asks later or at the same time', async () => {
    const rows = new InMemoryRowStore();
    const [one, other] = [new GateMemory(rows), new GateMemory(rows)];
    const looks = await Promise.all([one.firstLookAt(IMAGE, 'sha256:a', 5), other.firstLookAt(IMAGE, 'sha256:a', 7)]);
    expect(new Set(looks).size).toBe(1);
    expect(await one.firstLookAt(IMAGE, 'sha256:a', 900)).toBe(looks[0]);
    expect(await one.firstLookAt(IMAGE, 'sha256:b', 900)).toBe(900);
    expect(await one.firstLookAt('contoso.azurecr.io/shop/api', 'sha256:a', 901)).toBe(901);
  });

  it('the tag that passed last, for each rule and image', async () => {
    const memory = new GateMemory(new InMemoryRowStore());
    expect(await memory.lastPassed(IMAGE, 'web')).toBeUndefined();
    await memory.passed(IMAGE, 'web', { name: '1.5.0' });
    await memory.passed(IMAGE, 'web', { name: '1.6.0', digest: 'sha256:a', createdAt: '2026-01-01T00:00:00Z' });
    expect(await memory.lastPassed(IMAGE, 'web')).toEqual({
      name: '1.6.0',
      digest: 'sha256:a',
      createdAt: '2026-01-01T00:00:00Z',
    });
    expect(await memory.lastPassed(IMAGE, 'other')).toBeUndefined();
  });
});
