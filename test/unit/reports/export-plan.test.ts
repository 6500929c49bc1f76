import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LocalArm } from '../../../local/arm/local-arm.ts';
import { serve, type Served } from '../../../local/http/serve.ts';
import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { FieldChange, JournalEntry, Plan, Step } from '../../../shared/reconcile/plan.ts';
import { exportPlan } from '../../../shared/reports/index.ts';
import { quoted } from '../../../shared/reports/bash-text.ts';
import { playOut, runsOf, steppedRollback } from './runs.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourcegroups/rg/providers';
const ORIGINS = `${GROUP}/microsoft.cdn/profiles/p1/origingroups/og/origins`;
const PROFILE = `${GROUP}/microsoft.network/trafficmanagerprofiles/t1`;
const EAST = `${ORIGINS}/east`;
const EAST_TM = `${PROFILE}/azureendpoints/east`;

let folder: string;
let arm: LocalArm;
let served: Served;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflex-export-'));
  const fake = resolve('test/fixtures/fake-az.mjs');
  await writeFile(join(folder, 'az'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(fake)} "$@"\n`);
  await chmod(join(folder, 'az'), 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function withArm<T>(work: () => Promise<T>): Promise<T> {
  arm = new LocalArm({ clock: new VirtualClock(), random: new SeededRandom(1) });
  arm.seed({ id: dirname(ORIGINS), properties: {} });
  arm.seed({ id: PROFILE, properties: { trafficRoutingMethod: 'Weighted', dnsConfig: { ttl: 60 } } });
  for (const name of ['east', 'west']) {
    arm.seed({ id: `${ORIGINS}/${name}`, properties: { weight: 500, priority: 1, enabledState: 'Enabled' } });
    arm.seed({ id: `${PROFILE}/azureEndpoints/${name}`, properties: { weight: 500, endpointStatus: 'Enabled' } });
  }
  served = await serve(arm.handler);
  try {
    return await work();
  } finally {
    await served.close();
  }
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function bash(script: string): Promise<Ran> {
  const env = {
    PATH: [folder, process.env['PATH'] ?? ''].join(delimiter),
    FAKE_AZ_ARM: served.url,
    REFLEX_POLL_SECONDS: '0',
    REFLEX_BAKE_SECONDS: '0',
    REFLEX_MAX_POLLS: '5',
  };
  return await new Promise((done) => {
    execFile('bash', ['--noprofile', '--norc', '-c', script], { env }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

function change(subject: string, from: FieldChange['from'], to: FieldChange['to']): FieldChange {
  return { subject, group: 'weight' in to ? 'weight' : 'enabled', from, to };
}

function stepOf(one: FieldChange, title = 'a step'): Step {
  const { subject, from, to } = one;
  return { id: `${subject}:${one.group}`, title, effect: 'x', from, to, changes: [one], onFailure: 'back' };
}

function planOf(steps: readonly Step[], journal: readonly Partial<JournalEntry>[] = []): Plan {
  const plan = { schema: 1, id: 'p', target: dirname(ORIGINS), state: 'waiting', revision: 1, serves: [], digest: 'd' };
  return { ...plan, created: '2026-01-01T00:00:00Z', steps, journal } as unknown as Plan;
}

function scriptOf(plan: Plan, direction: 'forth' | 'back' = 'forth'): string {
  const exported = exportPlan(plan, direction);
  expect(exported).toMatchObject({ outcome: 'exported' });
  return exported.outcome === 'exported' ? exported.script : '';
}

function live(id: string): Readonly<Record<string, unknown>> {
  return arm.state.get(id)?.properties ?? {};
}

const STEPS = [
  change(EAST, { weight: 500 }, { weight: 250 }),
  change(EAST, { weight: 250 }, { weight: 1 }),
  change(EAST, { enabled: true }, { enabled: false }),
].map((one) => ({ ...stepOf(one), bakeMs: 300_000 }));

describe('an exported script', () => {
  it('makes the writes of a plan, and its undo script takes them back', async () => {
    await withArm(async () => {
      const plan = planOf(STEPS);
      const forth = await bash(scriptOf(plan));
      expect(forth).toMatchObject({ code: 0, err: '' });
      expect(forth.out).toMatch(/1\/3 a step\n.*waits 0 s.*\n2\/3 a step\n.*\n3\/3 a step\ndone\n$/);
      expect(live(EAST)).toMatchObject({ weight: 1, enabledState: 'Disabled', provisioningState: 'Succeeded' });
      expect(arm.accepted.map(({ verb, set }) => [verb, set])).toEqual([
        ['PATCH', { weight: 250 }],
        ['PATCH', { weight: 1 }],
        ['PATCH', { enabledState: 'Disabled' }],
      ]);
      expect(await bash(scriptOf(plan, 'back'))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST)).toMatchObject({ weight: 500, enabledState: 'Enabled' });
      expect(arm.accepted.slice(3).map(({ set }) => set)).toEqual([
        { enabledState: 'Enabled' },
        { weight: 250 },
        { weight: 500 },
      ]);
    });
  });

  it('does the same at Traffic Manager', async () => {
    await withArm(async () => {
      const plan = planOf([
        stepOf(change(EAST_TM, { weight: 500 }, { weight: 7 })),
        stepOf(change(EAST_TM, { enabled: true }, { enabled: false })),
      ]);
      expect(await bash(scriptOf(plan))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST_TM)).toMatchObject({ weight: 7, endpointStatus: 'Disabled' });
      expect(await bash(scriptOf(plan, 'back'))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST_TM)).toMatchObject({ weight: 500, endpointStatus: 'Enabled' });
    });
  });

  it('stops where somebody has changed the value, and writes nothing', async () => {
    await withArm(async () => {
      arm.change(EAST, { weight: 400 });
      const ran = await bash(scriptOf(planOf(STEPS)));
      expect(ran.code).toBe(1);
      expect(ran.err).toBe(`stopped: weight is 400, not 500: somebody else has changed ${EAST}\n`);
      expect(arm.accepted).toEqual([]);
    });
  });

  it('goes on where it was stopped', async () => {
    await withArm(async () => {
      arm.faults.set([{ on: 'PATCH origins/east', status: 500, afterFirst: true }]);
      const first = await bash(scriptOf(planOf(STEPS)));
      expect(first.code).toBe(1);
      expect(first.err).toContain(`stopped: the write was refused: ${EAST}`);
      const second = await bash(scriptOf(planOf(STEPS)));
      expect(second).toMatchObject({ code: 0, out: expect.stringContaining('weight is 250 already') as string });
      expect(arm.accepted).toHaveLength(3);
    });
  });

  it.each([
    ['Front Door', EAST, `${ORIGINS}/west`, { enabledState: 'Disabled' }],
    ['Traffic Manager', EAST_TM, `${PROFILE}/azureEndpoints/west`, { endpointStatus: 'Disabled' }],
  ])('never disables the last enabled origin of %s', async (_, id, other, set) => {
    await withArm(async () => {
      arm.change(other, set);
      const ran = await bash(scriptOf(planOf([stepOf(change(id, { enabled: true }, { enabled: false }))])));
      expect(ran).toMatchObject({ code: 1, err: 'stopped: no other origin is enabled (1)\n' });
      expect(arm.accepted).toEqual([]);
    });
  });

  it.each([
    [
      'fails',
      { on: 'GET origins/east', provisioningState: 'Failed', afterFirst: true },
      'the service has failed at it',
    ],
    ['does not end', { on: 'PATCH *', lroSec: 3600 }, 'the service is still at it'],
    ['cannot be asked', { on: 'GET origins/east', status: 403 }, 'cannot read'],
  ])('stops where the service %s', async (_, fault, said) => {
    await withArm(async () => {
      arm.faults.set([fault]);
      const ran = await bash(scriptOf(planOf(STEPS)));
      expect(ran.code).toBe(1);
      expect(ran.err).toContain(`stopped: ${said}`);
    });
  });

  it('says titles and predicates as they are, whatever is in them', async () => {
    await withArm(async () => {
      const title = `x'; touch /tmp/owned; echo "$(id)" \`id\` %s \\n # é`;
      const step = { ...stepOf(change(EAST, { weight: 500 }, { weight: 9 }), title), predicates: ["a'b\nrm -rf /"] };
      const { out, code } = await bash(scriptOf(planOf([step])));
      expect(code).toBe(0);
      expect(out).toBe(`1/1 ${title}\n  planned while a'b rm -rf /\ndone\n`);
    });
  });
});

