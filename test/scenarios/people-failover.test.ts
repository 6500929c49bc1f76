import { beforeEach, describe, expect, it } from 'vitest';

import { PeopleStage } from './people-stage.ts';

describe('a failover that a person asks for', () => {
  let stage: PeopleStage;

  beforeEach(async () => {
    stage = await PeopleStage.create();
  });

  async function proposed(): Promise<{ readonly plan: string; readonly approve: readonly string[] }> {
    const { code, out } = await stage.reflex('alice', 'failover', 'shop', 'weu', '--reason', 'maintenance');
    expect([code, out]).toEqual([0, expect.stringMatching(/^pending-approval/)]);
    const [, approve = ''] = /approve {2}reflex (.*)$/m.exec(out) ?? [];
    return { plan: /plan +(\S+)/.exec(out)?.[1] ?? '', approve: approve.split(' ') };
  }

  it('changes nothing before somebody else agrees, and then exactly what the plan says', async () => {
    const { plan, approve } = await proposed();
    expect(await stage.enabled()).toEqual(['origin-neu', 'origin-weu']);
    expect((await stage.reflex('alice', ...approve)).err).toContain('REFLEX_ROLE_MISSING');

    expect(await stage.reflex('bob', ...approve)).toMatchObject({ code: 0 });
    await stage.work();
    expect(await stage.enabled()).toEqual(['origin-neu']);
    expect((await stage.reflex('rita', 'plans', 'show', plan)).out).toMatch(/origin-weu: out[^]*written/);
    expect((await stage.reflex('rita', 'edges', 'shop')).out).toMatch(/origin-weu +out, planned +open/);
    expect(await stage.reflex('rita', 'plans', 'watch', plan, '--interval', '600')).toMatchObject({ code: 0 });
  });

  it('is exported with what it was made on', async () => {
    const { plan } = await proposed();
    const { out } = await stage.reflex('rita', 'plans', 'export', plan, '--json');
    const [step] = (JSON.parse(out) as { steps: { preconditions: unknown[]; byHand: string[] }[] }).steps;
    expect(step?.byHand).toEqual([]);
    expect(step?.preconditions).toHaveLength(3);
  });

  it('writes nothing while the kill switch is on', async () => {
    const { approve } = await proposed();
    await stage.reflex('alice', 'kill-switch', 'on', '--reason', 'odd');
    expect(await stage.reflex('bob', ...approve)).toMatchObject({ code: 0 });
    await stage.work();
    expect(stage.control.accepted).toEqual([]);
  });

  it('is refused for an origin that the edge does not have', async () => {
    expect(await stage.reflex('alice', 'failover', 'shop', 'mars')).toMatchObject({ code: 1 });
  });
});
