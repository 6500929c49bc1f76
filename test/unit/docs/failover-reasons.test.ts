import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { explainReason } from '../../../shared/domain/traffic/reason-texts.ts';
import texts from '../../../shared/domain/traffic/reasons.json' with { type: 'json' };
import { decisionOf, REASONS } from '../../../shared/domain/traffic/answers.ts';

const PAGE = join(import.meta.dirname, '../../../docs/failover.md');
const ROW =
  /^\| `(?<reason>[^`]+)` +\| (?<decision>[a-z-]+) +\| (?<page>\S.*?) +\| (?<meaning>\S.*?) +\| (?<todo>\S.*?) +\|$/;

async function rows(): Promise<readonly Record<string, string>[]> {
  const page = await readFile(PAGE, 'utf8');
  const [, section = ''] = /^## Reasons$([^]*?)^### /m.exec(page) ?? [];
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => ROW.exec(line)?.groups ?? { reason: `no row: ${line}` });
}

describe('docs/failover.md', () => {
  it('explains each reason that the code knows, under its decision, and no other', async () => {
    const known = Object.entries(REASONS).flatMap(([decision, reasons]) =>
      reasons.map((reason) => `${decision} ${reason}`),
    );
    const explained = (await rows()).map(({ decision = '', reason = '' }) => `${decision} ${reason}`);

    expect(explained.toSorted()).toEqual(known.toSorted());
    expect(new Set(explained).size).toBe(explained.length);
  });

  it('gives each reason the decision that the code gives it', async () => {
    for (const { reason = '', decision } of await rows()) {
      expect([reason, decisionOf(reason.replace('*', '1/2'))]).toEqual([reason, decision]);
    }
  });

  it('has the words that the tools say', async () => {
    const plain = (cell = ''): string => cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    for (const { reason = '', meaning, todo } of await rows()) {
      const text = explainReason(reason.replace('*', '1/2'));
      expect([reason, text]).toEqual([reason, { means: plain(meaning), whatToDo: plain(todo) }]);
    }
    expect(Object.keys(texts)).toHaveLength((await rows()).length);
  });

  it('links to runbooks that are there', async () => {
    const page = await readFile(PAGE, 'utf8');
    const links = [...page.matchAll(/\]\((runbooks\/[a-z-]+\.md)\)/g)].map(([, link = '']) => link);

    expect(links.length).toBeGreaterThan(5);
    await Promise.all(links.map(async (link) => await readFile(join(PAGE, '..', link))));
  });
});
