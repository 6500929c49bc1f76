import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Placement } from '../../../../../shared/domain/image/placement.ts';
import type { Intent } from '../../../../../shared/intents/intent.ts';
import { imageMark } from '../../../../../shared/targets/git-branch/pull-requests/marker.ts';
import { lookAtProposal } from '../../../../../shared/targets/git-branch/pull-requests/next.ts';
import type {
  KnownPullRequest,
  ObservedProposal,
} from '../../../../../shared/targets/git-branch/pull-requests/observe.ts';
import { branchWith, wish } from '../branch.ts';

const HEAD = 'reflex/main/prod';
const NONE = { intents: [], fields: [] };
const LATER = '2026-02-01T00:00:00.000Z';

function seen(pulls: readonly KnownPullRequest[] = [], rest: Partial<ObservedProposal> = {}): ObservedProposal {
  return { base: branchWith('dev', 'prod'), branch: HEAD, pulls, ...rest };
}

function pull(
  state: KnownPullRequest['state'],
  intents: readonly Intent[],
  marker: Partial<NonNullable<KnownPullRequest['marker']>> = {},
): KnownPullRequest {
  const images = intents.map(({ value }) => imageMark(value as Placement));
  return {
    number: 7,
    state,
    title: 't',
    body: 'b',
    ...(state === 'open' ? {} : { closedAt: LATER }),
    marker: { content: 'f'.repeat(64), isComplete: true, isWithdrawn: false, images, base: 'b0', ...marker },
  };
}

function situation(...acting: readonly Intent[]) {
  return { acting, leaving: [], fields: [], others: NONE };
}

/** Outcome and reason of each intent, in the order given. */
function outcomes(observed: ObservedProposal, ...acting: readonly Intent[]): readonly string[] {
  const { verdicts } = lookAtProposal(observed, situation(...acting));
  return acting.map((intent) => {
    const { outcome, reason = '' } = verdicts.find((verdict) => verdict.intent === intent)!;
    return `${outcome} ${reason}`.trim();
  });
}

function person(intent: Intent): Intent {
  return { ...intent, by: { person: 'p' }, openedAt: '2026-03-01T00:00:00.000Z' };
}

