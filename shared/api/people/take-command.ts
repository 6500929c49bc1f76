import { sha256 } from '../../domain/digest.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Answer } from '../../reflex.ts';
import { problem } from '../problem.ts';
import { json, type Call, type PeopleTools } from './route.ts';

/** What the SignalQueue port takes. */
const MAX_MESSAGE_BYTES = 48 * 1024;
/** A UUID with room for other people's spellings of a unique text. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
const COMMAND_ID = /^[0-9a-f-]{32,36}$/;

/** Who gives a command, and when: what every envelope of one says beside what is asked. `at` is ISO 8601. */
export interface Giver {
  readonly id: string;
  readonly by: string;
  readonly at: string;
}

/** A command on its way to the queue. */
export interface AskedCommand {
  /** Where one looks what becomes of it, below the API: `commands`. */
  readonly path: string;
  /** Where that will be written down. */
  readonly partition: string;
  readonly rowKey: (id: string) => string;
  /** What another command under the same key would say otherwise. */
  readonly same: Readonly<Record<string, string>>;
  /** Why it is not taken, where it was not given before; undefined if it is. */
  readonly fault?: () => Answer | undefined;
  /** The message for the queue. */
  readonly seal: (giver: Giver) => string;
}

/** True for what may be the id of a command. */
export function isCommandId(text: string): boolean {
  return COMMAND_ID.test(text);
}

/** Why a command's headers are not taken; undefined if they are. */
export function refuseKey({ idempotencyKey }: Pick<Call, 'idempotencyKey'>): Answer | undefined {
  return idempotencyKey === undefined || IDEMPOTENCY_KEY.test(idempotencyKey)
    ? undefined
    : problem(400, 'REFLEX_INVALID_REQUEST', 'Idempotency-Key: expected 1 to 128 visible ASCII characters');
}

/**
 * Puts a command into the queue, once for each person and key.
 *
 * @returns 202 with where to look; 409 if the key came with another command; 413 if it is too long for the queue.
 */
export async function takeCommand(
  { by, idempotencyKey }: Call,
  { rows, queue, clock, random, log }: PeopleTools,
  { path, partition, rowKey, same, fault, seal }: AskedCommand,
): Promise<Answer> {
  // Keys are people's own: another person's same key is another command.
  const id = idempotencyKey === undefined ? random.uuid() : sha256(`${by.objectId}\n${idempotencyKey}`).slice(0, 32);
  const known = (await rows.get(partition, rowKey(id)))?.value;
  if (known !== undefined && isAnother(known, same)) {
    return problem(409, 'REFLEX_KEY_REUSED', 'This Idempotency-Key came with another command before.');
  }
  if (known === undefined) {
    const message = seal({ id, by: by.objectId, at: clock.now().toISOString() });
    if (new TextEncoder().encode(message).byteLength > MAX_MESSAGE_BYTES) {
      return problem(413, 'REFLEX_TOO_LARGE', `A command has at most ${MAX_MESSAGE_BYTES} bytes.`);
    }
    const refused = fault?.();
    if (refused !== undefined) {
      return refused;
    }
    await queue.send(message);
    log.info('command taken', { id, by: by.objectId, ...same });
  }
  const location = `${path}/${id}`;
  return json(202, { id, location }, { location });
}

function isAnother(known: Json, same: AskedCommand['same']): boolean {
  const before = known as JsonObject;
  return Object.entries(same).some(([key, value]) => before[key] !== undefined && before[key] !== value);
}
