import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { reflex } from './ran.ts';

const DATA_TIER = "{ workspace: 00000000-0000-4000-8000-0000000000b1, query: 'print lagSeconds = 5' }";
const CONTOSO = 'examples/contoso/fleet.yaml';
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflex-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('reflex validate', () => {
  it('finds the example valid, with nothing but notes', async () => {
    const { code, out } = await reflex('validate', CONTOSO);
    expect(code).toBe(0);
    expect(out).toMatch(/valid: 2 files, 3 notes, revision [0-9a-f]{12}$/);
    expect(out).not.toMatch(/error|warning/);
  });

  it('prints each finding with its place and ends with 1', async () => {
    const path = await file('bad.yaml', 'version: 1\nfleet: x\nimags: {}\n');
    expect(await reflex('validate', path)).toEqual({
      code: 1,
      out: `${path}:3:1: error: imags: unknown key \`imags\`, did you mean \`images\`? [unknown-key]\nnot valid: 1 file, 1 error`,
      err: '',
    });
  });

  it('prints JSON when asked', async () => {
    const { code, out } = await reflex('validate', CONTOSO, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ valid: true, parts: [{ state: 'current' }, { state: 'current' }] });
  });

  it('ends with 1 where there is no such file', async () => {
    expect(await reflex('validate', join(directory, 'none.yaml'))).toMatchObject({ code: 1 });
  });

  it('looks up included repositories in the directories that it is given, and notes the others', async () => {
    const include = 'include: [{ repo: contoso/shop, path: reflex.yaml, owns: [notify] }]';
    const path = await file('root.yaml', `version: 1\nfleet: x\n${include}\n`);
    await file('shop/reflex.yaml', 'notify: { a: { webhook: { keyVaultSecret: a } } }\n');
    const shop = join(directory, 'shop');
    expect(await reflex('validate', path)).toMatchObject({
      code: 0,
      out: expect.stringContaining('[not-included]') as string,
    });
    expect(await reflex('validate', path, '--repo', `Contoso/Shop=${shop}`)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^valid: 2 files/) as string,
    });
  });

  it('applies a ceiling, and refuses one that is not valid', async () => {
    const tight = await file('tight.json', '{ "targets": { "repositories": [] } }');
    expect(await reflex('validate', CONTOSO, '--ceiling', tight)).toMatchObject({
      code: 1,
      out: expect.stringContaining('[outside-ceiling]') as string,
    });
    const wrong = await file('wrong.json', '{ "mode": 1 }');
    expect(await reflex('validate', CONTOSO, '--ceiling', wrong)).toMatchObject({
      code: 1,
      err: expect.stringContaining('REFLEX_INVALID_SETTING') as string,
    });
  });
});

