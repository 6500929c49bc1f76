import { describe, expect, it } from 'vitest';

import { intentKey, type Intent } from '../../../../shared/intents/intent.ts';
import { jsonOf } from '../../../../shared/domain/json.ts';
import { newProgress, progressKey, withHold } from '../../../../shared/domain/image/progress.ts';
import { placementSubject } from '../../../../shared/domain/image/placement.ts';
import { BRANCH, FLEET, Office, RITA } from './people.ts';

const AT = '2026-01-05T08:00:00.000Z';
const PLACE = { image: 'contoso.azurecr.io/shop/web', stage: 'prod' };

function intent(kind: string, cause: string, value: object): Intent {
  return {
    ...{ schema: 1, subject: placementSubject(PLACE), by: { reaction: 'image-rollout' }, cause, kind },
    ...{ value: { ...PLACE, ...value }, mode: 'enforce', reason: `by ${cause}`, signals: [], asOf: AT, openedAt: AT },
    state: 'open',
  };
}

describe('the progress of an image in a stage', () => {
  it('shows what is held by whomever, each digest once, by its tag where that is known', async () => {
    const stages = [{ name: 'prod', paths: ['prod/**'], write: 'commit' as const }];
    const images = FLEET.images.map((rule) => ({ ...rule, stages }));
    const office = new Office({ fleet: () => Promise.resolve({ ...FLEET, images }) });
    const failed = { tag: '1.1', digest: 'a', cause: 'verification', at: AT, reason: 'probe' } as const;
    const row = withHold(newProgress(PLACE, AT), failed);
    const intents = [
      intent('image', 'push', { tag: '1.3', digest: 'c' }),
      intent('verification-hold', 'verification', { refuses: ['a'] }),
      intent('hold', 'guard-jump', { refuses: ['c', 'd'] }),
      intent('hold', 'hold:1', {}),
      { ...intent('hold', 'guard-loop', { refuses: ['e'] }), state: 'closed' as const },
    ];
    await office.rows.transact(BRANCH, [
      { kind: 'put', rowKey: progressKey(PLACE), value: jsonOf(row) },
      ...intents.map((one) => ({ kind: 'put' as const, rowKey: intentKey(one), value: jsonOf(one) })),
    ]);
    const { progress } = await office.call('GET /progress', RITA);
    expect(progress).toMatchObject([
      {
        held: [
          failed,
          { tag: '1.3', digest: 'c', cause: 'guard-jump', reason: 'by guard-jump' },
          { tag: '', digest: 'd', cause: 'guard-jump' },
        ],
      },
    ]);
  });
});
