import type { GateAnswer, SignatureReason } from './gates.ts';

/** What came of one signature. */
export interface JudgedSignature {
  readonly reason: SignatureReason;
  readonly detail: string;
}

/**
 * A good one first, then what a person should hear of when nothing vouches for an image: faults of our own settings
 * (they make good signatures look bad), then the worst of what was found.
 */
const BY_WEIGHT: readonly SignatureReason[] = [
  'signed',
  'endless-referrers',
  'no-trusted-root',
  'key-unreadable',
  'key-not-allowed',
  'wrong-digest',
  'wrong-reference',
  'bad-signature',
  'notation-denied',
  'untrusted-signer',
  'signature-too-large',
  'too-many-signatures',
  'unreadable-signature',
  'wrong-predicate',
  'notation-unverified',
  'unsigned',
];
const MAX_FOUND = 20;

/** One good signature is enough, whatever lies beside it; else the worst fault is told. Pure; their order means nothing. */
export function judgeSignatures(judged: readonly JudgedSignature[]): GateAnswer {
  const all: readonly JudgedSignature[] = judged.length > 0 ? judged : [{ reason: 'unsigned', detail: 'no signature' }];
  const { reason, detail } = all.reduce((first, one) => (compare(one, first) < 0 ? one : first));
  const texts = all.map((one) => `${one.reason}: ${one.detail}`);
  const found = [...new Set(texts)].toSorted().slice(0, MAX_FOUND);
  return { verdict: reason === 'signed' ? 'pass' : 'fail', reason, detail, found };
}

function compare(a: JudgedSignature, b: JudgedSignature): number {
  return BY_WEIGHT.indexOf(a.reason) - BY_WEIGHT.indexOf(b.reason) || (a.detail < b.detail ? -1 : 1);
}
