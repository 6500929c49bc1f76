import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { afterFailure, outcomeOf } from '../../../../local/event-grid/delivery-rules.ts';
import { LocalEventGrid } from '../../../../local/event-grid/local-event-grid.ts';
import type { EventSubscription, PublishedEvent } from '../../../../local/event-grid/subscription.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const TOPIC = '/subscriptions/s/resourcegroups/g/providers/microsoft.containerregistry/registries/contoso';
const HOUR_MS = 3_600_000;

function event(id: string): PublishedEvent {
  const time = '2026-01-05T08:00:00Z';
  return {
    id,
    type: 'Microsoft.ContainerRegistry.ImagePushed',
    subject: 'web:1',
    time,
    dataVersion: '1.0',
    data: { id },
  };
}

interface Posted {
  readonly at: number;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Event Grid in virtual time, and a webhook that answers as it is told; then with 200. */
class Stage {
  readonly clock = new VirtualClock();
  readonly posted: Posted[] = [];
  statuses: number[] = [];
  handshake: (code: string) => object = (code) => ({ validationResponse: code });
  readonly grid: LocalEventGrid;

  constructor(file = ':memory:') {
    const quiet = (): void => undefined;
    this.grid = new LocalEventGrid({
      file,
      clock: this.clock,
      random: new SeededRandom(4),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      fetch: (url, init) => this.#answer(new Request(url, init)),
    });
  }

  async subscribe(more: Partial<EventSubscription> = {}): Promise<void> {
    const destination = { kind: 'webhook' as const, url: 'https://reflex.test/hook' };
    await this.grid.subscribe({ name: 'reflex', schema: 'EventGridSchema', destination, ...more });
    this.posted.length = 0;
  }

  async play(ms: number): Promise<void> {
    this.grid.start();
    await this.clock.advance(ms);
  }

  get bodies(): readonly string[] {
    return this.posted
      .flatMap(({ body }) => (Array.isArray(body) ? body : [body]) as { id: string }[])
      .map(({ id }) => id);
  }

  async #answer(request: Request): Promise<Response> {
    const body = (request.method === 'POST' ? await request.json() : undefined) as {
      data?: { validationCode?: string };
    }[];
    this.posted.push({ at: this.clock.now().getTime(), method: request.method, headers: request.headers, body });
    if (request.method === 'OPTIONS') {
      return new Response(null, { headers: { 'webhook-allowed-origin': 'eventgrid.azure.net' } });
    }
    if (request.headers.get('aeg-event-type') === 'SubscriptionValidation') {
      return Response.json(this.handshake(body[0]?.data?.validationCode ?? ''));
    }
    const status = this.statuses.shift() ?? 200;
    if (status === 0) {
      throw new TypeError('fetch failed');
    }
    return new Response(null, { status });
  }
}

describe('a subscription', () => {
  it('begins with a handshake in its schema', async () => {
    const stage = new Stage();
    await stage.grid.subscribe({
      name: 'a',
      schema: 'EventGridSchema',
      destination: { kind: 'webhook', url: 'https://x.test' },
    });
    await stage.grid.subscribe({
      name: 'b',
      schema: 'CloudEventSchemaV1_0',
      destination: { kind: 'webhook', url: 'https://x.test' },
    });
    expect(stage.posted.map(({ method, headers }) => [method, headers.get('aeg-event-type')])).toEqual([
      ['POST', 'SubscriptionValidation'],
      ['OPTIONS', null],
    ]);
  });

  it('is refused by a webhook that does not echo the code', async () => {
    const stage = new Stage();
    stage.handshake = () => ({ validationResponse: 'something else' });
    await expect(stage.subscribe()).rejects.toThrow(/did not take the subscription/);
  });
});

