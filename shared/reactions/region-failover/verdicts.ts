import { isSteered } from '../../domain/traffic/evidence.ts';
import type { RegionLook } from '../../domain/traffic/judge.ts';
import { ending, isOf, isSlowedAlready, paged, type FailoverFacts, type Verdict } from './facts.ts';
import type { Report } from './schema.ts';
import type { Settled } from './settle.ts';

/** What a look is about. */
export interface Reported {
  readonly about: readonly string[];
  readonly kind: Report['kind'];
}

/** One region as it was and as it is. */
export interface Judged {
  readonly name: string;
  readonly look: RegionLook;
  readonly was: RegionLook['health']['status'];
}

/** What is to be done about one region. Pure. */
export function verdictOn(
  { name, look, was }: Judged,
  settled: Settled,
  facts: FailoverFacts & Pick<Reported, 'kind'>,
): readonly Verdict[] {
  const { policy, heldOut, slowed = [], kind } = facts;
  const { status } = look.health;
  if (status === 'bad' && look.reason === 'bad') {
    const { unusable } = facts;
    return [
      unusable === undefined
        ? onBad({ name, look }, settled, facts)
        : paged(unusable.decision, unusable.reason, [name]),
    ];
  }
  if (look.isOutvoted && status !== 'bad') {
    return [ending('ignore', 'recovered', [name])];
  }
  if (status === 'suspect') {
    const { bad } = look.count;
    const reason = look.reason === 'quorum' ? `quorum ${bad}/${policy.evidence.quorum}` : look.reason;
    return [ending('hold', reason, [name])];
  }
  const isWanted = [heldOut, slowed, facts.keptIn ?? []].some((names) => names.includes(name));
  if (isWanted || was === 'bad' || was === 'recovering') {
    return onReturn(name, look, { kind, isWanted });
  }
  if (was === 'suspect' && status !== 'unknown') {
    return [ending('ignore', 'did-not-persist', [name])];
  }
  switch (kind) {
    case 'measurement':
      return [ending('hold', `quorum ${look.count.bad}/${policy.evidence.quorum}`, [name])];
    case 'alert':
      return [ending('ignore', 'recovered', [name])];
    case 'tick':
      return [ending('noop', 'verified', [name])];
  }
}

function onBad(
  { name, look }: Pick<Judged, 'name' | 'look'>,
  { bad, isCorrelated }: Settled,
  facts: FailoverFacts,
): Verdict {
  const { heldOut, pinned, moving, origins, measured, policy } = facts;
  const origin = origins.find((one) => one.name === name);
  if (facts.returning?.includes(name) === true) {
    // One write takes it out again; cancelling its plan would let it in.
    return paged('drain', 'receiver-bad', [name]);
  }
  if (heldOut.includes(name)) {
    return ending('drain', 'already-drained', [name]);
  }
  if (isSlowedAlready(name, look, facts)) {
    return ending('noop', 'verified', [name]);
  }
  if (pinned.includes(name)) {
    return { ...ending('ignore', 'pinned', [name]), page: origin?.healthy === false };
  }
  if (isCorrelated) {
    return paged('failstatic', 'correlated-failure', [name]);
  }
  if (!bad.includes(name)) {
    return ending('hold', 'settling', [name]);
  }
  if (facts.ownRegion !== undefined && origin !== undefined && isOf(origin, facts.ownRegion)) {
    return ending('hold', 'own-region', [name]);
  }
  if (moving?.isPlanned === true && !moving.from.includes(name)) {
    return paged('undo', 'receiver-bad', [name]);
  }
  if (isSteered(facts.evidence, name)) {
    return ending('hold', 'steered', [name]);
  }
  const cooling = coolingMs(name, facts);
  const { bypassErrorRate = Infinity } = policy.evidence.cooldown ?? {};
  if (cooling > 0 && (measured[name]?.errorRate ?? 0) < bypassErrorRate && moving === undefined) {
    return paged('hold', 'cooldown', [name]);
  }
  return ending(look.isSlow && policy.evidence.latencyAction === 'halve' ? 'slow' : 'drain', 'bad', [name]);
}

function coolingMs(name: string, { evidence, policy, now }: FailoverFacts): number {
  const { cooldown } = policy.evidence;
  if (cooldown === undefined) {
    return 0;
  }
  const shifts = Object.entries(evidence.shifts).filter(([one]) => cooldown.scope === 'group' || one === name);
  return Math.max(0, ...shifts.map(([, at]) => at + cooldown.ms - now));
}

function onReturn(
  name: string,
  look: RegionLook,
  { kind, isWanted }: Pick<Reported, 'kind'> & { readonly isWanted: boolean },
): readonly Verdict[] {
  if (look.health.status === 'healthy') {
    return [ending(isWanted ? 'release' : 'ignore', 'recovered', [name])];
  }
  if (kind === 'tick' && look.reason === 'no-data') {
    // Nobody has said anything of its return.
    return [ending('noop', 'verified', [name])];
  }
  return [ending('hold', look.reason === 'damped' ? 'damped' : 'recover-hold', [name])];
}
