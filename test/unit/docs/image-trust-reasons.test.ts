import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { SCAN_REASONS, SIGNATURE_REASONS } from '../../../shared/domain/trust/gates.ts';

const PAGE = join(import.meta.dirname, '../../../docs/image-trust.md');

describe('docs/image-trust.md', () => {
  it('explains each reason that a gate knows, and no other', async () => {
    const [, section = ''] = /^## Reasons$([^]*?)^## /m.exec(await readFile(PAGE, 'utf8')) ?? [];
    const cells = [...section.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell = '']) => [
      ...cell.matchAll(/`([^`]+)`/g),
    ]);
    const explained = cells.map(([, reason]) => reason);
    expect(explained.toSorted()).toEqual([...SIGNATURE_REASONS, ...SCAN_REASONS, 'unreachable'].toSorted());
  });
});
