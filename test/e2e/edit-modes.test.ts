import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { filesWith, FLEET, FORMS } from './edit-forms.ts';
import { NO_TIMERS } from './no-timers.ts';
import { commitOf, handled, push } from './pushed-image.ts';
import { StackProcess } from './stack-process.ts';

/** Requests that the Git host has answered so far, but for those to its own switchboard. */
async function requestsTo({ endpoints: { github } }: StackProcess): Promise<number> {
  const answer = await fetch(`${github.url}/_local/faults`, { headers: { authorization: `token ${github.token}` } });
  const { requests } = (await answer.json()) as { requests: Readonly<Record<string, number>> };
  return Object.entries(requests).reduce((sum, [route, count]) => sum + (route.includes('_local') ? 0 : count), 0);
}

describe('a pushed image is written in every form of file by one commit', () => {
  let stack: StackProcess;
  let digest = '';
  let commit = '';
  let spent = 0;

  beforeAll(async () => {
    stack = await StackProcess.create();
    const fleet = join(stack.data, 'fleet', 'fleet.yaml');
    const files = Object.entries(filesWith()).map(([path, text]) => [join('gitops/forms', path), text] as const);
    for (const [path, text] of [['fleet.yaml', FLEET] as const, ...files]) {
      const target = join(dirname(fleet), path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    await stack.start(NO_TIMERS, ['--fleet', fleet]);
    await push(stack, '1.5.0');
    await commitOf(stack, '1.5.0');
    await handled(stack);
    const before = await requestsTo(stack);
    digest = await push(stack, '1.6.0');
    commit = await commitOf(stack, '1.6.0');
    await handled(stack);
    spent = (await requestsTo(stack)) - before;
  });

  afterAll(async () => {
    await stack.remove();
  });

  it.each(FORMS)('%s', async (form) => {
    const expected = Object.entries(filesWith('1.6.0', digest)).filter(([path]) => path.startsWith(`apps/${form}/`));
    expect(expected.length).toBeGreaterThan(0);
    for (const [path, text] of expected) {
      expect([path, await stack.bytes(`${commit}:${path}`)]).toEqual([path, text]);
    }
  });

  it('and in no other file, with at most six requests to the Git host', async () => {
    for (const path of ['apps/chart/templates/web.yaml', 'other/values.yaml']) {
      expect(await stack.bytes(`${commit}:${path}`)).toBe(filesWith()[path]);
    }
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(6);
  });
});
