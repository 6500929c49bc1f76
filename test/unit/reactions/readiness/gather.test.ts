import { describe, expect, it } from 'vitest';

import { play } from '../../../../cli/simulate/play.ts';
import { Scenario } from '../../../../cli/simulate/scenario.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import { StorageUnavailableError, UpstreamError } from '../../../../shared/errors.ts';
import {
  checkReadiness,
  gatherEdge,
  type Check,
  type ReadinessFacts,
  type ReadinessPorts,
} from '../../../../shared/reactions/readiness/index.ts';
import type { RowStore } from '../../../../shared/ports/row-store.ts';
import { KILL_SWITCH } from '../../../../shared/reconcile/guards/kill-switch.ts';
import { PAIR, portsOf } from './ports.ts';

const DRILL = { kind: 'drill', region: 'east', durationSec: 600, requestedBy: 'alice', at: 0 };

async function factsOf(scenario: object, more: Partial<ReadinessPorts> = {}): Promise<ReadinessFacts> {
  const played = await play(Scenario.parse({ ...PAIR, ...scenario }));
  return await played.world.clock.run(gatherEdge(played.world.edge, portsOf(played, more)));
}

function statusOf(facts: ReadinessFacts, name: string): Check['status'] | undefined {
  return checkReadiness(facts).find(({ check }) => check === name)?.status;
}

describe('gathering what readiness needs', () => {
  it('finds an edge, its rows and its last drill', async () => {
    const facts = await factsOf({ events: [DRILL] });
    expect(facts).toMatchObject({ isStopped: false, probe: { path: '/healthz' } });
    expect(facts.lastDrillAt).toBe(Date.parse('2026-03-02T08:10:00Z'));
    expect(facts.lastWriteAt).toBeGreaterThanOrEqual(facts.lastDrillAt!);
    for (const name of [
      'control-plane',
      'origins',
      'region-loss',
      'scale-up',
      'drill',
      'roles',
      'permission',
      'drift',
      'readings',
      'switches',
    ]) {
      expect([name, statusOf(facts, name)]).toEqual([name, 'ok']);
    }
  });

  it('does not count a failover, nor a drill that was only shown', async () => {
    const failover = { kind: 'runbook', action: 'evacuate', region: 'east', at: 0 };
    expect((await factsOf({ events: [failover] })).lastDrillAt).toBeUndefined();
    expect((await factsOf({ events: [{ ...DRILL, dryRun: true }] })).lastDrillAt).toBeUndefined();
  });

  it('knows when a write was refused', async () => {
    const failover = { kind: 'runbook', action: 'evacuate', region: 'east', at: 5 };
    const facts = await factsOf({ events: [failover], arm: [{ on: 'PATCH *', status: 403 }] });
    expect(facts.deniedAt).toBe(Date.parse('2026-03-02T08:00:05Z'));
    expect(statusOf(facts, 'permission')).toBe('fail');
  });

  it('sees drift and people’s holds', async () => {
    const failover = { kind: 'runbook', action: 'evacuate', region: 'east', at: 0 };
    const drift = { kind: 'external', region: 'east', set: { enabled: true }, at: 100 };
    const facts = await factsOf({ events: [failover, drift] });
    expect(facts.intents).toMatchObject([{ kind: 'out' }]);
    expect(statusOf(facts, 'drift')).toBe('warn');
  });

  it('takes what Azure refuses for a fact', async () => {
    const refused = { observe: () => Promise.reject(new UpstreamError('read origins', 403)) };
    const facts = await factsOf({}, { ...refused, probe: () => Promise.reject(new UpstreamError('read probe', 500)) });
    expect(facts.seen).toBe('read origins failed with HTTP 403');
    expect('probe' in facts).toBe(false);
    expect(statusOf(facts, 'control-plane')).toBe('fail');
  });

  it('does not hide faults of its own', async () => {
    await expect(factsOf({}, { observe: () => Promise.reject(new TypeError('x')) })).rejects.toThrow(TypeError);
  });

  it('throws where the rows cannot be read', async () => {
    const played = await play(Scenario.parse(PAIR));
    const rows: RowStore = new InMemoryRowStore();
    rows.get = () => Promise.reject(new StorageUnavailableError('down'));
    await expect(gatherEdge(played.world.edge, portsOf(played, { rows }))).rejects.toThrow(StorageUnavailableError);
  });

  it('reads the kill switch', async () => {
    const played = await play(Scenario.parse(PAIR));
    const { partition, rowKey } = KILL_SWITCH;
    await played.world.rows.transact(partition, [{ kind: 'put', rowKey, value: { on: true } }]);
    const facts = await gatherEdge(played.world.edge, portsOf(played));
    expect(statusOf(facts, 'switches')).toBe('fail');
  });
});
