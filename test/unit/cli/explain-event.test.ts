import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { explainEvent, explainEventCommand, type ExplainEventOptions } from '../../../cli/explain-event.ts';
import { answerLines } from '../../../cli/json-lines.ts';
import { expectations, parsedPayload, payload, payloadFiles } from '../signals/payloads.ts';

const PUSH = 'eventgrid-acr-imagepushed.json';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly complaints: string;
}

async function* chunksOf(input: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function run(options: ExplainEventOptions, input: string | Uint8Array = '', chunk = 1 << 16): Promise<Run> {
  let out = '';
  let complaints = '';
  const code = await explainEvent(options, {
    input: chunksOf(input, chunk),
    print: (text) => Promise.resolve(void (out += text)),
    complain: (text) => void (complaints += text),
  });
  return { code, out, complaints };
}

function parsedLines({ out }: Run): unknown[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflex-explain-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(content: string | Uint8Array): string {
  const file = join(folder, 'body.json');
  writeFileSync(file, content);
  return file;
}

describe('the vote of an alert', () => {
  const FLEET = 'examples/contoso/fleet.yaml';
  const SHOP =
    '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.Cdn/profiles/shop';

  /** The alert on the given target, whose subscription is the fleet's. */
  function alertOn(target: string, origin = 'origin-weu'): string {
    const alert = parsedPayload('alert-common-metric-fired.json') as {
      data: { essentials: Record<string, unknown> };
    };
    const ofFleet = JSON.stringify(alert)
      .replaceAll('00000000-0000-0000-0000-000000000001', '00000000-0000-4000-8000-000000000001')
      .replaceAll('weu.apps.example.com:443', origin)
      .replaceAll('og-apps', 'apps');
    const body = JSON.parse(ofFleet) as typeof alert;
    body.data.essentials['alertTargetIDs'] = [target];
    return fileWith(JSON.stringify(body));
  }

  it('is what it says, what it sees, and from where', async () => {
    const { out } = await run({ file: fileWith(payload('alert-common-prometheus-fired.json')) });
    expect(out).toContain('  vote: bad, seen by prometheus aks-weu-01 from within\n');
    const over = await run({ file: fileWith(payload('alert-common-metric-resolved.json')), json: true });
    const { signals } = JSON.parse(over.out) as { signals: object[] };
    expect(signals).toMatchObject([{ vote: { says: 'good', sees: 'edge-health', isOutside: true } }]);
  });

  it('names the edges of a fleet and what it calls their origins', async () => {
    const { code, out } = await run({ file: alertOn(SHOP), fleet: FLEET });
    expect([code, out]).toEqual([0, expect.stringContaining('from outside; shop: origin-weu\n')]);
  });

  it('says why it counts for nobody', async () => {
    const { out } = await run({ file: alertOn(`${SHOP}2`), fleet: FLEET });
    expect(out).toMatch(/ {2}vote: bad, .*; counts for nobody: resource-not-in-fleet: /);
  });

  it('is none of what is no alert', async () => {
    const { out } = await run({ file: fileWith(payload(PUSH)), fleet: FLEET });
    expect(out).not.toContain('vote');
  });

  it('needs a fleet that can be read', async () => {
    expect(await run({ file: fileWith(payload(PUSH)), fleet: fileWith('{}') })).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('makes no fleet') as string,
    });
    expect((await run({ file: fileWith(payload(PUSH)), fleet: '/nowhere.yaml' })).code).toBe(2);
  });
});

describe('explain event FILE', () => {
  it('prints text for people', async () => {
    const { code, out } = await run({ file: fileWith(payload(PUSH)) });
    expect(code).toBe(0);
    expect(out).toContain('known    registry         Microsoft.ContainerRegistry.ImagePushed');
    expect(out).toContain('  repository: payments/api');
  });

  it('prints JSON on request, times as ISO text', async () => {
    const { out } = await run({ file: fileWith(payload(PUSH)), json: true });
    expect(JSON.parse(out)).toMatchObject({
      signals: [{ outcome: 'known', family: 'registry', data: { timestamp: '2026-09-14T03:00:00.276Z' } }],
    });
  });

  it('says why something is refused, and that is no failure', async () => {
    const { code, out } = await run({ file: fileWith('hello') });
    expect(code).toBe(0);
    expect(out).toContain('rejected unknown');
    expect(out).toContain('  reason: the body is not JSON in UTF-8');
  });

  it.each([
    ['alert-common-metric-resolved.json', '  state: over', '  measured: {"metric":"OriginHealthPercentage",'],
    ['alert-common-servicehealth-incident-active.json', '  regions: ["westeurope"]', '  incident: ABC1-DEF'],
    ['alert-common-prometheus-fired.json', '  state: bad', '  dimensions: [{"name":"alertname",'],
  ])('prints what %s says', async (file, ...lines) => {
    const { out } = await run({ file: fileWith(payload(file)) });
    for (const line of lines) {
      expect(out).toContain(line);
    }
  });

  it('names what was odd in an alert', async () => {
    const body = JSON.stringify(parsedPayload('alert-common-metric-fired.json'));
    const { out } = await run({ file: fileWith(body.replace(':12.5', ':"a lot"')), json: true });
    const odd = ['data.alertContext.condition.allOf.0.metricValue'];
    expect(JSON.parse(out)).toMatchObject({ signals: [{ data: { odd, properties: { reflexRegion: 'westeurope' } } }] });
  });

  it('keeps event text from steering the terminal', async () => {
    const { out } = await run({ file: fileWith(JSON.stringify({ eventType: '\u001b[2J\u202Eevil', id: 'a\nb' })) });
    for (const dangerous of ['\u001b', '\u202E', 'a\nb']) {
      expect(out).not.toContain(dangerous);
    }
  });

  it('judges the age only when it is given a time', async () => {
    const file = fileWith(payload('hostile-eventgrid-stale-replay.json'));
    expect((await run({ file, json: true })).out).not.toContain('freshness');
    expect((await run({ file, json: true, now: '2026-09-14T02:30:00Z' })).out).toContain('"freshness": "stale"');
    expect((await run({ file, json: true, now: '2023-01-01T00:00:30Z' })).out).toContain('"freshness": "fresh"');
  });

  it.each([
    ['no file and no batch', {}],
    ['a file and a batch', { file: 'x', jsonl: true }],
    ['a file that is not there', { file: '/nowhere/at/all' }],
    ['a time that is none', { file: 'x', now: 'noon' }],
  ])('refuses %s', async (_, options) => {
    const { code, out, complaints } = await run(options);
    expect([code, out]).toEqual([2, '']);
    expect(complaints).toMatch(/^reflex explain event: /);
  });
});

