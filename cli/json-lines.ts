const NEWLINE = 0x0a;

/** Where a command reads and writes; the process's own streams, or a test's. */
export interface CommandIo {
  readonly input: AsyncIterable<Uint8Array>;
  /** Resolves when more may be written, so that a slow reader bounds our memory. */
  readonly print: (text: string) => Promise<void>;
  readonly complain: (text: string) => void;
}

/** What a batch line is answered with, beside its id. */
export type LineAnswer = Readonly<Record<string, unknown>>;

/** `id` is copied if it is text, a number, a truth value or null; anything else comes back as null. */
export type LineId = string | number | boolean | null;

/** Room for the largest body that any command takes, written as escaped text. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Answers JSON lines: one line out for every line in, in order, one at a time.
 *
 * A line that is no JSON object is answered too, `{id: null, error: {code, message}}`, and the rest goes on. A newline at
 * the end of the input starts no further line.
 *
 * @param answer - pure; sees the parsed object.
 */
export async function answerLines(
  { input, print }: CommandIo,
  answer: (line: Readonly<Record<string, unknown>>) => LineAnswer,
  maxLineBytes: number = MAX_LINE_BYTES,
): Promise<void> {
  for await (const line of splitLines(input, maxLineBytes)) {
    await print(`${JSON.stringify(answerLine(line, answer))}\n`);
  }
}

function answerLine(
  line: Uint8Array | 'too-long',
  answer: (line: Readonly<Record<string, unknown>>) => LineAnswer,
): LineAnswer {
  if (line === 'too-long') {
    return broken('line-too-long', 'the line is too long');
  }
  let parsed: unknown;
  try {
    // The decoder drops a byte order mark, which some shells put before the first line.
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch {
    return broken('not-json', 'the line is not JSON in UTF-8');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return broken('not-an-object', 'the line is not a JSON object');
  }
  const fields = parsed as Readonly<Record<string, unknown>>;
  return { id: idOf(fields), ...answer(fields) };
}

function broken(code: string, message: string): LineAnswer {
  return { id: null, error: { code, message } };
}

function idOf(fields: Readonly<Record<string, unknown>>): LineId {
  const id = Object.hasOwn(fields, 'id') ? fields['id'] : null;
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'boolean' ? id : null;
}

/** Lines without their newline; of one that is too long only the fact, its bytes are dropped as they come. */
async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array | 'too-long'> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array): void => {
    bytes += part.byteLength;
    if (bytes > maxBytes) {
      parts = [];
    } else {
      parts.push(part);
    }
  };
  const end = (): Uint8Array | 'too-long' => {
    const line = bytes > maxBytes ? 'too-long' : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, at));
      yield end();
      start = at + 1;
    }
    if (start < chunk.byteLength) {
      take(chunk.subarray(start));
    }
  }
  if (bytes > 0) {
    yield end();
  }
}
