import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { StorageUnavailableError, UpstreamError } from '../../../shared/errors.ts';
import { Paging } from '../../../shared/notify/paging.ts';
import type { RowOperation } from '../../../shared/ports/row-store.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { page } from './pages.ts';
import { keptLog, Service } from './service.ts';

const MINUTE = 60_000;
const RANK = { info: 0, warning: 1, critical: 2 } as const;

type Severity = keyof typeof RANK;
type Trouble = 'none' | 'down' | 'lost' | 'slow';

type Step =
  | { readonly kind: 'raise'; readonly key: string; readonly severity: Severity }
  | { readonly kind: 'resolve' | 'acknowledge'; readonly key: string }
  | { readonly kind: 'deliver'; readonly instance: number }
  | { readonly kind: 'trouble'; readonly service: number; readonly trouble: Trouble }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'storage'; readonly isDown: boolean };

const key = fc.constantFrom('a', 'b');
const severity = fc.constantFrom<Severity>('info', 'warning', 'critical');
const trouble = fc.constantFrom<Trouble>('none', 'down', 'lost', 'slow', 'slow');
const CALM: readonly fc.Arbitrary<Step>[] = [
  fc.record({ kind: fc.constant('raise'), key, severity }),
  fc.record({ kind: fc.constantFrom('resolve', 'resolve', 'acknowledge'), key }),
  fc.record({ kind: fc.constant('deliver'), instance: fc.nat(1) }),
  fc.record({ kind: fc.constant('deliver'), instance: fc.nat(1) }),
  fc.record({ kind: fc.constant('trouble'), service: fc.nat(1), trouble }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 1_000, 6_000, MINUTE, 11 * MINUTE) }),
];
const STORMY = [...CALM, fc.record({ kind: fc.constant('storage' as const), isDown: fc.boolean() })];

/** What people should know of one problem. */
interface Problem {
  /** Detail of the page that told of it first, or of its becoming more severe. */
  readonly news: string;
  readonly severity: Severity;
  readonly isSeen: boolean;
}

/** Two instances and two services; what is not answered yet goes on while the next steps are taken. */
class World {
  readonly clock = new VirtualClock();
  readonly services = [new Service(), new Service()] as const;
  readonly problems = new Map<string, Problem>();
  readonly #rows: InMemoryRowStore;
  readonly #instances: readonly Paging[];
  readonly #running: Promise<unknown>[] = [];
  #isStorageDown = false;
  #raised = 0;

  constructor() {
    const isDown = (): boolean => this.#isStorageDown;
    this.#rows = new (class extends InMemoryRowStore {
      override async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
        if (isDown()) {
          throw new StorageUnavailableError('down');
        }
        return super.transact(partition, operations);
      }
    })();
    const pagers = this.services.map((pager, index) => ({ name: `pager-${index}`, pager }));
    const { clock } = this;
    this.#instances = [1, 2].map(
      () => new Paging({ rows: this.#rows, clock, log: keptLog(), pagers, escalateAfterMs: 10 * MINUTE }),
    );
  }

  async take(step: Step): Promise<void> {
    const paging = this.#instances[0]!;
    switch (step.kind) {
      case 'raise':
        return this.#unlessDown(() => this.#raise(paging, step.key, step.severity));
      case 'resolve':
        return this.#unlessDown(async () => {
          await paging.resolve(step.key);
          this.problems.delete(step.key);
        });
      case 'acknowledge':
        return this.#unlessDown(async () => {
          const problem = this.problems.get(step.key);
          expect(await paging.acknowledge(step.key, 'ann')).toBe(problem !== undefined);
          if (problem !== undefined) {
            this.problems.set(step.key, { ...problem, isSeen: true });
          }
        });
      case 'deliver':
        this.#running.push(this.#unlessDown(() => this.#instances[step.instance]!.deliverDue()));
        return;
      case 'trouble':
        this.#trouble(this.services[step.service]!, step.trouble);
        return;
      case 'wait':
        return this.clock.advance(step.ms);
      case 'storage':
        this.#isStorageDown = step.isDown;
    }
  }

  /** All is well from now on: whatever is owed is delivered, to the last pager. */
  async settle(): Promise<void> {
    this.#isStorageDown = false;
    this.services.forEach((service) => service.fail());
    await this.clock.run(Promise.all(this.#running));
    for (let round = 0; round < 5; round += 1) {
      await this.clock.advance(16 * MINUTE);
      await this.#instances[round % 2]!.deliverDue();
    }
  }

  async #raise(paging: Paging, name: string, grade: Severity): Promise<void> {
    const detail = `news ${this.#raised++}`;
    await paging.raise(page({ key: name, severity: grade, detail, at: this.clock.now().toISOString() }));
    const known = this.problems.get(name);
    if (known === undefined || RANK[grade] > RANK[known.severity]) {
      this.problems.set(name, { news: detail, severity: grade, isSeen: false });
    }
  }

  async #unlessDown(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      expect(error).toBeInstanceOf(StorageUnavailableError);
    }
  }

  #trouble(service: Service, kind: Trouble): void {
    const { clock } = this;
    let calls = 0;
    service.lost = kind === 'lost' ? new UpstreamError('page', 0) : undefined;
    service.trouble = {
      none: () => Promise.resolve(),
      down: () => Promise.reject(new UpstreamError('page', 503)),
      lost: () => Promise.resolve(),
      // Each call overtakes the one before.
      slow: () => clock.sleep(calls++ % 2 === 0 ? 9_000 : 0),
    }[kind];
  }
}

async function run(steps: readonly Step[]): Promise<World> {
  const world = new World();
  for (const step of steps) {
    await world.take(step);
    // Lets calls to services begin, so that the next step overtakes them.
    await world.clock.advance(0);
  }
  await world.settle();
  return world;
}

describe('paging', () => {
  it('brings every problem that nobody has seen to every pager, whatever fails on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...STORMY), { maxLength: 40, size: 'max' }), async (steps) => {
        const { problems, services } = await run(steps);
        for (const [name, { news, isSeen }] of problems) {
          if (!isSeen) {
            expect(services.map(({ heard, open }) => heard.has(news) && open.has(name))).toEqual([true, true]);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves no alert open when the problem is gone, in whatever order the calls arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...CALM), { maxLength: 40, size: 'max' }), async (steps) => {
        const { problems, services } = await run(steps);
        const open = services.flatMap((service) => [...service.open.keys()]);
        expect(open.filter((name) => !problems.has(name))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
