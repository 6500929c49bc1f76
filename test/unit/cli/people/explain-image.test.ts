import { describe, expect, it } from 'vitest';

import { Office, RITA } from '../../api/people/people.ts';
import { Desk } from './desk.ts';

describe('explain image RULE', () => {
  const view = {
    ...{ rule: 'web', image: 'contoso.azurecr.io/shop/web', policy: 'semver 1.x', asOf: '2026-01-05T08:00:00.000Z' },
    choices: [
      {
        ...{
          rule: 'web',
          stage: 'dev',
          policy: 'semver 1.x',
          tag: '1.5.0',
          digest: 'sha256:0',
          standing: [{ tag: '1.4.0' }],
          more: 2,
        },
        warnings: ['v1.5.0 ranks like 1.5.0'],
        considered: [{ tag: '1.5.0', verdict: 'chosen', reason: 'ranks first' } as const],
      },
    ],
    held: [],
  };

  it('prints what the rule would choose now, and why', async () => {
    const desk = new Desk(new Office({ explainImage: () => Promise.resolve(view) }));
    const { code, out } = await desk.reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web');
    expect(code).toBe(0);
    expect(out).toMatch(/dev: 1\.5\.0 {2}sha256:0/);
    expect(out).toMatch(/1\.5\.0 +chosen +ranks first/);
    expect(out).toContain('in Git: 1.4.0');
    expect(out).toContain('and 2 more');
    const json = await desk.reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ image: view.image, choices: [{ tag: '1.5.0' }] });
  });

  it('ends with 1 where the rule is held or not there', async () => {
    const desk = new Desk(
      new Office({ explainImage: () => Promise.resolve({ ...view, held: [{ reason: 'no-candidate' }] }) }),
    );
    const held = await desk.reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web');
    expect([held.code, held.out]).toEqual([1, expect.stringContaining('held: no-candidate')]);
    expect((await desk.reflex(RITA, 'explain', 'image', 'none')).code).toBe(1);
  });
});
