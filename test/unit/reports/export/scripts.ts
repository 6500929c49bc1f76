import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

import { afterAll, beforeAll, expect } from 'vitest';

import { LocalArm } from '../../../../local/arm/local-arm.ts';
import { serve, type Served } from '../../../../local/http/serve.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import type { FieldChange, JournalEntry, Plan, Step } from '../../../../shared/reconcile/plan.ts';
import { exportPlan, exportScript, type GateAccess } from '../../../../shared/reports/index.ts';
import { quoted } from '../../../../shared/reports/export/bash-text.ts';

export const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourcegroups/rg/providers';
export const ORIGINS = `${GROUP}/microsoft.cdn/profiles/p1/origingroups/og/origins`;
export const PROFILE = `${GROUP}/microsoft.network/trafficmanagerprofiles/t1`;
export const EAST = `${ORIGINS}/east`;
export const EAST_TM = `${PROFILE}/azureendpoints/east`;

export let folder: string;
export let arm: LocalArm;
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

/** A local ARM with an origin group and a Traffic Manager profile of two origins each. */
export async function withArm<T>(work: () => Promise<T>): Promise<T> {
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

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a script with the stand-in for `az`. */
export async function bash(script: string, more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const env = {
    PATH: [folder, process.env['PATH'] ?? ''].join(delimiter),
    FAKE_AZ_ARM: served.url,
    REFLEX_POLL_SECONDS: '0',
    REFLEX_BAKE_SECONDS: '0',
    REFLEX_MAX_POLLS: '5',
    ...more,
  };
  return await new Promise((done) => {
    execFile('bash', ['--noprofile', '--norc', '-c', script], { env }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

export function change(subject: string, from: FieldChange['from'], to: FieldChange['to']): FieldChange {
  return { subject, group: 'weight' in to ? 'weight' : 'isShut' in to ? 'gate' : 'enabled', from, to };
}

export function stepOf(one: FieldChange, title = 'a step'): Step {
  const { subject, from, to } = one;
  return { id: `${subject}:${one.group}`, title, effect: 'x', from, to, changes: [one], onFailure: 'back' };
}

export function planOf(steps: readonly Step[], journal: readonly Partial<JournalEntry>[] = []): Plan {
  const plan = { schema: 1, id: 'p', target: dirname(ORIGINS), state: 'waiting', revision: 1, serves: [], digest: 'd' };
  return { ...plan, created: '2026-01-01T00:00:00Z', steps, journal } as unknown as Plan;
}

export function scriptOf(plan: Plan, direction: 'forth' | 'back' = 'forth', access: GateAccess = {}): string {
  const exported = exportPlan(plan, direction);
  expect(exported).toMatchObject({ outcome: 'exported' });
  return exported.outcome === 'exported' ? exportScript(exported.exported, access) : '';
}

export function live(id: string): Readonly<Record<string, unknown>> {
  return arm.state.get(id)?.properties ?? {};
}