describe('what is exported', () => {
  const written = (step: Step): Partial<JournalEntry> => ({ step, state: 'written' });

  it('is what is left of a plan', () => {
    const [first, ...rest] = STEPS as [Step, ...Step[]];
    expect(scriptOf(planOf(STEPS, [written(first)]))).toContain(`1/${rest.length} `);
    expect(exportPlan(planOf(STEPS, STEPS.map(written)), 'forth')).toEqual({
      outcome: 'refused',
      reason: 'nothing is left to write',
    });
  });

  it('is nothing to undo where a plan has gone back by itself', async () => {
    const [run] = await runsOf(await playOut(steppedRollback()));
    const journal = run!.plan.journal;
    const gone = exportPlan({ ...run!.plan, steps: [], journal }, 'back');
    expect(gone).toEqual({ outcome: 'refused', reason: 'nothing is to be undone' });
  });

  it.each([
    ['another type', change(`${GROUP}/microsoft.cdn/profiles/p1`, { weight: 1 }, { weight: 2 })],
    ['no id', change('/subscriptions/x; rm -rf /', { weight: 1 }, { weight: 2 })],
    ['quotes in an id', change(`${ORIGINS}/a'b`, { weight: 1 }, { weight: 2 })],
    ['a weight of 0', change(EAST, { weight: 1 }, { weight: 0 })],
    ['a weight that is text', change(EAST, { weight: 1 }, { weight: '2' })],
    ['two fields', change(EAST, { weight: 1 }, { weight: 2, enabled: true })],
    ['another field than before', change(EAST, { enabled: true }, { weight: 2 })],
    ['a gate', change(EAST, { isShut: false }, { isShut: true })],
    ['no field', change(EAST, {}, {})],
  ])('is refused with %s', (_, one) => {
    expect(exportPlan(planOf([stepOf(one)]), 'forth')).toMatchObject({ outcome: 'refused' });
  });

  it('is refused for a plan that writes no origin', () => {
    const step = { ...stepOf(change(EAST, { weight: 1 }, { weight: 2 })), changes: [] };
    expect(exportPlan(planOf([step]), 'forth')).toMatchObject({ outcome: 'refused' });
  });
});

describe('a word of bash', () => {
  it('is taken as it is', async () => {
    const words = fc.sample(fc.string({ unit: 'binary-ascii', maxLength: 30 }), { numRuns: 200, seed: 1 });
    const clean = words.map((word) => word.replaceAll('\0', ''));
    const script = clean.map((word) => `printf '%s\\0' ${quoted(word)}`).join('\n');
    const out = await new Promise<string>((done) => {
      execFile('bash', ['--noprofile', '--norc', '-c', script], (_, stdout) => done(stdout));
    });
    expect(out.split('\0').slice(0, -1)).toEqual(clean);
  });
});
