import type { GateAnswer, SignatureReason } from './gates.ts';

/** What came of one signature. */
export interface JudgedSignature {
  readonly reason: SignatureReason;
  readonly detail: string;
}

/** Worst first: what a person should hear of when nothing vouches for an image. */
const BY_WEIGHT: readonly SignatureReason[] = [
  'endless-referrers',
  'wrong-digest',
  'wrong-reference',
  'bad-signature',
  'notation-denied',
  'untrusted-signer',
  'no-trusted-root',
  'key-unreadable',
  'key-not-allowed',
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
  const texts = all.map(({ reason, detail }) => `${reason}: ${detail}`);
  const found = [...new Set(texts)].toSorted().slice(0, MAX_FOUND);
  const good = leastDetail(all.filter(({ reason }) => reason === 'signed'));
  if (good !== undefined) {
    return { verdict: 'pass', ...good, found };
  }
  const worst = BY_WEIGHT.find((reason) => all.some((one) => one.reason === reason)) ?? 'unsigned';
  const { detail = '' } = leastDetail(all.filter(({ reason }) => reason === worst)) ?? {};
  return { verdict: 'fail', reason: worst, detail, found };
}

/** The same one in whatever order they came. */
function leastDetail(judged: readonly JudgedSignature[]): JudgedSignature | undefined {
  return judged.toSorted((a, b) => (a.detail < b.detail ? -1 : 1))[0];
}
