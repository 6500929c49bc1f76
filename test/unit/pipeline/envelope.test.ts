import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import { openEnvelope, sealEnvelope, type Envelope } from '../../../shared/pipeline/envelope.ts';
import { receive } from '../../../shared/pipeline/receive.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';

const PUSHED = {
  loginServer: 'r',
  repository: 'shop/web',
  tag: '1.5.0',
  signal: 's#1',
  raisedAt: '2026-11-21T08:00:00.000Z',
};

describe('envelope', () => {
  it.each<Envelope>([
    { kind: 'events', via: 'webhook', receivedAt: 'now', body: '[]' },
    { kind: 'events-in-blob', via: 'webhook', receivedAt: 'now', blob: 'signals/x.json' },
    { kind: 'wake', target: { kind: 'git-branch', key: 'k' } },
    { kind: 'image', pushed: PUSHED, look: 1 },
    {
      kind: 'command',
      given: {
        id: '1',
        by: 'alice',
        at: 'now',
        asked: { command: 'unpin', edge: 'shop', origin: 'weu', reason: '', override: [], dryRun: false },
      },
    },
  ])('opens what it sealed: $kind', (envelope) => {
    expect(openEnvelope(JSON.parse(sealEnvelope(envelope)))).toMatchObject(envelope);
  });

  it('takes an event that Event Grid put into the queue as it is', () => {
    expect(openEnvelope({ id: '1' })).toEqual({ kind: 'events', via: 'queue', receivedAt: '', body: '{"id":"1"}' });
    expect(openEnvelope('not json')).toMatchObject({ body: 'not json' });
  });

  it.each([
    { envelope: 'aks-reflex/1', kind: 'wake', target: 'x' },
    { envelope: 'aks-reflex/1', kind: 'events', via: 'x', receivedAt: 'now' },
    { envelope: 'aks-reflex/1', kind: 'events-in-blob', via: 'x', receivedAt: 'now', blob: '../secrets' },
    { envelope: 'aks-reflex/1', kind: 'command', given: { id: '1', by: 'a', at: 'now', asked: { command: 'rm' } } },
    { envelope: 'aks-reflex/1', kind: 'image', pushed: { ...PUSHED, repository: '../x' }, look: 1 },
    { envelope: 'aks-reflex/1', kind: 'image', pushed: PUSHED, look: 0 },
    { envelope: 'other' },
  ])('refuses %j', (message) => {
    expect(() => openEnvelope(message)).toThrow(expect.objectContaining({ code: 'REFLEX_UNREADABLE_SIGNAL' }));
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.anything(), (message) => {
        try {
          openEnvelope(message);
        } catch (error) {
          expect(error).toMatchObject({ code: 'REFLEX_UNREADABLE_SIGNAL' });
        }
      }),
    );
  });
});

describe('receive', () => {
  it('stores a small body in the message and a large one in a blob first', async () => {
    const sent: string[] = [];
    const blobs = new InMemoryBlobStore();
    const tools = {
      queue: { send: (text: string) => Promise.resolve(void sent.push(text)) },
      blobs,
      clock: new VirtualClock(),
    };
    await receive('{"id":"1"}', 'webhook', tools);
    const large = JSON.stringify({ text: 'ü'.repeat(40_000) });
    await receive(large, 'webhook', tools);

    expect(JSON.parse(sent[0]!)).toMatchObject({ kind: 'events', body: '{"id":"1"}' });
    const { blob } = JSON.parse(sent[1]!) as { blob: string };
    expect(new TextDecoder().decode((await blobs.get(blob))?.bytes)).toBe(large);
    expect(Math.max(...sent.map((text) => Buffer.byteLength(text)))).toBeLessThan(48 * 1024);
  });

  it('fails when the queue cannot be written, so that the sender sends again', async () => {
    const queue = { send: () => Promise.reject(new StorageUnavailableError('down')) };
    const tools = { queue, blobs: new InMemoryBlobStore(), clock: new VirtualClock() };
    await expect(receive('{}', 'webhook', tools)).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
  });
});
