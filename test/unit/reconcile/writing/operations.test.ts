import { describe, expect, it } from 'vitest';

import {
  NotFoundError,
  RateLimitedError,
  ResourceBusyError,
  StorageUnavailableError,
  UpstreamError,
} from '../../../../shared/errors.ts';
import type { Operation } from '../../../../shared/ports/operation.ts';
import { POLL_MS, progressOf, refusalOf, resultOf } from '../../../../shared/reconcile/writing/operations.ts';

const EVIDENCE = { pool: 'user' };
const SUCCEEDED: Operation = { status: 'succeeded' };
const RUNNING: Operation = { status: 'running', state: 'later' };
const FAILED: Operation = { status: 'failed', detail: 'no quota' };
const UNKNOWN: Operation = { status: 'unknown', detail: 'no answer' };
const FAILURE = { outcome: 'failed', reason: 'operation-failed: no quota' };

it.each<[Operation, object]>([
  [SUCCEEDED, { outcome: 'written', evidence: EVIDENCE }],
  [RUNNING, { outcome: 'accepted', operation: 'later', pollInMs: POLL_MS }],
  [FAILED, FAILURE],
  [UNKNOWN, { outcome: 'unknown', pollInMs: POLL_MS }],
])('what was sent: $status', (operation, result) => {
  expect(resultOf(operation, EVIDENCE)).toEqual(result);
});

describe('what was refused', () => {
  const codes = { notFound: 'config-error:gone', refused: ({ status }: UpstreamError) => `refused-${status}` };

  it.each<[Error, object]>([
    [new RateLimitedError('read', 9_000), { outcome: 'postponed', retryInMs: 9_000 }],
    [new ResourceBusyError('busy'), { outcome: 'postponed' }],
    [new UpstreamError('write', 503), { outcome: 'postponed' }],
    [new NotFoundError('pool'), { outcome: 'refused', code: 'config-error:gone' }],
    [new UpstreamError('write', 401), { outcome: 'refused', code: 'authorization' }],
    [new UpstreamError('write', 403), { outcome: 'refused', code: 'authorization' }],
    [new UpstreamError('write', 400), { outcome: 'refused', code: 'refused-400' }],
  ])('%s', (error, result) => {
    expect(refusalOf(error, codes)).toMatchObject({ ...result, reason: error.message });
  });

  it('what is no answer of a service is thrown', () => {
    const bug = new TypeError('bug');
    expect(() => refusalOf(bug, codes)).toThrow(bug);
  });
});

describe('what was asked after', () => {
  const ask = async (answer: () => Operation) =>
    await progressOf('before', { ask: () => Promise.resolve().then(answer), evidence: EVIDENCE });
  const failing = async (error: Error) =>
    await ask(() => {
      throw error;
    });

  it.each<[Operation, object]>([
    [SUCCEEDED, { outcome: 'written', evidence: EVIDENCE }],
    [RUNNING, { outcome: 'running', operation: 'later', pollInMs: POLL_MS }],
    [FAILED, FAILURE],
    [UNKNOWN, { outcome: 'lost' }],
  ])('is $status', async (operation, progress) => {
    expect(await ask(() => operation)).toEqual(progress);
  });

  it.each<[Error, object]>([
    [new UpstreamError('poll', 503), { outcome: 'running', operation: 'before', pollInMs: POLL_MS }],
    [new RateLimitedError('poll', 9_000), { outcome: 'running', operation: 'before', pollInMs: 9_000 }],
    [new StorageUnavailableError('poll'), { outcome: 'running', operation: 'before', pollInMs: POLL_MS }],
    [new UpstreamError('poll', 404), { outcome: 'lost' }],
    [new NotFoundError('pool'), { outcome: 'lost' }],
    [new TypeError('the state is of another version'), { outcome: 'lost' }],
  ])('is not told: %s', async (error, progress) => {
    expect(await failing(error)).toEqual(progress);
  });
});
