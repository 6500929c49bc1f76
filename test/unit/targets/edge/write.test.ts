import { describe, expect, it } from 'vitest';

import {
  NotFoundError,
  RateLimitedError,
  ResourceBusyError,
  StorageUnavailableError,
  UpstreamError,
} from '../../../../shared/errors.ts';
import type { Operation } from '../../../../shared/ports/operation.ts';
import { pollOrigin, preconditionOf, settleOrigin, writeOrigin } from '../../../../shared/targets/edge/write.ts';
import { EdgePlant, GROUP, idOf } from './plant.ts';

const WEU = idOf('weu');
const OUT = { id: WEU, enabled: false } as const;
const LAST = new Error('Endpoint pools must contain AT LEAST ONE ENABLED endpoint');

function answering(answer: Operation | Error): () => Promise<Operation> {
  return () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
}

describe('one write', () => {
  it.each([
    [{ enabled: false }, { id: WEU, enabled: false }],
    [{ weight: 7 }, { id: WEU, weight: 7 }],
  ] as const)('sends one field of one origin: %j', async (to, move) => {
    const plant = new EdgePlant();
    expect(await writeOrigin(plant.writer(), await plant.sending('weu', to), move)).toEqual({
      outcome: 'written',
      evidence: { origin: WEU },
    });
    expect(plant.control.accepted).toEqual([{ origin: WEU, change: to }]);
  });

  it.each([
    ['that origin', 'weu', { weight: 5 }],
    ['another of its group', 'neu', { enabled: false }],
  ] as const)('is not sent when somebody has changed %s since it was decided', async (_, name, change) => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    plant.control.change(idOf(name), change);
    expect(await writeOrigin(plant.writer(), sending, OUT)).toEqual({ outcome: 'stale' });
    expect(plant.control.accepted).toEqual([]);
  });

  it.each([
    [9_999, 1],
    [10_000, 0],
  ])('is sent until its time has passed: %d ms, %d sent', async (ms, sent) => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    await plant.clock.advance(ms);
    const { outcome } = await writeOrigin(plant.writer(), sending, OUT);
    expect([plant.control.accepted.length, outcome]).toEqual([sent, sent === 1 ? 'written' : 'postponed']);
  });

  it.each<[string, Operation | Error, object]>([
    ['done', { status: 'succeeded' }, { outcome: 'written', evidence: { origin: WEU } }],
    [
      'at work',
      { status: 'running', state: 'poller' },
      { outcome: 'accepted', operation: 'poller', pollInMs: expect.any(Number) as number },
    ],
    ['ended badly', { status: 'failed', detail: 'quota' }, { outcome: 'failed', reason: 'operation-failed: quota' }],
    ['lost', { status: 'unknown', detail: '' }, { outcome: 'unknown', pollInMs: expect.any(Number) as number }],
    ['limited', new RateLimitedError('write', 42_000), { outcome: 'postponed', retryInMs: 42_000 }],
    ['busy', new ResourceBusyError('busy'), { outcome: 'postponed', reason: 'busy' }],
    ['down', new UpstreamError('write', 503), { outcome: 'postponed', reason: 'write failed with HTTP 503' }],
    ['gone', new NotFoundError('no such origin'), { outcome: 'refused', code: 'config-error:origin-not-found' }],
    ['401', new UpstreamError('write', 401), { outcome: 'refused', code: 'authorization' }],
    ['403', new UpstreamError('write', 403), { outcome: 'refused', code: 'authorization' }],
    ['the last one', new UpstreamError('write', 400, { cause: LAST }), { outcome: 'refused', code: 'state-changed' }],
    ['refused', new UpstreamError('write', 400), { outcome: 'refused', code: 'refused-by-service' }],
    [
      'refused for another cause',
      new UpstreamError('write', 400, { cause: new Error('weight') }),
      { outcome: 'refused', code: 'refused-by-service', reason: 'write failed with HTTP 400' },
    ],
  ])('that is %s', async (_, answer, expected) => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    plant.control.begin = answering(answer);
    const result = await writeOrigin(plant.writer(), sending, OUT);
    expect(result).toMatchObject(expected);
    expect('retryInMs' in result).toBe(answer instanceof RateLimitedError);
  });

  it('that meets something nobody foresaw throws it on', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    plant.control.begin = () => Promise.reject(new TypeError('a defect'));
    await expect(writeOrigin(plant.writer(), sending, OUT)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('what a write is conditioned on', () => {
  const [one, two] = ['a', 'b'].map((id) => ({ id, enabled: true, weight: 1, priority: 1, terminal: true }));

  it('is the state of the whole group, in whatever order it is read and whatever is at work', () => {
    expect(preconditionOf([one!, two!])).toBe(preconditionOf([two!, { ...one!, terminal: false, monitor: 'healthy' }]));
  });

  it.each([{ enabled: false }, { weight: 2 }, { priority: 2 }, { id: 'c' }, { monitor: 'unhealthy' as const }])(
    'changes with %j',
    (change) => {
      expect(preconditionOf([one!, { ...two!, ...change }])).not.toBe(preconditionOf([one!, two!]));
    },
  );
});

describe('a write that was taken', () => {
  it.each<[string, Operation | Error, object]>([
    ['at work still', { status: 'running', state: 'next' }, { outcome: 'running', operation: 'next' }],
    ['done', { status: 'succeeded' }, { outcome: 'written', evidence: { origin: WEU } }],
    ['failed', { status: 'failed', detail: 'quota' }, { outcome: 'failed', reason: 'operation-failed: quota' }],
    ['unknown', { status: 'unknown', detail: '' }, { outcome: 'lost' }],
    ['asked after too often', new RateLimitedError('poll', 42_000), { outcome: 'running', pollInMs: 42_000 }],
    ['not answered for', new UpstreamError('poll', 0), { outcome: 'running', operation: 'state', pollInMs: 5_000 }],
    ['not for our eyes', new UpstreamError('poll', 403), { outcome: 'lost' }],
    ['gone', new NotFoundError('poll'), { outcome: 'lost' }],
    ['not to be understood', new SyntaxError('state'), { outcome: 'lost' }],
  ])('and is %s', async (_, answer, expected) => {
    const plant = new EdgePlant();
    const asked: unknown[] = [];
    plant.control.poll = (...question) => {
      asked.push(question);
      return answering(answer)();
    };
    const sending = await plant.sending('weu', { enabled: false });
    expect(await pollOrigin(plant.writer(), sending, 'state')).toMatchObject(expected);
    expect(asked).toEqual([[WEU, 'state']]);
  });
});

describe('a write whose answer never came', () => {
  it.each([
    ['the value is there', { enabled: false }, { enabled: false }, 'written'],
    ['the value is there', { weight: 7 }, { weight: 7 }, 'written'],
    ['the value is not there', { enabled: false }, { weight: 7 }, 'not-written'],
    ['another value is there', { weight: 7 }, { weight: 9 }, 'not-written'],
  ] as const)('is read when it can no longer arrive: %s', async (_, to, found, outcome) => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', to);
    plant.control.change(WEU, found);
    await plant.clock.advance(10_000);
    const settled = await settleOrigin(plant.writer(), sending);
    expect(settled).toEqual(
      outcome === 'written' ? { outcome, evidence: { origin: WEU, found: 'by reading' } } : { outcome },
    );
  });

  it('may arrive until its time has passed', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    await plant.clock.advance(4_000);
    expect(await settleOrigin(plant.writer(), sending)).toEqual({ outcome: 'unsettled', pollInMs: 6_000 });
  });

  it('is not judged while anything of the origin is at work, though the value is there', async () => {
    const plant = new EdgePlant({ durationMs: 60_000 });
    const sending = await plant.sending('weu', { enabled: false });
    await plant.control.begin(WEU, { enabled: false });
    await plant.clock.advance(20_000);
    expect(await settleOrigin(plant.writer(), sending)).toMatchObject({ outcome: 'unsettled' });
    await plant.clock.advance(40_000);
    expect(await settleOrigin(plant.writer(), sending)).toMatchObject({ outcome: 'written' });
  });

  it('to an origin that is gone was not written', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('gone', { enabled: false });
    expect(await settleOrigin(plant.writer(), sending)).toEqual({ outcome: 'not-written' });
  });

  it('is asked for again while the control plane does not answer', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { enabled: false });
    plant.control.fail({ on: 'read', error: new UpstreamError('read', 503) });
    await expect(settleOrigin(plant.writer(), sending)).rejects.toMatchObject({ status: 503 });
  });
});