describe('reflex fleet render', () => {
  it('shows clusters, registries, and where each image goes', async () => {
    const { code, out } = await reflex('fleet', 'render', CONTOSO);
    expect(code).toBe(0);
    expect(out).toMatch(/shop-weu +app=shop environment=production region=weu ring=1 +\/subscriptions\//);
    expect(out).toMatch(/contoso +contoso\.azurecr\.io +\//);
    expect(out).toMatch(
      /web +contoso\.azurecr\.io\/shop\/web +semver >=1\.4\.0 <2\.0\.0 +enforce +dev +contoso\/shop-gitops#main +clusters\/shop-dev\/\*\*/,
    );
    expect(out).toMatch(
      /shop +front-door +1 +origin-neu +neu +shop-neu +enforce +propose +.*\/origingroups\/apps\/origins\/origin-neu/,
    );
  });

  it('shows what is in force for each edge, the ceiling included', async () => {
    const ceiling = await file('edges.json', '{ "rules": { "headroom": "25%" }, "approvals": { "override": 3 } }');
    const { out } = await reflex('fleet', 'render', CONTOSO, '--ceiling', ceiling);
    expect(out).toMatch(/shop +rules +minServing 1, maxDrained 50%, headroom 25%, undo$/m);
    expect(out).toMatch(
      / signals +quorum 2, external, voteTtl 5m, settle 0s, hold 0s, recoverHold 5s, maxAlertAge 1h, alertTtl 1d, maxSkew 2m,/,
    );
    expect(out).toMatch(/ planned +bake 10m, propagation 20m, metricLag 3m$/m);
    expect(out).toMatch(/ approvals +drain 0, restore 1, runbook 1, override 3, within 1h$/m);
    expect(out).not.toMatch(/ (data|damping|cooldown) /);
  });

  it('shows which node pools may get more nodes, as far as the ceiling lets them', async () => {
    const id =
      '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/x/providers/Microsoft.ContainerService/managedClusters';
    const path = await file(
      'scale-up.yaml',
      [
        'version: 1',
        'fleet: x',
        'clusters:',
        `  a: { resourceId: ${id}/a, capacity: { perNode: 80, scaleUp: { pool: apps, maxNodes: 12, mode: enforce } } }`,
        `  b: { resourceId: ${id}/b, capacity: { perNode: 80, scaleUp: { pool: web } } }`,
        `  c: { resourceId: ${id}/c, capacity: { perNode: 80 } }`,
        '',
      ].join('\n'),
    );
    const ceiling = await file('scaling.json', '{ "modes": { "scale-up": "propose" } }');
    const { out } = await reflex('fleet', 'render', path, '--ceiling', ceiling);
    expect(out).toMatch(
      /^may scale up\n +CLUSTER +POOL +AT MOST +MODE\n +a +apps +12 nodes +propose\n +b +web +as its autoscaler +observe$/m,
    );
  });

  it('shows nothing of scaling where no cluster may', async () => {
    const path = await file('no-scaling.yaml', 'version: 1\nfleet: x\n');
    expect((await reflex('fleet', 'render', path)).out).not.toContain('scale up');
  });

  it('shows settings as a file says them', async () => {
    const text = await readFile(CONTOSO, 'utf8');
    const signals =
      '{ sources: [a, b], external: true, errorRateMax: 0.5%, cooldown: { for: 90s, bypassErrorRate: 7% }, damping: {} }';
    const path = await file(
      'edge.yaml',
      text
        .replace(
          'signals: { quorum: 2, recoverHold: 5s }',
          `signals: ${signals}\n    data: { first: true, rpo: 0s, evidence: ${DATA_TIER} }`,
        )
        .replace(
          'headroom: 20% }',
          "headroom: 20%, weightTotal: 100, undo: false }\n    planned: { blockedDates: ['12-25'] }",
        ),
    );
    const { out } = await reflex('fleet', 'render', path);
    expect(out).toMatch(/ rules +minServing 1, maxDrained 50%, headroom 20%, weightTotal 100$/m);
    expect(out).toMatch(/ signals +sources a b, quorum 2, external, .*, errorRateMax 0.5%$/m);
    expect(out).toMatch(/ cooldown +for 90s, scope group, bypassErrorRate 7%$/m);
    expect(out).toMatch(/ damping +perFlap 1000, halfLife 15m, suppress 2000, reuse 750, maxSuppress 1h$/m);
    expect(out).toMatch(/ planned .*, blockedDates 12-25$/m);
    expect(out).toMatch(/ data +first, rpo 0s$/m);
  });

  it('prints the whole model as JSON', async () => {
    const { out } = await reflex('fleet', 'render', CONTOSO, '--json');
    expect(JSON.parse(out)).toMatchObject({ name: 'contoso-shop', sections: { budgets: { dev: { at: '90%' } } } });
  });

  it('ends with 1 and renders nothing of a bad root file', async () => {
    const path = await file('empty.yaml', '');
    expect(await reflex('fleet', 'render', path)).toMatchObject({ code: 1, out: '' });
  });
});

describe('reflex', () => {
  it('prints the JSON Schema', async () => {
    const { code, out } = await reflex('schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: 'aks-reflex fleet file' });
  });

  it.each(
    [['--help'], ['validate', '--help'], ['fleet', 'render', '--help'], ['explain', 'event', '--help']].map((args) => [
      args,
    ]),
  )('explains itself with 0: %j', async (args) => {
    expect(await reflex(...args)).toMatchObject({ code: 0, out: expect.stringContaining('Usage: reflex') as string });
  });

  it.each(
    [
      [],
      ['fleet'],
      ['valdate'],
      ['validate'],
      ['validate', CONTOSO, '--jsn'],
      ['validate', CONTOSO, '--repo', 'x'],
      ['validate', CONTOSO, '--ceiling', 'none.json'],
    ].map((args) => [args]),
  )('ends with 2 on wrong usage: %j', async (args) => {
    const { code, out, err } = await reflex(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
  });
});
