import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { exportPlan, exportScript, whyNotExported } from '../../../../shared/api/people/export-plan.ts';
import type { PlanState, Step } from '../../../../shared/reconcile/plan.ts';
import { BRANCH, FLEET, NEU, Office, PLAN, RITA, WEU } from './people.ts';

const STEP = PLAN.steps[0]!;
const ORIGINS = FLEET.edges[0]!.origins;
const URL_WEU = `${WEU}?api-version=2024-02-01`;
const URL_NEU = `${NEU}?api-version=2024-02-01`;
const ENDPOINT =
  "/subscriptions/s/resourcegroups/g/providers/microsoft.network/trafficmanagerprofiles/p/azureendpoints/it's";

describe('an exported plan', () => {
  it('reads, compares and writes: what the plan was made on is the precondition', () => {
    expect(exportPlan(PLAN, ORIGINS)).toMatchObject({
      plan: PLAN.id,
      steps: [
        {
          skipIf: { url: URL_WEU, property: 'enabledState', equals: 'Disabled' },
          preconditions: [
            { url: URL_WEU, property: 'enabledState', equals: 'Enabled' },
            { url: URL_NEU, property: 'enabledState', equals: 'Enabled' },
            { url: URL_NEU, property: 'weight', equals: '500' },
            { url: URL_WEU, property: 'weight', equals: '500' },
          ],
          byHand: ['the moon is full'],
          patch: { url: URL_WEU, body: { properties: { enabledState: 'Disabled' } } },
          doneWhen: [{ property: 'enabledState' }, { property: 'provisioningState', equals: 'Succeeded' }],
          thenWaitSeconds: 60,
        },
      ],
    });
  });

  it('leaves predicates about origins that nobody names to a person', () => {
    const [step] = exportPlan(PLAN, []).steps;
    expect(step?.byHand).toEqual(['origin-neu is enabled with weight 500', 'the moon is full']);
  });

  it('writes weights, and Traffic Manager\u2019s endpoints in its own words', () => {
    const change = { subject: ENDPOINT, group: 'weight', from: { weight: 5 }, to: { weight: 7 } };
    const status = { subject: ENDPOINT, group: 'enabled', from: { enabled: false }, to: { enabled: true } };
    const step: Step = { ...STEP, predicates: [], changes: [change, status] };
    const { steps } = exportPlan({ ...PLAN, steps: [step] }, []);
    expect(steps.map(({ patch, doneWhen }) => [patch.body, doneWhen.length])).toEqual([
      [{ properties: { weight: 7 } }, 1],
      [{ properties: { endpointStatus: 'Enabled' } }, 1],
    ]);
    expect(steps[0]?.patch.url).toContain('api-version=2022-04-01');
    expect(steps[0]?.commands.at(-1)).toContain(String.raw`it'\''s`);
  });

  it('holds what has not been written yet', () => {
    const entry = { step: STEP, at: 'now', fence: 1, precondition: '', sendBy: 'now' };
    expect(exportPlan({ ...PLAN, journal: [{ ...entry, state: 'written' }] }, ORIGINS).steps).toEqual([]);
    expect(exportPlan({ ...PLAN, journal: [{ ...entry, state: 'failed' }] }, ORIGINS).steps).toHaveLength(1);
  });

  it.each<[PlanState, boolean]>([
    ['waiting', true],
    ['running', true],
    ['expired', true],
    ['done', false],
    ['going-back', false],
    ['rejected', false],
  ])('is there for one that is %s: %s', (state, isThere) => {
    const target = { kind: 'edge', key: PLAN.target };
    expect(whyNotExported({ plan: { ...PLAN, state }, target }) === undefined).toBe(isThere);
  });

  it('is answered as JSON or as a script, even while the fleet cannot be read, and not for a branch', async () => {
    const office = new Office({ fleet: () => Promise.reject(new Error('unreadable')) });
    await office.store(PLAN);
    expect(await office.call(`GET /plans/${PLAN.id}/export`, RITA)).toMatchObject({ steps: [{ title: STEP.title }] });
    const script = await office.request(`GET /plans/${PLAN.id}/export?format=bash`, RITA);
    expect(script).toMatchObject({ status: 200, headers: { 'content-type': 'text/x-shellscript' } });
    const other = { ...PLAN, id: PLAN.id.replace(/1$/, '9'), target: BRANCH };
    await office.store(other, BRANCH);
    expect(await office.call(`GET /plans/${other.id}/export`, RITA)).toMatchObject({
      status: 409,
      code: 'REFLEX_NO_EXPORT',
    });
    expect(await office.call(`GET /plans/${PLAN.id.replace(/1$/, '8')}/export`, RITA)).toMatchObject({ status: 404 });
  });
});

describe('the exported script', () => {
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reflex-export-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  /** Runs it against an `az` that keeps properties in a file and notes what it is asked. */
  function runScript(state: Record<string, string>): { status: number | null; err: string; patches: string[] } {
    writeFileSync(join(directory, 'state.json'), JSON.stringify(state));
    writeFileSync(join(directory, 'log'), '');
    const az = `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const args = process.argv.slice(2);
const of = (name) => args[args.indexOf(name) + 1];
const file = ${JSON.stringify(join(directory, 'state.json'))};
const state = JSON.parse(readFileSync(file, 'utf8'));
const origin = of('--url').replace(/[?].*/, '').split('/').pop();
if (of('--method') === 'get') {
  console.log(state[origin + '.' + of('--query').replace('properties.', '')] ?? 'Succeeded');
} else {
  appendFileSync(${JSON.stringify(join(directory, 'log'))}, of('--url') + ' ' + of('--body') + '\\n');
  for (const [key, value] of Object.entries(JSON.parse(of('--body')).properties)) state[origin + '.' + key] = String(value);
  writeFileSync(file, JSON.stringify(state));
}
`;
    writeFileSync(join(directory, 'az'), az);
    writeFileSync(join(directory, 'sleep'), '#!/bin/sh\n');
    chmodSync(join(directory, 'az'), 0o755);
    chmodSync(join(directory, 'sleep'), 0o755);
    const script = exportScript(exportPlan({ ...PLAN, steps: [{ ...STEP, title: 'out\n$(touch x)' }] }, ORIGINS));
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` };
    const { status, stderr } = spawnSync('bash', ['-c', script], { env, cwd: directory, encoding: 'utf8' });
    const patches = readFileSync(join(directory, 'log'), 'utf8').split('\n').filter(Boolean);
    return { status, err: stderr, patches };
  }

  const PLANNED = {
    'origin-weu.enabledState': 'Enabled',
    'origin-weu.weight': '500',
    'origin-neu.enabledState': 'Enabled',
    'origin-neu.weight': '500',
  };

  it('does what the plan says', () => {
    const body = '{"properties":{"enabledState":"Disabled"}}';
    expect(runScript(PLANNED)).toEqual({ status: 0, err: '', patches: [`${URL_WEU} ${body}`] });
  });

  it('writes nothing where it is done already', () => {
    const { status, patches } = runScript({
      ...PLANNED,
      'origin-weu.enabledState': 'Disabled',
      'origin-neu.weight': '1',
    });
    expect([status, patches]).toEqual([0, []]);
  });

  it.each(['origin-neu.enabledState', 'origin-neu.weight', 'origin-weu.weight'])('stops where %s differs', (name) => {
    const { status, err, patches } = runScript({ ...PLANNED, [name]: 'Other' });
    expect([status, patches]).toEqual([1, []]);
    expect(err).toMatch(/^stopped: /);
  });
});