describe('a delivery', () => {
  it('has the headers and the form of its schema', async () => {
    const stage = new Stage();
    await stage.subscribe();
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(1_000);
    const [{ headers, body } = { headers: new Headers(), body: [] }] = stage.posted;
    expect(body).toMatchObject([{ id: '1', topic: TOPIC, eventType: event('1').type, metadataVersion: '1' }]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'REFLEX',
      'aeg-delivery-count': '0',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('is one object in CloudEvents, and a list where events come in batches', async () => {
    const stage = new Stage();
    const destination = { kind: 'webhook' as const, url: 'https://reflex.test/hook', maxEventsPerBatch: 2 };
    await stage.subscribe({ schema: 'CloudEventSchemaV1_0', destination });
    ['1', '2', '3'].forEach((id) => stage.grid.publish(TOPIC, event(id)));
    await stage.play(1_000);
    expect(stage.posted.map(({ body, headers }) => [Array.isArray(body), headers.get('content-type')])).toEqual([
      [true, 'application/cloudevents-batch+json; charset=utf-8'],
      [false, 'application/cloudevents+json; charset=utf-8'],
    ]);
    expect(stage.bodies).toEqual(['1', '2', '3']);
  });

  it('goes to a queue as the text of one event', async () => {
    const stage = new Stage();
    const texts: string[] = [];
    const send = (text: string): Promise<void> => Promise.resolve(void texts.push(text));
    await stage.grid.subscribe({ name: 'q', schema: 'CloudEventSchemaV1_0', destination: { kind: 'queue', send } });
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(1_000);
    expect(texts.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { id: '1', source: TOPIC, specversion: '1.0' },
    ]);
  });

  it('is tried again by the documented schedule, with up to a tenth on top', async () => {
    const stage = new Stage();
    stage.statuses = [500, 0, 503, 500, 500];
    await stage.subscribe();
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(HOUR_MS);
    const waits = stage.posted.slice(1).map(({ at }, index) => (at - stage.posted[index]!.at) / 1000);
    const scheduled = [10, 30, 60, 300, 600];
    expect(waits).toHaveLength(scheduled.length);
    waits.forEach((wait, index) => {
      expect(wait).toBeGreaterThanOrEqual(scheduled[index]!);
      expect(wait).toBeLessThanOrEqual(scheduled[index]! * 1.1 + 0.001);
    });
    expect(stage.posted.map(({ headers }) => headers.get('aeg-delivery-count'))).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it('goes on for the other events while one waits', async () => {
    const stage = new Stage();
    stage.statuses = [500];
    await stage.subscribe();
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(1_000);
    stage.grid.publish(TOPIC, event('2'));
    await stage.clock.advance(60_000);
    expect(stage.bodies).toEqual(['1', '2', '1']);
  });

  it.each([
    [[400], 'MaxDeliveryAttemptsExceeded', 1],
    [[413], 'MaxDeliveryAttemptsExceeded', 1],
    [Array<number>(40).fill(500), 'TimeToLiveExceeded', undefined],
  ])('that cannot be made (%j) becomes a dead letter', async (statuses, deadLetterReason, deliveryAttempts) => {
    const stage = new Stage();
    const letters: object[] = [];
    stage.statuses = [...statuses];
    await stage.subscribe({ deadLetter: (letter) => Promise.resolve(void letters.push(letter)) });
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(26 * HOUR_MS);
    expect(letters).toMatchObject([{ id: '1', deadLetterReason, lastDeliveryOutcome: outcomeOf(statuses[0] ?? 0) }]);
    expect(deliveryAttempts === undefined || stage.posted.length === deliveryAttempts).toBe(true);
  });

  it('is not held up by what waits for a subscription that is gone', async () => {
    const stage = new Stage();
    await stage.subscribe({ name: 'gone' });
    Array.from({ length: 250 }, (_, index) => stage.grid.publish(TOPIC, event(`old-${index}`)));
    stage.grid.unsubscribe('gone');
    await stage.subscribe();
    stage.grid.publish(TOPIC, event('new'));
    await stage.play(1_000);
    expect(stage.bodies).toEqual(['new']);
  });

  it('waits for a container of dead letters that does not answer', async () => {
    const stage = new Stage();
    let calls = 0;
    stage.statuses = [400, 400];
    await stage.subscribe({
      deadLetter: () => ((calls += 1) === 1 ? Promise.reject(new Error('down')) : Promise.resolve()),
    });
    stage.grid.publish(TOPIC, event('1'));
    await stage.play(HOUR_MS);
    expect(calls).toBe(2);
  });

  it('survives the end of the process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'event-grid-'));
    const before = new Stage(join(folder, 'outbox.sqlite'));
    await before.subscribe();
    before.grid.publish(TOPIC, event('1'));
    await before.grid.stop();
    const after = new Stage(join(folder, 'outbox.sqlite'));
    await after.subscribe();
    await after.play(1_000);
    await after.grid.stop();
    expect(after.bodies).toEqual(['1']);
    rmSync(folder, { recursive: true });
  });

  it('comes twice and out of order on demand, the same way for the same seed', async () => {
    const play = async (): Promise<readonly string[]> => {
      const stage = new Stage();
      stage.grid.disorder = { duplicates: 0.5, delays: 0.5 };
      await stage.subscribe();
      Array.from({ length: 20 }, (_, index) => stage.grid.publish(TOPIC, event(String(index))));
      await stage.play(10_000);
      return stage.bodies;
    };
    const bodies = await play();
    expect(bodies.length).toBeGreaterThan(20);
    expect(new Set(bodies).size).toBe(20);
    expect(bodies).not.toEqual(bodies.toSorted((a, b) => Number(a) - Number(b)));
    expect(await play()).toEqual(bodies);
  });
});

describe('the rules after a failure', () => {
  it.each([
    [500, 1, 0, { retryInSeconds: 10 }],
    [500, 3, 0, { retryInSeconds: 60 }],
    [500, 12, 0, { retryInSeconds: 43_200 }],
    [503, 1, 0, { retryInSeconds: 30 }],
    [404, 1, 0, { retryInSeconds: 300 }],
    [403, 1, 0, { retryInSeconds: 300 }],
    [408, 1, 0, { retryInSeconds: 120 }],
    [401, 1, 0, { deadLetter: 'MaxDeliveryAttemptsExceeded' }],
    [500, 30, 0, { deadLetter: 'MaxDeliveryAttemptsExceeded' }],
    [500, 5, 24 * HOUR_MS, { deadLetter: 'TimeToLiveExceeded' }],
  ])('%i at attempt %i', (status, attempts, ageMs, expected) => {
    expect(afterFailure(status, { attempts, ageMs })).toEqual(expected);
  });
});
