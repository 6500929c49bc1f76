import { describe, expect, it } from 'vitest';

import type { Plan, Step } from '../../../../shared/reconcile/plan.ts';
import { exportPlan } from '../../../../shared/reports/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, originOf, sharesOf, situation } from '../../targets/edge/observed.ts';
import { withTwin } from '../../targets/edge/twins.ts';
import { arm, bash, GROUP, live, planOf, scriptOf, withArm } from './scripts.ts';

const PROFILE = `${GROUP}/microsoft.cdn/profiles/p1`;
const [OWN, OTHER] = [`${PROFILE}/origingroups/og`, `${PROFILE}/origingroups/og-b`];
const ROUTES = ['main', 'api'].map((name) => `${PROFILE}/afdendpoints/shop/routes/${name}`);

/** The steps that move `east` and `west` together, over two routes. */
function steps(): readonly Step[] {
  const origins = ['east', 'west'].map((name) => originOf(name, { weight: 500 }));
  const acting = [sharesOf({ east: 100, west: 900 })];
  const text = JSON.stringify(lookAtEdge(withTwin(edgeOf(origins), { routes: 2 }), situation({ acting })).steps);
  return JSON.parse(text.replaceAll('/profiles/p/', `${PROFILE}/`)) as readonly Step[];
}

async function withTwins<T>(work: () => Promise<T>): Promise<T> {
  return await withArm(async () => {
    arm.seed({ id: OTHER, properties: {} });
    for (const name of ['east', 'west']) {
      arm.seed({ id: `${OTHER}/origins/${name}`, properties: { weight: 500, enabledState: 'Enabled' } });
    }
    ROUTES.forEach((id) =>
      arm.seed({ id, properties: { originGroup: { id: OWN.replace('origingroups', 'originGroups') } } }),
    );
    return await work();
  });
}

function plan(written = 0): Plan {
  const all = steps();
  return planOf(
    all,
    all.slice(0, written).map((step) => ({ step, state: 'written' })),
  );
}

const groups = (): unknown => ROUTES.map((id) => (live(id)['originGroup'] as { id: string }).id.toLowerCase());
const weights = (group: string): unknown => ['east', 'west'].map((name) => live(`${group}/origins/${name}`)['weight']);

describe('a plan that moves the routes, without the tool', () => {
  it('prepares the group that serves nobody, moves the routes, and goes back without preparing anything', async () => {
    await withTwins(async () => {
      expect(await bash(scriptOf(plan()))).toMatchObject({ code: 0, err: '' });
      expect([weights(OWN), weights(OTHER), groups()]).toEqual([
        [500, 500],
        [100, 900],
        [OTHER, OTHER],
      ]);
      const writes = arm.accepted.length;
      expect(await bash(scriptOf(plan(steps().length), 'back'))).toMatchObject({ code: 0, err: '' });
      expect([groups(), arm.accepted.length - writes]).toEqual([[OWN, OWN], 2]);
    });
  });

  it('goes on where it was stopped', async () => {
    await withTwins(async () => {
      arm.faults.set([{ on: 'PATCH routes/main', status: 500 }]);
      expect((await bash(scriptOf(plan()))).code).toBe(1);
      expect(groups()).toEqual([OWN, OWN]);
      expect(await bash(scriptOf(plan()))).toMatchObject({ code: 0, err: '' });
      expect([groups(), arm.accepted.length]).toEqual([[OTHER, OTHER], 4]);
    });
  });

  it('moves no route to a group that somebody has changed since, and none that somebody has moved', async () => {
    await withTwins(async () => {
      arm.change(`${OTHER}/origins/east`, { weight: 77 });
      const rest = await bash(scriptOf(plan(2)));
      expect(rest.err).toBe(`stopped: properties.weight is 77, not 100, at ${OTHER}/origins/east\n`);
      arm.change(`${OTHER}/origins/east`, { weight: 500 });
      arm.change(ROUTES[0] ?? '', { originGroup: { id: `${OWN}x` } });
      const moved = await bash(scriptOf(plan()));
      expect(moved.err).toContain(`stopped: properties.originGroup.id is ${OWN}x, not ${OWN}`);
      expect(arm.accepted).toEqual([]);
    });
  });

  it('prepares nothing while a route refers to it', async () => {
    await withTwins(async () => {
      arm.change(ROUTES[1] ?? '', { originGroup: { id: OTHER } });
      expect((await bash(scriptOf(plan()))).err).toContain(
        `stopped: properties.originGroup.id is ${OTHER}, not ${OWN}`,
      );
      expect(arm.accepted).toEqual([]);
    });
  });

  it('is not exported where a route is to go nowhere', () => {
    const [first] = steps().filter(({ effect }) => effect === 'swap');
    const broken = { ...first!, sends: { ...first!.sends!, to: { originGroup: 'x' } } };
    expect(exportPlan(planOf([broken]), 'forth')).toEqual({
      outcome: 'refused',
      reason: `${ROUTES[0] ?? ''}: no change of its origin group`,
    });
  });

  it('of which a person must see to what nobody can read', () => {
    const [first] = steps();
    const told = exportPlan(planOf([{ ...first!, predicates: ['route x refers to y'] }]), 'forth');
    expect(told).toMatchObject({ exported: { steps: [{ byHand: ['route x refers to y'] }] } });
  });

  it('leaves nothing that a person would have to look up', () => {
    const told = exportPlan(plan(), 'forth');
    const parts = told.outcome === 'exported' ? told.exported.steps : [];
    expect(parts.flatMap(({ byHand }) => byHand)).toEqual([]);
    expect(parts).toHaveLength(4);
  });
});