describe('explain event --jsonl', () => {
  it('answers every payload, raw and parsed, in the order of the input', async () => {
    const lines = payloadFiles.flatMap((id) => {
      const text = Buffer.from(payload(id))
        .toString()
        .replace(/^\uFEFF/, '');
      const onOneLine = text.replaceAll(/\s*\n\s*/g, '');
      return [
        { id, text: `{"id":"${id}","body":${onOneLine}}` },
        { id, text: JSON.stringify({ id, body: `\uFEFF${text}` }) },
      ];
    });
    const answers = parsedLines(await run({ jsonl: true }, lines.map(({ text }) => text).join('\n'), 10_000));
    expect(answers).toHaveLength(lines.length);
    lines.forEach(({ id }, at) => {
      const signals = expectations[id]!.map((one) => ({ family: 'unknown', ...one }));
      expect(answers[at]).toMatchObject({ id, signals });
    });
  });

  it.each([
    ['text that is no JSON', 'hello', 'not-json'],
    ['an empty line', '', 'not-json'],
    ['an array', '[]', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not-json'],
  ])('answers %s with an error and goes on', async (_, line, code) => {
    const good = JSON.stringify({ id: 7, body: parsedPayload(PUSH) });
    const input = Buffer.concat([Buffer.from(line), Buffer.from(`\n${good}\r\n`)]);
    expect(parsedLines(await run({ jsonl: true }, input))).toMatchObject([
      { id: null, error: { code } },
      { id: 7, signals: [{ outcome: 'known' }] },
    ]);
  });

  it('answers a line without a body by its id, and copies no id that is an object', async () => {
    const answers = parsedLines(await run({ jsonl: true }, '{"id":"a"}\n{"id":{"deep":[]},"body":[]}\n{"body":null}'));
    expect(answers).toEqual([
      { id: 'a', error: { code: 'no-body', message: 'the line has no body' } },
      { id: null, signals: [] },
      { id: null, signals: [expect.objectContaining({ outcome: 'rejected', family: 'unknown' })] },
    ]);
  });

  it.each(['aeg-event-type', 'Aeg-Event-Type'])('tells a handshake by the header %s', async (name) => {
    const line = JSON.stringify({ id: 1, headers: { [name]: 'SubscriptionValidation' }, body: '{' });
    expect(parsedLines(await run({ jsonl: true }, line))).toMatchObject([
      { signals: [{ outcome: 'rejected', family: 'event-grid' }] },
    ]);
  });

  it('gives the same whatever the chunks', async () => {
    const input = `{"id":"ä","body":"\uFEFF[]"}\n\n{"id":2,"body":{}}`;
    const whole = await run({ jsonl: true }, input);
    expect(await run({ jsonl: true }, input, 1)).toEqual(whole);
    expect(parsedLines(whole)).toHaveLength(3);
  });
});

describe('answerLines', () => {
  it('drops a line that is too long and goes on', async () => {
    const out: string[] = [];
    const io = {
      input: chunksOf(`${'x'.repeat(100)}\n{"id":1}\n${'y'.repeat(100)}`, 7),
      print: (text: string) => Promise.resolve(void out.push(text)),
      complain: () => undefined,
    };
    await answerLines(io, () => ({ ok: true }), 50);
    expect(out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { id: null, error: { code: 'line-too-long' } },
      { id: 1, ok: true },
      { id: null, error: { code: 'line-too-long' } },
    ]);
  });
});

describe('explainEventCommand', () => {
  it('is the command `event` with its options', () => {
    const command = explainEventCommand();
    expect(command.name()).toBe('event');
    expect(command.options.map(({ long }) => long)).toEqual(['--json', '--jsonl', '--now', '--fleet', '--repo']);
  });
});
