import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBody, decodeEvents } from '../../../shared/signals/decode.ts';
import type { Decoded } from '../../../shared/signals/signal.ts';
import { expectations, parsedPayload, payload, payloadFiles } from './payloads.ts';

type Fields = Record<string, unknown>;

const OUTCOMES = ['known', 'unknown', 'rejected'];
const CLUSTER =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/weu';
const EVENT: Fields = {
  id: '1',
  topic: CLUSTER,
  subject: 'weu',
  eventType: 'Microsoft.ContainerService.NodePoolRollingStarted',
  eventTime: '2026-09-14T02:10:11.4567890Z',
  data: { nodePoolName: 'apps' },
  dataVersion: '1',
  metadataVersion: '1',
};

function without(event: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
}

function asCloudEvent(event: Fields): Fields {
  const { topic, eventType, eventTime } = event;
  const rest = without(event, 'topic', 'eventType', 'eventTime', 'dataVersion', 'metadataVersion');
  return { ...rest, source: topic, type: eventType, time: eventTime, specversion: '1.0' };
}

function asEventGridEvent(event: Fields): Fields {
  const { source, type, time } = event;
  const rest = without(event, 'source', 'type', 'time', 'specversion');
  return { ...rest, topic: source, eventType: type, eventTime: time, dataVersion: '1', metadataVersion: '1' };
}

function one(body: unknown): Decoded {
  const decoded = decodeEvents(body);
  expect(decoded).toHaveLength(1);
  return decoded[0]!;
}

function expectSane(decoded: readonly Decoded[]): void {
  for (const { outcome } of decoded) {
    expect(OUTCOMES).toContain(outcome);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Fields)['polluted']).toBeUndefined();
  expect(({} as Fields)['monitorCondition']).toBeUndefined();
}

