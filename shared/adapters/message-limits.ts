const MAX_MESSAGE_BYTES = 48 * 1024;
const MAX_DELAY_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * @throws RangeError if the message or its delay is larger than the queue holds:
 *   https://learn.microsoft.com/rest/api/storageservices/put-message
 */
export function assertMessage(message: string, delayMs: number): void {
  const bytes = Buffer.byteLength(message, 'utf8');
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new RangeError(`a message is at most ${MAX_MESSAGE_BYTES} bytes, this one is ${bytes}`);
  }
  if (!(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) {
    throw new RangeError(`a message is delayed by 0 to ${MAX_DELAY_MS} ms, not ${delayMs}`);
  }
}
