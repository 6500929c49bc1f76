import { beforeEach, describe, expect, it } from 'vitest';

import { readFleet } from '../../cli/fleet-files.ts';
import { PeopleStage } from './people-stage.ts';

/** The stage begins on Monday 2026-01-05 08:00 UTC. */
const WINDOWS = { open: ['Tue 09:00-16:00'], timeZone: 'UTC' };
const A_DAY_LATER_MS = 25.5 * 3_600_000;

describe('hours for planned moves', () => {
  let stage: PeopleStage;

  beforeEach(async () => {
    const { fleet } = await readFleet('examples/contoso/fleet.yaml', { repo: {} });
    stage = await PeopleStage.create({ policy: { ...fleet!.edges[0]!.policy, windows: WINDOWS } });
  });

  const drill = async (...more: readonly string[]) =>
    await stage.reflex('alice', 'drill', 'shop', 'weu', '--for', '10m', '--reason', 'drill Q1', ...more);

  it('refuse a drill outside of them, and say when they begin', async () => {
    const { out } = await drill();
    expect(out).toContain('outside-window until 2026-01-06T09:00:00.000Z');
    await stage.clock.advance(A_DAY_LATER_MS);
    await stage.tick();
    expect(stage.control.accepted).toEqual([]);
  });

  it('let a drill begin inside of them', async () => {
    await stage.clock.advance(A_DAY_LATER_MS);
    expect((await drill()).out).toMatch(/^shift/);
    expect(await stage.enabled()).toEqual(['origin-neu']);
  });

  it('keep a planned failover until they begin', async () => {
    const { out } = await stage.reflex('alice', 'failover', 'shop', 'weu', '--reason', 'maintenance');
    expect(out).toContain('outside-window');
    expect((await stage.reflex('rita', 'plans')).out).not.toContain('waiting');
    await stage.clock.advance(A_DAY_LATER_MS);
    await stage.tick();
    expect((await stage.reflex('rita', 'plans')).out).toContain('waiting');
    expect(stage.control.accepted).toEqual([]);
  });

  it('are no limit where people override them, who then need the approvals for that', async () => {
    const { out } = await drill('--override', 'outside-window');
    expect(out).toMatch(/^pending-approval/);
  });
});