describe('decodeBody', () => {
  it.each([
    ['nothing', ''],
    ['text that is no JSON', 'hello'],
    ['half of an event', '{"id":"1","topic"'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le')],
  ])('rejects %s', (_, raw) => {
    expect(decodeBody(raw)).toEqual([expect.objectContaining({ outcome: 'rejected', code: 'not-json' })]);
  });

  it('reads text behind a byte order mark and among white space', () => {
    expect(decodeBody(`\uFEFF \n\t${JSON.stringify(EVENT)}\r\n`)).toEqual(decodeEvents(EVENT));
  });

  it('takes the last of two equal keys, as every parser before us did', () => {
    const [decoded] = decodeBody(JSON.stringify(EVENT).replace('{"id":"1"', '{"id":"0","id":"1"'));
    expect(decoded).toMatchObject({ outcome: 'known', signal: { id: '1' } });
  });

  it.each([null, true, 7, [], [[EVENT]], [null], ['{}']])('never takes %j for an event', (body) => {
    for (const decoded of decodeBody(body)) {
      expect(decoded).toMatchObject({ outcome: 'rejected', code: 'not-an-event' });
    }
  });

  it('rejects a body of more than 8 MiB unread, an event of more than 1 MiB, a batch of more than 5,000', () => {
    expect(decodeBody(' '.repeat(8 * 1024 * 1024 + 1))).toMatchObject([{ code: 'too-large' }]);
    expect(one({ ...EVENT, subject: 'x'.repeat(1024 * 1024) })).toMatchObject({ code: 'too-large', family: 'aks' });
    expect(decodeEvents(Array(5001).fill(EVENT))).toMatchObject([{ code: 'too-many-events' }]);
    expect(decodeEvents(Array(5000).fill(EVENT))).toHaveLength(5000);
  });

  it.each([() => 1, 1n, Symbol('s')])('rejects %s, which a program but no sender can put into an event', (alien) => {
    expect(one({ ...EVENT, data: { alien } })).toMatchObject({ code: 'not-an-event' });
  });

  it('rejects a value that holds itself', () => {
    const circle: Fields = { ...EVENT };
    circle['data'] = circle;
    expect(one(circle)).toMatchObject({ code: 'too-deep' });
  });

  it('rejects deep nesting without exhausting the stack', () => {
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
    expect(decodeBody(`{"eventType":"x","data":${deep}}`)).toMatchObject([{ code: 'too-deep' }]);
    expect(decodeBody(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).toMatchObject([{ code: 'too-deep' }]);
  });

  it('lets one bad event of a batch fail alone', () => {
    expect(decodeEvents([EVENT, { ...EVENT, id: '' }, asCloudEvent(EVENT)]).map(({ outcome }) => outcome)).toEqual([
      'known',
      'rejected',
      'known',
    ]);
  });
});

describe('the envelope', () => {
  it.each([
    ['id', undefined, 'invalid-envelope'],
    ['id', 'a\u0000b', 'invalid-envelope'],
    ['id', 'x'.repeat(513), 'invalid-envelope'],
    ['topic', 'contoso', 'invalid-envelope'],
    ['topic', `${CLUSTER}/../x`, 'invalid-envelope'],
    ['eventTime', '2026-02-30T00:00:00Z', 'invalid-envelope'],
    ['eventTime', 1_700_000_000, 'invalid-envelope'],
    ['eventType', null, 'invalid-envelope'],
    ['subject', {}, 'invalid-envelope'],
    ['data', undefined, 'invalid-data'],
    ['data', 'text', 'invalid-data'],
    ['metadataVersion', 1, 'unsupported-version'],
    ['metadataVersion', undefined, 'unsupported-version'],
    ['specversion', '1.0', 'ambiguous-schema'],
    ['schemaId', 'azureMonitorCommonAlertSchema', 'ambiguous-schema'],
  ])('with %s %j is rejected', (field, value, code) => {
    const decoded = one({ ...EVENT, [field]: value });
    expect(decoded).toMatchObject({ outcome: 'rejected', code });
  });

  it.each([
    ['specversion', '0.3', 'unsupported-version'],
    ['data_base64', 'e30=', 'invalid-envelope'],
    ['source', '//contoso', 'invalid-envelope'],
    ['time', undefined, 'invalid-envelope'],
  ])('of a CloudEvent with %s %j is rejected', (field, value, code) => {
    expect(one({ ...asCloudEvent(EVENT), [field]: value })).toMatchObject({ outcome: 'rejected', code });
  });

  it('is judged by what the sender wrote, never by what a prototype holds', () => {
    const { metadataVersion, ...rest } = EVENT;
    expect(one(Object.assign(Object.create({ metadataVersion }) as Fields, rest))).toMatchObject({
      code: 'unsupported-version',
    });
    expect(decodeBody(JSON.stringify(rest).replace('{', '{"__proto__":{"metadataVersion":"1"},'))).toMatchObject([
      { code: 'unsupported-version' },
    ]);
  });

  it('takes event types without case and keeps the spelling of the catalogue', () => {
    expect(one({ ...EVENT, eventType: String(EVENT['eventType']).toUpperCase() })).toMatchObject({
      signal: { type: EVENT['eventType'] },
    });
  });

  it.each([
    ['ImagePushed', undefined],
    ['Microsoft.ContainerService.ClusterOutOfSupport', 'aks'],
    ['Microsoft.ResourceNotifications.Resources.CreatedOrUpdated', undefined],
    ['__proto__', undefined],
  ])('with type %s is unknown', (eventType, family) => {
    const decoded = one({ ...EVENT, eventType });
    expect(decoded).toMatchObject({ outcome: 'unknown', type: eventType, id: '1' });
    expect('family' in decoded ? decoded.family : undefined).toBe(family);
  });

  it('may be either schema: the signal is the same', () => {
    const events = payloadFiles
      .filter((file) => /^(eventgrid|cloudevents)-/.test(file))
      .flatMap((file) => [parsedPayload(file)].flat() as Fields[]);
    expect(events.length).toBeGreaterThan(20);
    for (const event of events) {
      const [grid, cloud] = 'specversion' in event ? [asEventGridEvent(event), event] : [event, asCloudEvent(event)];
      const expected = one(grid);
      expect(one(cloud)).toEqual(
        expected.outcome === 'known'
          ? { ...expected, signal: { ...expected.signal, schema: 'cloud-events' } }
          : expected,
      );
    }
  });
});

describe('whatever arrives', () => {
  const mutation = fc.record({
    file: fc.constantFrom(...payloadFiles.filter((file) => !/many|huge|deep/.test(file))),
    at: fc.nat(),
    kind: fc.constantFrom('drop', 'null', 'number', 'array', 'nest', 'proto', 'long'),
  });

  it('never throws on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => expectSane(decodeBody(text))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expectSane(decodeBody(bytes))));
  });

  it('never throws on any JSON value, and answers every event of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const decoded = decodeEvents(value);
        expectSane(decoded);
        expect(decoded).toHaveLength(Array.isArray(value) ? value.length : 1);
      }),
    );
  });

  it('never throws on real payloads with a field dropped, swapped or nested', () => {
    fc.assert(
      fc.property(mutation, ({ file, at, kind }) => {
        const decoded = decodeEvents(mutated(parsedPayload(file), at, kind));
        expectSane(decoded);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never takes a known event for another after its time, id or type was damaged', () => {
    const known = Object.keys(expectations).filter((file) => /^eventgrid-(acr|aks|kv)/.test(file));
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.constantFrom('id', 'topic', 'eventTime', 'metadataVersion'),
        (file, key) => {
          const [event] = parsedPayload(file) as [Fields];
          expect(one({ ...event, [key]: null })).toMatchObject({ outcome: 'rejected' });
        },
      ),
    );
  });

  it('cuts what it repeats of a refused event', () => {
    const decoded = decodeBody(payload('hostile-alert-huge-strings.json'));
    expect(JSON.stringify(decoded).length).toBeLessThan(1_000);
    const long = { ...EVENT, id: 'x'.repeat(10_000), topic: 'y'.repeat(10_000) };
    expect(JSON.stringify(one(long)).length).toBeLessThan(2_000);
  });
});

/** The value with its n-th member (depth first) damaged. */
function mutated(value: unknown, at: number, kind: string): unknown {
  const places: (readonly [Fields, string])[] = [];
  const walk = (node: unknown): void => {
    if (typeof node === 'object' && node !== null) {
      for (const key of Object.keys(node)) {
        places.push([node as Fields, key]);
        walk((node as Fields)[key]);
      }
    }
  };
  walk(value);
  const [node, key] = places[at % places.length]!;
  switch (kind) {
    case 'drop':
      Reflect.deleteProperty(node, key);
      break;
    case 'proto':
      node[key] = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
      break;
    case 'nest':
      node[key] = JSON.parse(`${'['.repeat(3_000)}${']'.repeat(3_000)}`);
      break;
    default:
      node[key] = { null: null, number: Number.NEGATIVE_INFINITY, array: [[{}]], long: 'x'.repeat(20_000) }[kind];
  }
  return value;
}
