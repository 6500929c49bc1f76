import { describe, expect, it } from 'vitest';

import { decideStep, episodeTime, type Episode } from '../../../../local/durable/episode.ts';
import type { InvocationResult } from '../../../../local/host/durable-extension.ts';
import { episode, fired, START, started } from './history.ts';

const LATER = START + 60_000;

function toWorkOn(overrides: Partial<Episode> = {}): Episode {
  const instance = {
    id: 'i',
    execution: 'e',
    name: 'one',
    version: '',
    input: null,
    status: 'Running',
    suspended: false,
    customStatus: '"before"',
    output: null,
    createdAt: START,
    updatedAt: START,
    parent: undefined,
  } as const;
  return { instance, past: [], arrived: episode(START, started).slice(1), lastArrival: 1, ...overrides };
}

function threw(message: string): InvocationResult {
  return { ok: false, message, stack: 'where' };
}

describe('an episode', () => {
  it('is never before what its history or its inbox has seen, even when the clock goes back', () => {
    expect(episodeTime(toWorkOn({ past: episode(LATER) }), START)).toBe(LATER);
    expect(episodeTime(toWorkOn({ arrived: episode(LATER, fired(0)) }), START)).toBe(LATER);
    expect(episodeTime(toWorkOn(), LATER)).toBe(LATER);
  });

  it.each([
    ['nothing', { ok: true, returnValue: undefined }, 'it returned nothing'],
    ['text', { ok: true, returnValue: 'hello' }, 'its answer is not valid JSON'],
    ['another shape', { ok: true, returnValue: { isDone: 1 } }, 'its answer is not understood here'],
    ['an error of the host', threw('no such function'), 'no such function'],
    [
      'an error of the orchestrator',
      threw('false\n\n$OutOfProcData$:{"isDone":false,"actions":[[]],"error":"oops","schemaVersion":3}'),
      'oops',
    ],
  ] satisfies [string, InvocationResult, string][])('fails on %s', (_, result, reason) => {
    const { ending } = decideStep(toWorkOn(), result, START);
    expect(ending).toMatchObject({ kind: 'finish', status: 'Failed' });
    expect('output' in ending && JSON.parse(ending.output)).toMatch(
      new RegExp(`^Orchestrator function 'one' failed: ${reason}`),
    );
  });

  it('takes an answer as an object and as JSON text alike', () => {
    const answer = { isDone: true, actions: [[]], output: 1 };
    const fromObject = decideStep(toWorkOn(), { ok: true, returnValue: answer }, START);
    const fromText = decideStep(toWorkOn(), { ok: true, returnValue: JSON.stringify(answer) }, START);
    expect(fromObject.ending).toEqual({ kind: 'finish', status: 'Completed', output: '1', details: '' });
    expect(fromText).toEqual(fromObject);
  });

  it('keeps the custom status until another is set', () => {
    const answer = { isDone: false, actions: [[]] };
    expect(decideStep(toWorkOn(), { ok: true, returnValue: answer }, START).customStatus).toBe('"before"');
    const set = { ...answer, customStatus: { at: 2 } };
    expect(decideStep(toWorkOn(), { ok: true, returnValue: set }, START).customStatus).toBe('{"at":2}');
  });
});
