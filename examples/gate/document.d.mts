import type { KeyObject } from 'node:crypto';

/** What a valid document says; `shared/domain/traffic/gate.ts` explains each member. */
export interface SignedGates {
  readonly schema: 1;
  readonly edge: string;
  readonly sequence: number;
  readonly issued: string;
  readonly closed: readonly string[];
  readonly origins: readonly string[];
}

export interface VerifyingKey {
  readonly key: KeyObject;
  readonly alg: string;
}

export const TYPE: string;
export function readKeys(text: string): VerifyingKey[];
export function judge(
  jws: string,
  gate: { readonly keys: readonly VerifyingKey[]; readonly edge: string; readonly origin: string },
  now: number | undefined,
): { readonly document?: SignedGates; readonly why?: string };
export function outranks(one: SignedGates, other: SignedGates): boolean;
