import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, expect, it, vi } from 'vitest';

import { refuseToken } from '../../../shared/api/refuse-token.ts';
import { consoleLog } from '../../../shared/composition/console-log.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a refused token is told to the log as the runbook\u2019s queries read it', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/runbooks/refused-tokens.md'), 'utf8');
  const lines: string[] = [];
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void lines.push(line));
  const refused = { count: () => Promise.resolve() };
  await refuseToken({ status: 403, reason: 'missing-role' }, 'alerts', { log: consoleLog(), refused });
  expect(lines).toHaveLength(1);
  expect(page.split('\n')).toContain(lines[0]);
});