describe('a gate', () => {
  const SHUT = { id: WEU, isShut: true } as const;

  it('is closed and opened without a write to the control plane', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { isShut: true });
    plant.control.fail({ on: 'read', error: new UpstreamError('read', 503) });
    expect(await writeOrigin(plant.writer(), sending, SHUT)).toEqual({
      outcome: 'written',
      evidence: { gate: 'weu', isShut: true },
    });
    expect(await plant.closed()).toEqual(['weu']);
    await plant.clock.advance(1_000);
    await writeOrigin(plant.writer(), sending, { ...SHUT, isShut: false });
    expect(await plant.closed()).toEqual([]);
    expect(plant.control.accepted).toEqual([]);
  });

  it('that is as wanted is not written again', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { isShut: true });
    await writeOrigin(plant.writer(), sending, SHUT);
    const first = await plant.gates.read(GROUP);
    await plant.clock.advance(1_000);
    expect(await writeOrigin(plant.writer(), sending, SHUT)).toMatchObject({ outcome: 'written' });
    expect(await plant.gates.read(GROUP)).toEqual(first);
  });

  it('is not closed when it is the last that is open', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { isShut: true });
    await writeOrigin(plant.writer(), sending, SHUT);
    expect(await writeOrigin(plant.writer(), sending, { id: idOf('neu'), isShut: true })).toEqual({
      outcome: 'refused',
      code: 'last-enabled',
      reason: 'last-open',
    });
    expect(await plant.closed()).toEqual(['weu']);
  });

  it('of an origin that the fleet has added since, or no longer has, is known by the next write', async () => {
    const plant = new EdgePlant();
    const third = { id: idOf('eus'), name: 'eus', region: 'eastus', cluster: 'shop-eus' };
    const [neu, weu] = plant.writer().origins;
    const sending = await plant.sending('weu', { isShut: true });
    await writeOrigin(plant.writer(), sending, SHUT);
    await plant.clock.advance(1_000);
    const grown = plant.writer({ origins: [neu!, weu!, third] });
    await writeOrigin(grown, sending, { id: third.id, isShut: true });
    expect((await plant.gates.read(GROUP))?.document).toMatchObject({
      closed: ['eus', 'weu'],
      origins: ['eus', 'neu', 'weu'],
    });
    await plant.clock.advance(1_000);
    await writeOrigin(plant.writer({ origins: [neu!, third] }), sending, { id: third.id, isShut: false });
    expect((await plant.gates.read(GROUP))?.document).toMatchObject({ closed: [], origins: ['eus', 'neu'] });
  });

  it.each([
    ['an edge without gates', { gates: undefined }],
    ['an origin that is not the fleet’s', { origins: [] }],
  ])('is not there: %s', async (_, more) => {
    const plant = new EdgePlant();
    const { gates, ...writer } = plant.writer();
    const without = 'origins' in more ? { ...writer, gates: gates!, ...more } : writer;
    const sending = await plant.sending('weu', { isShut: true });
    expect(await writeOrigin(without, sending, SHUT)).toMatchObject({
      outcome: 'refused',
      code: 'config-error:no-gate',
    });
  });

  it('is written later when its stores do not answer or somebody else wrote, and other errors are thrown on', async () => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { isShut: true });
    plant.gates.read = () => Promise.reject(new StorageUnavailableError('all stores'));
    expect(await writeOrigin(plant.writer(), sending, SHUT)).toEqual({ outcome: 'postponed', reason: 'all stores' });
    plant.gates.read = () => Promise.reject(new RangeError('a defect'));
    await expect(writeOrigin(plant.writer(), sending, SHUT)).rejects.toBeInstanceOf(RangeError);
  });

  it.each([
    [true, false, 'not-written'],
    [true, true, 'written'],
    [false, true, 'not-written'],
    [false, false, 'written'],
  ])('whose answer never came is read: wanted closed %s, is closed %s', async (isShut, isClosed, outcome) => {
    const plant = new EdgePlant();
    const sending = await plant.sending('weu', { isShut });
    const gate = { id: isClosed ? WEU : idOf('neu'), isShut: true };
    await writeOrigin(plant.writer(), sending, gate);
    expect((await settleOrigin(plant.writer(), sending)).outcome).toBe(outcome);
  });

  it('of which no document was ever written is open', async () => {
    const plant = new EdgePlant();
    const open = await settleOrigin(plant.writer(), await plant.sending('weu', { isShut: false }));
    expect(open).toEqual({ outcome: 'written', evidence: { gate: 'weu', found: 'by reading' } });
    const shut = await settleOrigin(plant.writer(), await plant.sending('weu', { isShut: true }));
    expect(shut).toEqual({ outcome: 'not-written' });
  });
});
