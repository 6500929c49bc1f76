import * as z from 'zod';

import { sha256 } from '../../shared/domain/digest.ts';
import { sealEnvelope } from '../../shared/pipeline/envelope.ts';
import { rawBody } from './inputs.ts';
import { textOf } from './policy.ts';
import type { ScenarioEvent } from './scenario.ts';
import type { Answer, Stage } from './stage.ts';

export async function post(stage: Stage, body: string): Promise<void> {
  const receivedAt = stage.world.clock.now().toISOString();
  const text = sealEnvelope({ kind: 'events', via: 'alert:scenario', receivedAt, body });
  await stage.attempt(text, async () => {
    await stage.app.handle(JSON.parse(text));
    await readAnswer(stage, text);
  });
}

/** The decision record of a signal says how it was answered. */
export async function readAnswer(stage: Stage, text: string): Promise<void> {
  const { body } = JSON.parse(text) as { readonly body: string };
  const parsed = JSON.parse(body) as { readonly data?: { readonly essentials?: Record<string, string> } };
  const {
    alertId: id = '',
    monitorCondition = '',
    firedDateTime = '',
    resolvedDateTime,
  } = parsed.data?.essentials ?? {};
  const time = new Date(monitorCondition === 'Resolved' ? (resolvedDateTime ?? firedDateTime) : firedDateTime);
  const key = `${id.toLowerCase()}#${monitorCondition}@${Number.isNaN(time.getTime()) ? '' : time.toISOString()}`;
  const blob = await stage.world.blobs.get(`decisions/${sha256(key)}.json`);
  if (blob === undefined) {
    stage.say({ decision: 'ignore', reason: 'out-of-scope' });
    return;
  }
  const { at, explained } = JSON.parse(new TextDecoder().decode(blob.bytes)) as {
    readonly at: string;
    readonly explained: { readonly answers?: readonly Answer[] };
  };
  const [answer = { decision: 'ignore' as const, reason: 'out-of-scope' }] = explained.answers ?? [];
  if (at === stage.world.clock.now().toISOString()) {
    stage.say(answer);
  }
}

export async function raw(stage: Stage, event: ScenarioEvent): Promise<void> {
  const type = event['eventType'] ?? '';
  if (textOf(type, '').endsWith('SubscriptionValidationEvent')) {
    stage.say({ decision: 'noop', reason: 'handshake' });
    return;
  }
  const body = event['body'] ?? event['raw'] ?? event;
  const said = rawBody(body);
  if (isAlert(said)) {
    await post(stage, said);
    return;
  }
  const receivedAt = stage.world.clock.now().toISOString();
  const text = sealEnvelope({ kind: 'events', via: 'scenario', receivedAt, body: said });
  await stage.attempt(text, async () => await stage.app.handle(JSON.parse(text)));
  stage.say({ decision: 'ignore', reason: 'unreadable' });
}

const Alert = z.object({ data: z.object({ essentials: z.looseObject({ alertId: z.string() }) }) });

/** True for an alert in the common schema: its decision record says how it was answered. */
function isAlert(body: string): boolean {
  try {
    return Alert.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}
