import type { Json } from '../domain/json.ts';
import type { RowOperation } from '../ports/row-store.ts';

const MAX_KEY_LENGTH = 200;
const MAX_OPERATIONS = 100;
const MAX_VALUE_BYTES = 900_000;

/**
 * The JSON text of a row's value.
 * @throws RangeError if it is larger than the port allows: every store refuses the same values.
 */
export function encodeRowValue(value: Json): string {
  const text = JSON.stringify(value);
  if (text.length * 2 > MAX_VALUE_BYTES) {
    throw new RangeError(`a row's value is at most ${MAX_VALUE_BYTES} bytes as UTF-16, this one is ${text.length * 2}`);
  }
  return text;
}

/** @throws RangeError unless the key has 1 to 200 characters. */
export function assertRowKey(key: string): void {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new RangeError(`a key has 1 to ${MAX_KEY_LENGTH} characters, this one has ${key.length}`);
  }
}

/** @throws RangeError unless the operations form one transaction of the port. */
export function assertTransaction(partition: string, operations: readonly RowOperation[]): void {
  assertRowKey(partition);
  operations.forEach(({ rowKey }) => assertRowKey(rowKey));
  if (operations.length === 0 || operations.length > MAX_OPERATIONS) {
    throw new RangeError(`a transaction has 1 to ${MAX_OPERATIONS} operations, this one has ${operations.length}`);
  }
  if (new Set(operations.map(({ rowKey }) => rowKey)).size !== operations.length) {
    throw new RangeError('a transaction names each row once');
  }
}
