import { selectTag } from '../../domain/image/policy.ts';
import { printable } from '../../domain/trust/claims.ts';
import {
  hasGates,
  type GateAnswer,
  type GateFinding,
  type GateQuestion,
  type ImageGates,
} from '../../domain/trust/gates.ts';
import { nextLookAt } from '../../domain/trust/next-look.ts';
import { ReflexError } from '../../errors.ts';
import type { FleetImage } from '../../fleet/model.ts';
import type { ImageGate } from '../../ports/image-gate.ts';
import type { GateMemory } from '../../records/gate-memory.ts';
import type { Candidate, HeldReason } from './decide.ts';

/** What one gate said of one tag, for the decision record. */
export interface GateRecord extends GateFinding {
  readonly rule: string;
  readonly tag: string;
  readonly digest: string;
  readonly gate: keyof ImageGates;
  readonly verdict: GateAnswer['verdict'];
}

/** What is left of a choice once the gates have been asked. */
export interface GatedChoice {
  readonly chosen?: Candidate;
  /** Why the tag that the policy wants is not taken, or none is. */
  readonly held?: HeldReason;
  readonly asked: readonly GateRecord[];
  /** When a gate that waits should be asked again, milliseconds since 1970. */
  readonly lookAgainAt?: number;
}

export interface GateTools {
  readonly gates: readonly ImageGate[];
  readonly memory: GateMemory;
  /** The best tag by the rule's policy, without those that were refused. */
  readonly pick: (refused: ReadonlySet<string>) => Promise<Candidate | HeldReason>;
}

/** A newest tag that does not pass is followed by the next one, but not through a whole history. */
const MAX_ASKED = 10;

/**
 * Takes the best tag that all gates of the rule let pass: a tag that one refuses, or that is still waited for, is
 * passed over, and the record says so. Never behind a tag that has passed before, and never by a service's silence.
 */
export async function chooseThroughGates(
  rule: FleetImage,
  about: Omit<GateQuestion, 'tag' | 'digest' | 'mediaType' | 'gates' | 'firstLookAt'>,
  { gates, memory, pick }: GateTools,
): Promise<GatedChoice> {
  const asked: GateRecord[] = [];
  const waits: number[] = [];
  let held: HeldReason | undefined;
  const refused = new Set<string>();
  const ended = (last: Pick<GatedChoice, 'chosen' | 'held'>): GatedChoice => ({
    ...last,
    asked,
    ...(waits.length === 0 ? {} : { lookAgainAt: Math.min(...waits) }),
  });
  for (;;) {
    const chosen = asked.length > 0 && isEnough(asked) ? 'no-candidate' : await pick(refused);
    if (typeof chosen === 'string') {
      return ended({ held: held ?? chosen });
    }
    if (!hasGates(rule.gates)) {
      return ended({ chosen });
    }
    const image = `${about.registry}/${about.repository}`;
    const { digest, mediaType } = chosen.manifest;
    const firstLookAt = await memory.firstLookAt(image, digest, about.now);
    const question = { ...about, tag: chosen.tag, digest, mediaType, gates: rule.gates, firstLookAt };
    const answers = await askAll(gates, question);
    asked.push(...answers.map(({ gate, answer }) => recordOf(rule.name, question, gate, answer)));
    const closed = answers.find(({ answer }) => answer.verdict !== 'pass');
    if (closed === undefined) {
      return await settle(chosen, { rule, image, held, memory, ended });
    }
    const { gate, answer } = closed;
    held ??= `${answer.verdict === 'wait' ? 'gate-waiting' : 'gate-refused'}: ${gate} ${answer.reason}`;
    if (answer.verdict === 'wait') {
      waits.push(answer.until);
    }
    if (answer.reason === 'unreachable') {
      return ended({ held });
    }
    refused.add(chosen.tag);
  }
}

function isEnough(asked: readonly GateRecord[]): boolean {
  return new Set(asked.map(({ tag }) => tag)).size >= MAX_ASKED;
}

interface Settling {
  readonly rule: FleetImage;
  readonly image: string;
  readonly held: HeldReason | undefined;
  readonly memory: GateMemory;
  readonly ended: (last: Pick<GatedChoice, 'chosen' | 'held'>) => GatedChoice;
}

async function settle(chosen: Candidate, { rule, image, held, memory, ended }: Settling): Promise<GatedChoice> {
  if (held !== undefined) {
    const before = await memory.lastPassed(image, rule.name);
    const candidates = [{ name: chosen.tag }, ...(before === undefined ? [] : [before])];
    if (before !== undefined && before.name !== chosen.tag && selectTag(rule.policy, candidates).tag === before.name) {
      return ended({ held });
    }
  }
  await memory.passed(image, rule.name, { name: chosen.tag, digest: chosen.manifest.digest });
  return ended({ chosen, ...(held === undefined ? {} : { held }) });
}

interface Answered {
  readonly gate: keyof ImageGates;
  readonly answer: GateAnswer;
}

/** One after the other, and no further than the first that does not let pass. */
async function askAll(gates: readonly ImageGate[], question: GateQuestion): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (const gate of gates.filter(({ name }) => question.gates[name] !== undefined)) {
    const answer = await ask(gate, question);
    answers.push({ gate: gate.name, answer });
    if (answer.verdict !== 'pass') {
      break;
    }
  }
  return answers;
}

async function ask(gate: ImageGate, question: GateQuestion): Promise<GateAnswer> {
  try {
    return await gate.ask(question);
  } catch (error) {
    if (!(error instanceof ReflexError)) {
      throw error;
    }
    // What it would have said counts neither way, and there is no deadline for a service that is down.
    const until = nextLookAt(question);
    return { verdict: 'wait', reason: 'unreachable', detail: printable(error.message), found: [], until };
  }
}

function recordOf(rule: string, { tag, digest }: GateQuestion, gate: keyof ImageGates, answer: GateAnswer): GateRecord {
  const { verdict, reason, detail, found } = answer;
  return { rule, tag, digest, gate, verdict, reason, detail, found };
}