describe('a look at a pull request', () => {
  const web = wish('prod', '1.2.0');

  it('proposes what the base does not hold', () => {
    const { steps, change } = lookAtProposal(seen(), situation(web));
    expect(steps.map(({ effect }) => effect)).toEqual(['propose']);
    expect(change).toMatchObject({
      kind: 'propose',
      branch: HEAD,
      base: 'c0',
      images: [imageMark(web.value as Placement)],
    });
  });

  it('waits where that is proposed already, and completes what is not complete', () => {
    const { change } = lookAtProposal(seen(), situation(web));
    const content = change?.kind === 'propose' ? change.content : '';
    expect(outcomes(seen([pull('open', [web], { content })]), web)).toEqual(['act waiting-for-merge: #7']);
    expect(lookAtProposal(seen([pull('open', [web], { content })]), situation(web)).steps).toEqual([]);
    const half = pull('open', [web], { content, isComplete: false });
    expect(lookAtProposal(seen([half]), situation(web)).change).toMatchObject({ kind: 'propose', open: half });
  });

  it.each([
    ['people closed it', pull('closed', [web]), web, 'blocked closed-pull-request: #7'],
    ['we closed it ourselves', pull('closed', [web], { isWithdrawn: true }), web, 'act'],
    ['it held another digest', pull('closed', [wish('dev', '1.2.0')]), web, 'act'],
    ['a person asks for it later', pull('closed', [web]), person(web), 'act'],
    [
      'a machine repeats itself later',
      pull('closed', [web]),
      { ...web, openedAt: '2026-03-01' },
      'blocked closed-pull-request: #7',
    ],
    ['it was merged and undone', pull('merged', [web]), web, 'blocked reverted: #7'],
    ['it is wanted anew after a merge', pull('merged', [web]), { ...web, openedAt: '2026-03-01' }, 'act'],
  ] as const)('when %s', (_what, one, intent, expected) => {
    expect(outcomes(seen([one]), intent)).toEqual([expected]);
  });

  it('goes by the newest that held it', () => {
    const older = { ...pull('closed', [web]), number: 3 };
    expect(outcomes(seen([pull('open', [web]), older]), web)).toEqual(['act']);
  });

  it('proposes the rest of what was turned down in part', () => {
    const other = wish('dev', '1.2.0');
    const { change, verdicts } = lookAtProposal(seen([pull('closed', [web])]), situation(web, other));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['blocked', 'act']);
    expect(change).toMatchObject({ kind: 'propose', images: [imageMark(other.value as Placement)] });
  });

  it('tells which merge made it true', () => {
    const there = wish('prod', '1.0.0');
    expect(outcomes(seen([pull('merged', [there])]), there)).toEqual(['done merged: #7']);
    expect(outcomes(seen(), there)).toEqual(['done']);
  });

  it.each([
    ['nobody wants it', [], 'nobody wants these versions any more'],
    ['the base holds it', [wish('prod', '1.0.0')], 'the base branch already holds these versions'],
    [
      'it would be a downgrade',
      [wish('prod', '0.9.0')],
      'nothing can be proposed any more (downgrade: a newer version stands on the base branch)',
    ],
  ])('closes what is open when %s', (_what, intents, reason) => {
    const open = pull('open', [web]);
    expect(lookAtProposal(seen([open]), situation(...intents)).change).toEqual({ kind: 'withdraw', open, reason });
  });

  it('leaves a pull request alone that is none of ours, and forgets its own mark', () => {
    const theirs: KnownPullRequest = { number: 7, state: 'open', title: 't', body: 'b' };
    const mark = { subject: HEAD, group: 'pull-request', baseline: { isOpen: false }, written: { isOpen: true } };
    const look = lookAtProposal(seen([theirs]), { acting: [], leaving: [], fields: [mark], others: NONE });
    expect([look.steps, look.foreign]).toEqual([[], [mark]]);
  });

  it.each([
    ['', [], `To go on, move the commits elsewhere and set ${HEAD} back to a commit of the base.`],
    [
      ', also while another content is open',
      [pull('open', [wish('prod', '1.1.9')])],
      'To go on, merge or close pull request #',
    ],
  ])('moves no branch that holds commits of other people, and calls%s', (_what, pulls, advice) => {
    const look = lookAtProposal(seen(pulls, { tip: { commit: 'c9', isOurs: false } }), situation(web));
    expect(look.steps).toEqual([]);
    expect(look.verdicts).toEqual([
      {
        ...{ intent: web, outcome: 'blocked', reason: `foreign-commits: ${HEAD}`, page: true },
        advice: expect.stringContaining(advice) as string,
      },
    ]);
  });

  it('proposes nothing that is held in its stage, and takes back what it had proposed', () => {
    const hold: Intent = {
      ...{ ...wish('prod', '1.2.0'), kind: 'verification-hold', cause: 'verification' },
      value: { image: web.value['image'] ?? '', stage: 'prod', refuses: [web.value['digest'] ?? ''] },
    };
    const open = pull('open', [web]);
    const { verdicts, change } = lookAtProposal(seen([open]), {
      ...situation(web),
      others: { intents: [hold], fields: [] },
    });
    expect(verdicts).toEqual([{ intent: web, outcome: 'shadowed', reason: 'shadowed-by:verification-hold' }]);
    expect(change).toMatchObject({ kind: 'withdraw' });
  });

  it('tells by which commit people have merged it, and what stood there before', () => {
    const merged = { ...pull('merged', [wish('prod', '1.0.0')]), mergedAs: 'm1' };
    const { verdicts } = lookAtProposal(seen([merged]), situation(wish('prod', '1.0.0')));
    expect(verdicts).toMatchObject([
      {
        outcome: 'done',
        reason: 'merged: #7',
        evidence: { pullRequest: 7, commit: 'm1', at: LATER, before: 'b0' },
      },
    ]);
  });

  it('lets what was released go', () => {
    const leaving: Intent = { ...web, state: 'leaving' };
    const { verdicts } = lookAtProposal(seen(), { acting: [], leaving: [leaving], fields: [], others: NONE });
    expect(verdicts).toEqual([{ intent: leaving, outcome: 'gone' }]);
  });

  it('says the same whatever the order of the intents, and nothing more once that is proposed', () => {
    const tags = fc.constantFrom('0.9.0', '1.0.0', '1.2.0', '1.3.0');
    const states = fc.constantFrom('open' as const, 'closed' as const, 'merged' as const);
    fc.assert(
      fc.property(tags, tags, states, fc.boolean(), (one, two, state, isWithdrawn) => {
        const intents = [wish('dev', one), wish('prod', two)];
        const observed = seen([pull(state, intents.slice(0, 1), { isWithdrawn })]);
        const look = lookAtProposal(observed, situation(...intents));
        expect(lookAtProposal(observed, situation(...intents.toReversed())).steps).toEqual(look.steps);
        if (look.change?.kind === 'propose') {
          const { content, images } = look.change;
          const proposed = { ...pull('open', []), number: 8 };
          const marker = { content, images, isComplete: true, isWithdrawn: false, base: 'b0' };
          const after = { ...observed, pulls: [{ ...proposed, marker }, ...observed.pulls] };
          expect(lookAtProposal(after, situation(...intents)).steps).toEqual([]);
        }
      }),
    );
  });
});
