import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import { InMemoryWorkflows } from '../../../../shared/adapters/in-memory/workflows.ts';
import { WorkflowVerifier } from '../../../../shared/adapters/stage-verifiers/workflow.ts';
import { WORKFLOW_DISPATCHES } from '../../../../shared/domain/image/workflow-dispatch.ts';
import type { WorkflowCheck } from '../../../../shared/domain/image/verification.ts';
import {
  RateLimitedError,
  StorageUnavailableError,
  UpstreamError,
  WriteRefusedError,
} from '../../../../shared/errors.ts';
import type { RowStore } from '../../../../shared/ports/row-store.ts';
import type { VerificationAnswer, VerifiedStage } from '../../../../shared/ports/stage-verifier.ts';
import type { WorkflowRequest, Workflows } from '../../../../shared/ports/workflows.ts';

const CHECK: WorkflowCheck = { kind: 'workflow', file: 'smoke.yaml', inputs: { suite: 'quick' }, timeoutMs: 1 };
const MINUTE = 60_000;

/** What goes wrong with the next dispatch. */
type Fault = 'before' | 'lost' | Error;

class World {
  readonly clock = new VirtualClock();
  readonly rows = new InMemoryRowStore();
  readonly workflows: InMemoryWorkflows;
  readonly asked: WorkflowRequest[] = [];
  readonly faults: Fault[] = [];
  isStopped = false;
  readonly stage: VerifiedStage;

  constructor(how: { readonly isTold?: boolean; readonly isShown?: boolean } = {}) {
    this.workflows = new InMemoryWorkflows(this.clock, how);
    this.stage = {
      ...{ image: 'contoso.azurecr.io/shop/web', stage: 'prod', tag: '1.1.0', digest: `sha256:${'a'.repeat(64)}` },
      ...{ branch: 'main', isRecorded: true, mayAct: true, wrong: 0, clusters: [], readers: 1 },
      ...{ host: { owner: 'contoso', repo: 'gitops' }, commits: ['c'.repeat(40), 'd'.repeat(40)] },
      since: this.clock.now().toISOString(),
      repository: new InMemoryGitRepository({ clock: this.clock, branch: 'main', files: [] }),
    };
  }

