import { describe, expect, it } from 'vitest';

import { RITA } from '../../api/people/people.ts';
import { Desk } from './desk.ts';

describe('reflex parked', () => {
  it('counts what was refused by where and why, the most first', async () => {
    const desk = new Desk();
    for (const reason of ['expired', 'no-token', 'no-token']) {
      await desk.office.refused.count('alerts', reason);
    }
    await desk.office.refused.count('people', 'wrong-audience');
    expect((await desk.reflex(RITA, 'parked')).out.split('\n')).toEqual([
      expect.stringContaining(': nothing was parked'),
      '',
      'REFUSED  REASON          COUNT',
      'alerts   no-token        2',
      'alerts   expired         1',
      'people   wrong-audience  1',
    ]);
  });
});
