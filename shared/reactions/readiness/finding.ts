import type { Check, CheckStatus } from './schema.ts';

/** The answer to a check. */
export type Finding = Omit<Check, 'check'>;

export function ok(detail: string): Finding {
  return { status: 'ok', detail, whatToDo: '' };
}

export function finding(status: Exclude<CheckStatus, 'ok'>, detail: string, whatToDo: string): Finding {
  return { status, detail, whatToDo };
}
