import { describe, expect, it } from 'vitest';

import { readyCommand } from '../../../cli/ready.ts';
import { checkReadiness, type ReadinessFacts } from '../../../shared/reactions/readiness/index.ts';
import { facts } from '../reactions/readiness/facts.ts';

interface EdgeFacts {
  readonly edge: string;
  readonly facts: ReadinessFacts;
}

/** Answers as the API would, with what the app has found for these facts. */
async function ready(
  gather: (edge: string | undefined) => Promise<readonly EdgeFacts[]>,
  ...args: readonly string[]
): Promise<{ readonly out: readonly string[]; readonly err: string; readonly code: number | undefined }> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  const output = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    exit: (given: number) => void (code = given),
  };
  const world = {
    environment: { REFLEX_TOKEN: 't', REFLEX_URL: 'http://127.0.0.1:1' },
    sleep: () => Promise.resolve(),
    now: () => new Date(0),
    fetch: async () => {
      const edges = (await gather(undefined)).map(({ edge, facts: known }) => {
        const checks = checkReadiness(known);
        return { edge, at: 'now', ready: checks.every(({ status }) => status !== 'fail'), checks };
      });
      return Response.json({ edges });
    },
  };
  await readyCommand({ output, world }).parseAsync(args, { from: 'user' });
  return { out, err: err.join('\n'), code };
}

const well: EdgeFacts = { edge: 'shop', facts: facts() };
const killed: EdgeFacts = { edge: 'pay', facts: facts({ isStopped: true }) };
const noDrill: EdgeFacts = { edge: 'docs', facts: facts({ lastDrillAt: 0 }) };

describe('reflex ready', () => {
  it('ends with 0 where nothing fails, whatever warns', async () => {
    const { out, code } = await ready(() => Promise.resolve([well, noDrill]));
    expect(code).toBe(0);
    expect(out[0]).toBe('shop: ready (0 failed, 0 warnings)');
    expect(out[1]).toMatch(/^STATUS +CHECK +DETAIL +WHAT TO DO$/);
    expect(out).toContain('docs: ready (0 failed, 1 warnings)');
    expect(out.some((line) => /^warn +drill +.*Plan a drill/.test(line))).toBe(true);
  });

  it('ends with 1 where one check fails', async () => {
    const { out, code } = await ready(() => Promise.resolve([well, killed]));
    expect(code).toBe(1);
    expect(out.some((line) => /^fail +switches +the kill switch is on/.test(line))).toBe(true);
  });

  it('prints JSON', async () => {
    const { out } = await ready(() => Promise.resolve([killed]), '--json');
    const check = { check: 'switches', status: 'fail' };
    const answer = JSON.parse(out.join('\n')) as { readonly edges: readonly { readonly checks: unknown }[] };
    expect(answer).toMatchObject({ edges: [{ edge: 'pay', ready: false }] });
    expect(answer.edges[0]?.checks).toContainEqual(expect.objectContaining(check));
  });

  it('shows the edge that is named, and ends with 1 where there is none', async () => {
    const { out } = await ready(() => Promise.resolve([well, killed]), '--edge', 'pay');
    expect(out[0]).toMatch(/^pay: not ready/);
    const none = (): Promise<readonly EdgeFacts[]> => Promise.resolve([]);
    expect(await ready(none, '--edge', 'x')).toMatchObject({
      code: 1,
      err: 'reflex ready: no edge was checked yet: the app checks at minute 0 and 30 of every hour',
    });
    expect(await ready(none)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no edge was checked yet') as string,
    });
    expect(await ready(() => Promise.resolve([well, killed]), '--edge', 'x')).toMatchObject({
      code: 1,
      err: 'reflex ready: edge x was not checked; those that were: shop, pay',
    });
  });

  it('ends with 2 where nobody answers', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('no route'));
    expect(await ready(broken)).toMatchObject({ code: 2 });
  });
});
