import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fixtures/payloads');
const OUTCOMES = join(import.meta.dirname, '../../fixtures/payload-outcomes.json');

/** What the decoder must say of one event; only the members that are there are compared. */
export type Expectation = Readonly<Record<string, string>>;

export const payloadFiles = readdirSync(FOLDER).filter((file) => file !== 'index.json');

export const expectations = JSON.parse(readFileSync(OUTCOMES, 'utf8')) as Readonly<
  Record<string, readonly Expectation[]>
>;

export function payload(file: string): Uint8Array {
  return readFileSync(join(FOLDER, file));
}

/** The payload as a program would have parsed it. */
export function parsedPayload(file: string): unknown {
  return JSON.parse(new TextDecoder().decode(payload(file)));
}