  /** One look of one process. */
  async look(more: Partial<VerifiedStage> = {}, rows: RowStore = this.rows): Promise<VerificationAnswer> {
    const verifier = new WorkflowVerifier({
      ...{ rows, clock: this.clock, open: () => Promise.resolve(this.#faulty()) },
      isStopped: () => Promise.resolve(this.isStopped),
    });
    return await this.clock.run(verifier.verify(CHECK, { ...this.stage, ...more }));
  }

  /** A look that may end by an error, as one of a process that dies. */
  async try(more: Partial<VerifiedStage> = {}): Promise<string> {
    return await this.look(more).then(
      ({ outcome }) => outcome,
      () => 'error',
    );
  }

  #faulty(): Workflows {
    return {
      run: async (id) => await this.workflows.run(id),
      dispatched: async (workflow) => await this.workflows.dispatched(workflow),
      dispatch: async (request) => {
        const fault = this.faults.shift();
        if (fault === 'before' || fault instanceof Error) {
          throw fault === 'before' ? new UpstreamError('dispatch', 0) : fault;
        }
        this.asked.push(request);
        const told = await this.workflows.dispatch(request);
        if (fault === 'lost') {
          throw new UpstreamError('dispatch', 502);
        }
        return told;
      },
    };
  }
}

describe('a workflow', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('is told of the version, and its run is heard to the end', async () => {
    expect(await world.look()).toMatchObject({ outcome: 'pending' });
    const [request] = world.asked;
    expect(request).toMatchObject({ workflow: 'smoke.yaml', ref: 'main', inputs: { suite: 'quick', tag: '1.1.0' } });
    expect(request?.inputs).toMatchObject({ image: world.stage.image, stage: 'prod', commit: world.stage.commits[0] });
    expect(request?.inputs).toMatchObject({
      digest: world.stage.digest,
      reflex: expect.stringMatching(/^reflex-/) as string,
    });
    world.workflows.end(1);
    expect(await world.look()).toMatchObject({ outcome: 'pending', reason: 'run 1: in_progress' });
    world.workflows.end(1, 'success');
    expect(await world.look()).toMatchObject({ outcome: 'pass' });
    expect(world.workflows.count).toBe(1);
  });

  it('counts when people run it again, under the same run', async () => {
    await world.look();
    world.workflows.end(1, 'cancelled');
    expect(await world.look()).toMatchObject({ outcome: 'inconclusive' });
    world.workflows.rerun(1);
    expect(await world.look()).toMatchObject({ outcome: 'pending', reason: 'run 1, attempt 2: queued' });
    world.workflows.end(1, 'failure');
    expect(await world.look()).toMatchObject({ outcome: 'fail' });
  });

  it('is dispatched once for all that look at once', async () => {
    const looks = await Promise.all([world.look(), world.look(), world.look()]);
    expect(looks.every(({ outcome }) => outcome === 'pending')).toBe(true);
    expect(world.workflows.count).toBe(1);
  });

  it('is dispatched anew for another stage, another version, and one that is written again', async () => {
    for (const more of [{}, { stage: 'dev' }, { digest: 'sha256:b' }, { since: '2026-01-01T00:00:00.000Z' }]) {
      await world.look(more);
      await world.look(more);
    }
    expect(world.workflows.count).toBe(4);
  });

  it.each([
    ['before the version is recorded', { isRecorded: false }],
    ['in mode observe', { mayAct: false }],
  ])('is not dispatched %s', async (_, more) => {
    expect(await world.look(more)).toMatchObject({ outcome: 'pending' });
    expect(world.asked).toEqual([]);
    expect(await world.rows.list(WORKFLOW_DISPATCHES, '')).toEqual([]);
  });

  it('is not dispatched while the kill switch is on, and is heard all the same', async () => {
    world.isStopped = true;
    expect(await world.look()).toMatchObject({ reason: 'not dispatched: kill-switch' });
    expect(world.asked).toEqual([]);
    world.isStopped = false;
    await world.look();
    world.isStopped = true;
    world.workflows.end(1, 'success');
    expect(await world.look()).toMatchObject({ outcome: 'pass' });
  });

  it('is found by its name where the answer was lost, or had no run in it', async () => {
    const silent = new World({ isTold: false });
    await silent.look();
    silent.workflows.end(1, 'success');
    expect(await silent.look()).toMatchObject({ outcome: 'pass' });
    world.faults.push('lost');
    await expect(world.look()).rejects.toThrow(UpstreamError);
    world.workflows.end(1, 'success');
    expect(await world.look()).toMatchObject({ outcome: 'pass' });
    expect([silent.workflows.count, world.workflows.count]).toEqual([1, 1]);
  });

  it('is found where the process died, or its storage, before it could write the run down', async () => {
    let writes = 0;
    const failing: RowStore = {
      get: async (...args) => await world.rows.get(...args),
      list: async (...args) => await world.rows.list(...args),
      partitionsWith: async (...args) => await world.rows.partitionsWith(...args),
      transact: async (...args) => {
        writes += 1;
        if (writes > 1) {
          throw new StorageUnavailableError('down');
        }
        return await world.rows.transact(...args);
      },
    };
    await expect(world.look({}, failing)).rejects.toThrow(StorageUnavailableError);
    world.workflows.end(1, 'success');
    expect(await world.look()).toMatchObject({ outcome: 'pass' });
    expect(world.workflows.count).toBe(1);
  });

  it('is sent again only when another run shows that ours would be seen', async () => {
    world.faults.push('before');
    await expect(world.look()).rejects.toThrow(UpstreamError);
    await world.clock.advance(20 * MINUTE);
    expect(await world.look()).toMatchObject({ reason: expect.stringContaining('no run of smoke.yaml') as string });
    expect(world.workflows.count).toBe(0);
    await world.look({ stage: 'dev' });
    await world.look();
    expect(world.workflows.count).toBe(2);
  });

  it('is never sent again where runs do not show what they were given', async () => {
    const blind = new World({ isTold: false, isShown: false });
    await blind.look();
    blind.workflows.end(1, 'success');
    await blind.clock.advance(60 * MINUTE);
    expect(await blind.look()).toMatchObject({ outcome: 'pending' });
    expect(blind.workflows.count).toBe(1);
  });

  it.each([
    [new WriteRefusedError('no such input'), 5],
    [new RateLimitedError('dispatch', 90_000), 1.5],
    [new UpstreamError('dispatch', 400), 5],
  ])('that the host did not take is sent again later: %s', async (error, minutes) => {
    world.faults.push(error);
    expect(await world.look()).toMatchObject({
      outcome: 'pending',
      reason: expect.stringContaining(error.code) as string,
    });
    await world.clock.advance(minutes * MINUTE - 1);
    expect(await world.look()).toMatchObject({ reason: expect.stringContaining('not dispatched') as string });
    expect(world.workflows.count).toBe(0);
    await world.clock.advance(1);
    await world.look();
    expect(world.workflows.count).toBe(1);
  });

  it('is not sent by a process that stood still after its claim', async () => {
    const slow: RowStore = {
      get: async (...args) => await world.rows.get(...args),
      list: async (...args) => await world.rows.list(...args),
      partitionsWith: async (...args) => await world.rows.partitionsWith(...args),
      transact: async (...args) => {
        const written = await world.rows.transact(...args);
        await world.clock.sleep(10_001);
        return written;
      },
    };
    expect(await world.look({}, slow)).toMatchObject({ reason: expect.stringContaining('too late') as string });
    expect(world.workflows.count).toBe(0);
    await world.look();
    expect(world.workflows.count).toBe(1);
  });

  it('whose run was deleted says nothing', async () => {
    await world.look();
    const [row] = await world.rows.list(WORKFLOW_DISPATCHES, '');
    const value = { ...(row?.value as object), run: 99 };
    await world.rows.transact(WORKFLOW_DISPATCHES, [{ kind: 'put', rowKey: row?.rowKey ?? '', value }]);
    expect(await world.look()).toMatchObject({ outcome: 'inconclusive' });
  });

  it('that is asked about for long does not look over', async () => {
    await world.look();
    await world.clock.advance(24 * 60 * MINUTE);
    await world.look();
    const [row] = await world.rows.list(WORKFLOW_DISPATCHES, '');
    expect(row?.value).toMatchObject({ at: world.clock.now().toISOString(), run: 1 });
  });

  it('runs at most once, whatever is lost, refused, repeated or late', async () => {
    const fault = fc.constantFrom<Fault | 'none'>('none', 'before', 'lost', new WriteRefusedError('no'));
    const step = fc.record({ at: fc.nat(30), looks: fc.integer({ min: 1, max: 3 }), fault });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, isTold) => {
        const one = new World({ isTold });
        await one.look({ stage: 'dev' });
        for (const { at, looks, fault: wrong } of steps) {
          one.faults.splice(0, Infinity, ...(wrong === 'none' ? [] : [wrong]));
          await Promise.all(Array.from({ length: looks }, async () => await one.try()));
          await one.clock.advance(at * MINUTE);
        }
        one.faults.splice(0);
        expect(one.asked.filter(({ inputs }) => inputs['stage'] === 'prod').length).toBeLessThanOrEqual(1);
        await one.clock.advance(60 * MINUTE);
        await one.try();
        expect(one.asked.filter(({ inputs }) => inputs['stage'] === 'prod')).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });
});
