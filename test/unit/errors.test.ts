import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import * as errors from '../../shared/errors.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('errors', () => {
  it('are each explained in docs/errors.md, and nothing else is', async () => {
    const source = await readFile(join(ROOT, 'shared/errors.ts'), 'utf8');
    const docs = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');
    const thrown = [...source.matchAll(/readonly code = '(REFLEX_[A-Z_]+)'/g)].map(([, code]) => code);
    const documented = [...docs.matchAll(/^\| `(REFLEX_[A-Z_]+)` +\|/gm)].map(([, code]) => code);

    expect(documented.toSorted()).toEqual(thrown.toSorted());
    expect(new Set(thrown).size).toBe(thrown.length);
  });

  it.each([
    [0, true],
    [404, false],
    [408, true],
    [422, false],
    [429, true],
    [503, true],
  ])('an upstream failure with status %d can be tried again: %s', (status, retryable) => {
    expect(new errors.UpstreamError('read', status).retryable).toBe(retryable);
  });

  it('carry their facts as fields and are named after their class', () => {
    expect(new errors.StaleHeadError('main')).toMatchObject({
      name: 'StaleHeadError',
      branch: 'main',
      retryable: true,
    });
    expect(new errors.RateLimitedError('write', 1_500).retryAfterMs).toBe(1_500);
    expect(new errors.InvalidSettingError('REFLEX_FLEET', 'expected x').setting).toBe('REFLEX_FLEET');
    expect(new errors.ForbiddenPathError('.github/x', 'why').path).toBe('.github/x');
  });
});
