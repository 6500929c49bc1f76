import { beforeEach, describe, expect, it } from 'vitest';

import { readFleet } from '../../cli/fleet-files.ts';
import type { Report } from '../../shared/reports/index.ts';
import { PeopleStage } from './people-stage.ts';

/** The stage begins on Monday 2026-01-05 08:00 UTC. */
const WINDOWS = { open: ['Tue 09:00-16:00'], timeZone: 'UTC' };
const A_DAY_LATER_MS = 25.5 * 3_600_000;
const HALF_AN_HOUR_LEFT_MS = 31.5 * 3_600_000;

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

  it('bind the beginning of a drill: it comes back after them, and its report says what came of it', async () => {
    const minutes = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count; minute += 1) {
        await stage.clock.advance(60_000);
        await stage.tick();
      }
    };
    await stage.clock.advance(HALF_AN_HOUR_LEFT_MS);
    const { out } = await stage.reflex('alice', 'drill', 'shop', 'weu', '--for', '40m', '--reason', 'drill Q1');
    const [, plan = ''] = /^plan +(\S+)$/m.exec(out) ?? [];
    expect(out).not.toContain('short');
    await minutes(23);
    stage.serves({ 'origin-neu': 3_000, 'origin-weu': 0 });
    await minutes(16);
    expect(await stage.enabled()).toEqual(['origin-neu']);
    await minutes(2);
    expect(await stage.enabled()).toEqual(['origin-neu', 'origin-weu']);
    stage.serves({ 'origin-neu': 1_500, 'origin-weu': 1_500 });
    await minutes(24);

    const report = await stage.reflex('rita', 'plans', 'report', plan.slice(0, 8));
    expect(report.code).toBe(0);
    expect(report.out).toContain('## Outcome of the drill');
    expect(report.out).toContain('| passed | the edge left origin-weu and came back to it |');
    expect(report.out).toContain('| requests while it was out | origin-neu 100 %, origin-weu 0 % |');
    const { drills } = JSON.parse((await stage.reflex('rita', 'plans', 'report', plan, '--json')).out) as Report;
    expect(drills).toMatchObject([{ origin: 'origin-weu', verdict: 'passed' }]);
    const page = await stage.reflex('rita', 'plans', 'report', plan, '--format', 'html');
    expect(page.out).toContain('<h2>Outcome of the drill</h2>');
  });
});
