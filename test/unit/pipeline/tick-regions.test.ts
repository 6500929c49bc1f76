import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import type { Page } from '../../../shared/ports/pager.ts';
import type { Edges } from '../../../shared/pipeline/edges/edges.ts';
import { tickRegions, type TickTools } from '../../../shared/pipeline/tick-regions.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';

interface Fakes {
  readonly isWell?: boolean;
  readonly failed?: number;
  readonly deliver?: () => Promise<never>;
}

/** One tick with these outcomes. */
async function tick({ isWell = true, failed = 0, deliver }: Fakes): Promise<{
  readonly beats: readonly boolean[];
  readonly errors: readonly string[];
  readonly raised: readonly Page[];
}> {
  const rows = new InMemoryRowStore();
  const target = { kind: 'edge', key: 'shop', partition: 'edges' };
  const chains = new TargetRows(rows);
  const audit = [{ kind: 'paged' as const, at: '2026-01-05T08:00:00.000Z', facts: { reason: 'drift' } }];
  await chains.save(target, await chains.load(target), { audit });
  const [beats, errors, raised]: [boolean[], string[], Page[]] = [[], [], []];
  const ignore = (): void => undefined;
  await tickRegions(
    { tick: () => Promise.resolve({ isWell }) } as unknown as Edges,
    {
      rows,
      paging: {
        raise: (page: Page) => Promise.resolve(void raised.push(page)),
        deliverDue: deliver ?? (() => Promise.resolve({ taken: 0, failed, left: 0 })),
        pages: () => Promise.resolve([]),
      },
      heartbeat: { beat: (well: boolean) => Promise.resolve(void beats.push(well)) },
      log: { debug: ignore, info: ignore, warn: ignore, error: (message: string) => void errors.push(message) },
    } as unknown as TickTools,
  );
  return { beats, errors, raised };
}

describe('tickRegions', () => {
  it('looks, calls the people whom the records name, and says that all went well', async () => {
    const { beats, errors, raised } = await tick({});
    expect([beats, errors]).toEqual([[true], []]);
    expect(raised.map(({ key }) => key)).toEqual(['edges#1']);
  });

  it.each<[string, Fakes, number]>([
    ['an edge failed', { isWell: false }, 0],
    ['a pager did not take its page', { failed: 1 }, 0],
    ['pages could not be delivered', { deliver: () => Promise.reject(new StorageUnavailableError('read')) }, 1],
    [
      'something threw that is no error',
      { deliver: () => Promise.reject(Object.assign(new Error('x'), { code: 1 })) },
      1,
    ],
  ])('is not well where %s, and calls people all the same', async (_, fakes, errors) => {
    const seen = await tick(fakes);
    expect(seen.beats).toEqual([false]);
    expect(seen.errors).toHaveLength(errors);
    expect(seen.raised).toHaveLength(1);
  });

  it('does without a heartbeat', async () => {
    const rows = new InMemoryRowStore();
    const paging = {
      raise: () => Promise.resolve(),
      deliverDue: () => Promise.resolve({ taken: 0, failed: 0, left: 0 }),
      pages: () => Promise.resolve([]),
    };
    const tools = { rows, paging } as unknown as TickTools;
    await expect(
      tickRegions({ tick: () => Promise.resolve({ isWell: true }) } as unknown as Edges, tools),
    ).resolves.toBe(undefined);
  });
});
