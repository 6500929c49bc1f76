import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  dispatchId,
  findRun,
  judgeRun,
  nextDispatchStep,
  type DispatchRow,
  type WorkflowRun,
} from '../../../../shared/domain/image/workflow-dispatch.ts';

const AT = Date.parse('2026-11-21T10:00:00.000Z');
const iso = (ms: number): string => new Date(ms).toISOString();
const SUBJECT = {
  ...{ ref: 'main', inputs: { suite: 'quick' } },
  ...{ host: '#contoso/gitops', workflow: 'smoke.yaml', image: 'contoso.azurecr.io/shop/web', stage: 'prod' },
  ...{ digest: `sha256:${'a'.repeat(64)}`, since: iso(AT) },
};
const ID = dispatchId(SUBJECT);
const OTHER = dispatchId({ ...SUBJECT, stage: 'dev' });
const row = (more: Partial<DispatchRow> = {}): DispatchRow => ({
  schema: 1,
  id: ID,
  state: 'sending',
  at: iso(AT),
  ...more,
});
const run = (id: number, title: string, createdAt = AT): WorkflowRun => ({
  ...{ id, title, createdAt: iso(createdAt), status: 'queued', attempt: 1 },
});
const LATER = AT + 3_600_000;

describe('the id of a dispatch', () => {
  it('differs with everything that it is about, and with the case of a host it does not', () => {
    const others = Object.keys(SUBJECT).map((key) => dispatchId({ ...SUBJECT, [key]: key === 'inputs' ? {} : 'x' }));
    expect(new Set([ID, ...others]).size).toBe(others.length + 1);
    expect(dispatchId({ ...SUBJECT, host: '#Contoso/GitOps' })).toBe(ID);
    expect(ID).toMatch(/^reflex-[0-9a-f]{24}$/);
  });
});

describe('the next step of a dispatch', () => {
  it.each([
    ['nobody has claimed it', undefined, 'dispatch'],
    ['it may be on its way', row(), 'find'],
    ['it was taken, and its run is not known', row({ state: 'sent' }), 'find'],
    ['its run is known', row({ state: 'sent', run: 7 }), 'read'],
    ['it was refused a moment ago', row({ state: 'refused', again: iso(AT + 1) }), 'wait'],
    ['it was refused for long enough', row({ state: 'refused', again: iso(AT) }), 'dispatch'],
  ] as const)('%s', (_, stored, step) => {
    expect(nextDispatchStep(stored, AT)).toBe(step);
  });
});

describe('the run of a dispatch', () => {
  const whole = { isWhole: true, now: LATER };

  it.each<[string, DispatchRow, readonly WorkflowRun[], { isWhole: boolean; now: number }, unknown]>([
    ['shows its id', row(), [run(2, `smoke ${ID}`), run(1, 'smoke')], whole, { run: 2 }],
    ['is the oldest that does', row(), [run(9, ID), run(4, `again: ${ID}`)], whole, { run: 4 }],
    ['shows no longer word', row(), [run(2, `${ID}0 ${OTHER}`)], whole, 'none'],
    ['is missing though others show theirs', row(), [run(2, OTHER)], whole, 'none'],
    ['is missing, but it may still come', row(), [run(2, OTHER)], { ...whole, now: AT + 609_999 }, 'unknown'],
    ['is missing, but no run shows an id', row(), [run(2, 'smoke')], whole, 'unknown'],
    ['is missing, but nothing was ever listed', row(), [], whole, 'unknown'],
    ['is missing, but the host said that it took it', row({ state: 'sent' }), [run(2, OTHER)], whole, 'unknown'],
    ['may be older than the list', row(), [run(2, OTHER)], { ...whole, isWhole: false }, 'unknown'],
    ['is not older than the list', row(), [run(2, OTHER, AT - 60_001)], { ...whole, isWhole: false }, 'none'],
  ])('%s', (_, stored, runs, how, found) => {
    expect(findRun(stored, runs, how)).toEqual(found);
  });

  it('is never one that does not show exactly its id', () => {
    const title = fc.oneof(
      fc.string(),
      fc.constant(OTHER),
      fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('0', 'a', 'f') }).map((more) => `${ID}${more}`),
    );
    fc.assert(
      fc.property(fc.array(title), (titles) => {
        const runs = titles.map((one, index) => run(index, one));
        expect(findRun(row(), runs, { isWhole: true, now: LATER })).toBeTypeOf('string');
      }),
    );
  });
});

describe('a run', () => {
  it.each([
    ['completed', 'success', 'pass'],
    ['completed', 'failure', 'fail'],
    ['completed', 'timed_out', 'fail'],
    ['completed', 'cancelled', 'inconclusive'],
    ['completed', 'skipped', 'inconclusive'],
    ['completed', 'neutral', 'inconclusive'],
    ['completed', 'stale', 'inconclusive'],
    ['completed', 'startup_failure', 'inconclusive'],
    ['completed', 'action_required', 'inconclusive'],
    ['completed', 'a-new-word', 'inconclusive'],
    ['completed', undefined, 'inconclusive'],
    ['queued', undefined, 'pending'],
    ['in_progress', 'success', 'pending'],
    ['waiting', undefined, 'pending'],
  ])('that is %s with %s', (status, conclusion, outcome) => {
    const seen = { ...run(3, ''), status, ...(conclusion === undefined ? {} : { conclusion }) };
    expect(judgeRun(seen)).toMatchObject({ outcome, reason: expect.stringContaining('run 3: ') as string });
  });

  it('says where it is to be seen, and that somebody has tried again', () => {
    const again = { ...run(3, ''), attempt: 2, url: 'https://github.example/runs/3' };
    expect(judgeRun(again).reason).toBe('run 3, attempt 2: queued (https://github.example/runs/3)');
  });
});
