import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import type { Page } from '../../../shared/ports/pager.ts';
import { chainsOf, tickRegions, type TickTools } from '../../../shared/pipeline/tick-regions.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { EDGES } from '../../../shared/targets/edge/index.ts';

interface Fakes {
  readonly isWell?: boolean;
  readonly isGrown?: boolean;
  readonly failed?: number;
  readonly deliver?: () => Promise<never>;
  readonly chains?: TickTools['chains'];
  readonly notify?: (chains: readonly string[]) => Promise<number>;
}

/** One tick with these outcomes. */
async function tick({
  isWell = true,
  isGrown = true,
  failed = 0,
  deliver,
  chains = () => Promise.resolve([EDGES]),
  notify = () => Promise.resolve(0),
}: Fakes): Promise<{
  readonly beats: readonly boolean[];
  readonly errors: readonly string[];
  readonly raised: readonly Page[];
  readonly warnings: readonly string[];
}> {
  const rows = new InMemoryRowStore();
  const target = { kind: 'edge', key: 'shop', partition: 'edges' };
  const records = new TargetRows(rows);
  const audit = [{ kind: 'paged' as const, at: '2026-01-05T08:00:00.000Z', facts: { reason: 'drift' } }];
  await records.save(target, await records.load(target), { audit });
  const [beats, errors, raised, warnings]: [boolean[], string[], Page[], string[]] = [[], [], [], []];
  const ignore = (): void => undefined;
  await tickRegions(
    {
      edges: { tick: () => Promise.resolve({ isWell }) },
      clusters: { follow: () => Promise.resolve({ isWell: isGrown }) },
    },
    {
      rows,
      paging: {
        raise: (page: Page) => Promise.resolve(void raised.push(page)),
        deliverDue: deliver ?? (() => Promise.resolve({ taken: 0, failed, left: 0 })),
        pages: () => Promise.resolve([]),
      },
      chains,
      notices: { send: notify },
      heartbeat: { beat: (well: boolean) => Promise.resolve(void beats.push(well)) },
      log: {
        debug: ignore,
        info: ignore,
        warn: (message: string) => void warnings.push(message),
        error: (message: string) => void errors.push(message),
      },
    } as unknown as TickTools,
  );
  return { beats, errors, raised, warnings };
}

describe('tickRegions', () => {
  it('looks, calls the people whom the records name, and says that all went well', async () => {
    const { beats, errors, raised } = await tick({});
    expect([beats, errors]).toEqual([[true], []]);
    expect(raised.map(({ key }) => key)).toEqual(['edges#1']);
  });

  it.each<[string, Fakes, number]>([
    ['an edge failed', { isWell: false }, 0],
    ['the clusters failed', { isGrown: false }, 0],
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

  it('calls people about the edges while the fleet cannot be read', async () => {
    const { raised } = await tick({ chains: () => Promise.reject(new Error('unreadable')) });
    expect(raised).toHaveLength(1);
  });

  it('tells channels of the same chains, and is well although they are not', async () => {
    const told: string[] = [];
    const chains = () => Promise.resolve([EDGES, 'control']);
    await tick({ chains, notify: (all) => Promise.resolve(told.push(...all)) });
    expect(told).toEqual([EDGES, 'control']);
    const { beats, warnings } = await tick({ notify: () => Promise.reject(new StorageUnavailableError('read')) });
    expect([beats, warnings]).toEqual([[true], ['notices were not all sent']]);
  });

  it('follows the chains of the edges, of each branch and of the switches', () => {
    const repositories = [1, 2].map(() => ({ owner: 'Contoso', repo: 'GitOps', branch: 'main' }));
    expect(chainsOf({ repositories } as never)).toEqual([EDGES, 'github.com/contoso/gitops#main', 'control']);
  });

  it('does without a heartbeat and channels', async () => {
    const rows = new InMemoryRowStore();
    const paging = {
      raise: () => Promise.resolve(),
      deliverDue: () => Promise.resolve({ taken: 0, failed: 0, left: 0 }),
      pages: () => Promise.resolve([]),
    };
    const tools = { rows, paging, chains: () => Promise.resolve([EDGES]) } as unknown as TickTools;
    const isWell = (): Promise<{ isWell: boolean }> => Promise.resolve({ isWell: true });
    await expect(tickRegions({ edges: { tick: isWell }, clusters: { follow: isWell } }, tools)).resolves.toBe(
      undefined,
    );
  });
});
