import { simpleSigningClaim, statementClaim, printable, type Claim } from '../../domain/trust/claims.ts';
import type { GateAnswer, GateQuestion, SignatureGate } from '../../domain/trust/gates.ts';
import { judgeSignatures, type JudgedSignature } from '../../domain/trust/judge-signatures.ts';
import { waitOr } from '../../domain/trust/next-look.ts';
import { isTrustedSigner } from '../../domain/trust/signers.ts';
import { ReflexError } from '../../errors.ts';
import type { ImageArtifacts } from '../../ports/image-artifacts.ts';
import type { ImageGate } from '../../ports/image-gate.ts';
import type { SignatureCheck, SignatureVerifier } from '../../ports/signature-verifier.ts';
import type { AdmissionOutcomes, TrustedKeys } from '../../ports/trust-sources.ts';
import { findSignatures } from './signatures.ts';

export interface SignatureGatePorts {
  readonly artifacts: (loginServer: string) => ImageArtifacts;
  readonly verifier: SignatureVerifier;
  readonly keys: TrustedKeys;
  readonly admission: AdmissionOutcomes;
}

/**
 * Gate `signature`: one signature by somebody who is trusted, over this very digest. An image is signed after it is
 * pushed, so whatever is missing is waited for, up to the gate's own deadline.
 */
export function signatureGate(ports: SignatureGatePorts): ImageGate {
  return {
    name: 'signature',
    ask: async (question) => {
      const gate = question.gates.signature;
      if (gate === undefined) {
        return { verdict: 'pass', reason: 'signed', detail: 'not asked for', found: [] };
      }
      const answer = await judge(question, gate, ports);
      return answer.verdict === 'pass' || answer.reason === 'endless-referrers'
        ? answer
        : waitOr(answer, answer, { ...question, waitMs: gate.waitMs });
    },
  };
}

async function judge(question: GateQuestion, gate: SignatureGate, ports: SignatureGatePorts): Promise<GateAnswer> {
  const { repository, digest } = question;
  const [keys, signatures] = await Promise.all([
    readKeys(gate, ports.keys),
    findSignatures(ports.artifacts(question.registry), repository, digest),
  ]);
  const judged: JudgedSignature[] = [...signatures.faults, ...keys.faults];
  const { transparencyLog, keyless } = gate;
  const accepted = { keys: keys.pems, certificates: keyless.length > 0, transparencyLog };
  for (const found of signatures.cosign) {
    judged.push(judgeCheck(await ports.verifier.verify(found, accepted), question, gate));
  }
  const answer = judgeSignatures(
    signatures.cosign.length === 0 && !signatures.hasNotation ? signatures.faults : judged,
  );
  if (answer.verdict === 'pass') {
    return answer;
  }
  if (keys.failure !== undefined) {
    throw keys.failure;
  }
  return signatures.hasNotation
    ? judgeSignatures([...judged, await judgeNotation(question, gate, ports.admission)])
    : answer;
}

/** A good signature by the wrong person, or about something else, is none. */
function judgeCheck(check: SignatureCheck, question: GateQuestion, gate: SignatureGate): JudgedSignature {
  if (!check.valid) {
    return check;
  }
  const { signer, signed } = check;
  const claim = claimOf(signed, question, gate);
  if (!claim.holds) {
    return claim;
  }
  if ('key' in signer) {
    return { reason: 'signed', detail: `by key ${signer.key}` };
  }
  const { issuer, identity } = signer.certificate;
  const name = printable(`${identity} (${issuer})`);
  return isTrustedSigner(gate.keyless, signer.certificate)
    ? { reason: 'signed', detail: `by ${name}` }
    : { reason: 'untrusted-signer', detail: `signed by ${name}` };
}

function claimOf(
  { kind, bytes }: Extract<SignatureCheck, { readonly valid: true }>['signed'],
  { registry, repository, tag, digest }: GateQuestion,
  { predicateType, signedAs }: SignatureGate,
): Claim {
  const image = { image: `${registry}/${repository}`, tag, digest };
  if (kind === 'statement') {
    return statementClaim(bytes, image, predicateType);
  }
  return predicateType === undefined
    ? simpleSigningClaim(bytes, image, signedAs)
    : { holds: false, reason: 'wrong-predicate', detail: 'a plain signature, where an attestation is asked for' };
}

/** Nobody here can check it; the clusters do, and say so. */
async function judgeNotation(
  { digest }: GateQuestion,
  { notation }: SignatureGate,
  admission: AdmissionOutcomes,
): Promise<JudgedSignature> {
  const isVerified = notation === undefined ? undefined : await admission.isVerified(notation, digest);
  if (isVerified === undefined) {
    const why = notation === undefined ? 'the gate names no admission check' : 'no admission check has seen it';
    return { reason: 'notation-unverified', detail: `a Notation signature is there; ${why}` };
  }
  return isVerified
    ? { reason: 'signed', detail: 'by Notation, as an admission check confirms' }
    : { reason: 'notation-denied', detail: 'an admission check has refused its Notation signature' };
}

interface ReadKeys {
  readonly pems: readonly string[];
  readonly faults: readonly JudgedSignature[];
  /** One that may be read later: nothing can be refused for the want of it. */
  readonly failure?: ReflexError;
}

async function readKeys({ keys }: SignatureGate, source: TrustedKeys): Promise<ReadKeys> {
  const pems: string[] = [];
  const faults: JudgedSignature[] = [];
  let failure: ReflexError | undefined;
  for (const key of keys) {
    try {
      pems.push(await source.pem(key));
    } catch (error) {
      if (!(error instanceof ReflexError)) {
        throw error;
      }
      failure = error.retryable ? error : failure;
      faults.push({ reason: 'key-unreadable', detail: printable(error.message) });
    }
  }
  return { pems, faults, ...(failure === undefined ? {} : { failure }) };
}
