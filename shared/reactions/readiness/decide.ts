import { canonicalJson } from '../../domain/json.ts';
import { regionLosses } from '../../domain/traffic/loss.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { PinWish } from '../../domain/traffic/wishes.ts';
import { dataTier } from './data-tier.ts';
import { finding, ok, type Finding } from './finding.ts';
import { grownCapacity, scaleUp } from './growing.ts';
import { roles } from './roles.ts';
import { affinity, probes, routes, twin, weights } from './routing.ts';
import type { Check, CheckName, ReadinessFacts, SeenEdge } from './schema.ts';
import { suspects, votes, wayBack } from './speaking.ts';

const DAY_MS = 86_400_000;
/** A pin or a person's drain that nobody has lifted after that time is more often forgotten than meant. */
const LONG_HOLD_MS = 7 * DAY_MS;
/** A machine's intent whose facts are older has lost its reaction, or waits for a person. */
const STALE_MS = DAY_MS;
const DRILL_MS = 90 * DAY_MS;

/**
 * What a failover of an edge would need, one answer for each check, always all of them and in the same order. Pure; it
 * never throws. What could not be read is never `ok`.
 */
export function checkReadiness(facts: ReadinessFacts): readonly Check[] {
  return Object.entries(CHECKS).map(([check, find]) => ({ check: check as CheckName, ...find(facts) }));
}

const CHECKS: Readonly<Record<CheckName, (facts: ReadinessFacts) => Finding>> = {
  'control-plane': controlPlane,
  origins: onSeen(origins),
  'region-loss': onSeen(regionLoss),
  'scale-up': ({ growth }) => scaleUp(growth),
  weights: onSeen(weights),
  probes,
  affinity: onSeen(affinity),
  routes,
  twin: onSeen(twin),
  drift: onSeen(drift),
  'long-holds': longHolds,
  'stale-intents': staleIntents,
  switches,
  drill,
  votes,
  suspects,
  'way-back': onSeen(wayBack),
  readings: onSeen(readings),
  'data-tier': onSeen(dataTier),
  roles,
  permission,
};

/** A check that needs the control plane cannot be answered without it. */
function onSeen(find: (seen: SeenEdge, facts: ReadinessFacts) => Finding): (facts: ReadinessFacts) => Finding {
  return (facts) =>
    typeof facts.seen === 'string'
      ? finding('fail', 'not known: the edge cannot be read', 'See control-plane.')
      : find(facts.seen, facts);
}

function controlPlane({ seen }: ReadinessFacts): Finding {
  if (typeof seen === 'string') {
    return finding('fail', seen, 'Check the edge in the fleet file, the identity and its roles, and Azure status.');
  }
  if (seen.isBlind === true) {
    return finding('fail', 'the control plane does not answer', 'Look at Azure status; gates alone can be moved now.');
  }
  return seen.missing.length === 0
    ? ok('the edge can be read')
    : finding('fail', `not in Azure: ${seen.missing.join(', ')}`, 'Correct the origins of the edge in the fleet file.');
}

function origins(seen: SeenEdge, facts: ReadinessFacts): Finding {
  const { origins: all } = seen;
  const able = all.filter((origin) => isServing(origin) && origin.healthy === true);
  return able.length >= 2
    ? ok(`${able.length} of ${all.length} are enabled and healthy`)
    : whileOut(
        finding(
          'fail',
          `${able.length} of ${all.length} are enabled and known to be healthy`,
          'Enable or repair origins until there are two: with one there is nowhere to go.',
        ),
        { seen, facts },
      );
}

/** What an edge lacks because we have taken an origin out is known to whoever wanted that: nobody is called for it. */
function whileOut(
  lack: Finding,
  { seen, facts }: { readonly seen: SeenEdge; readonly facts: ReadinessFacts },
): Finding {
  const wanted = new Set(
    facts.intents
      .filter(({ kind, value }) => kind === 'out' || (kind === 'pin' && value['pinned'] === 'out'))
      .map(({ subject }) => subject),
  );
  const out = seen.origins.filter((origin) => !isServing(origin) && wanted.has(origin.id)).map(({ name }) => name);
  return out.length === 0 ? lack : finding('warn', `${lack.detail}, while ${out.join(', ')} is out`, lack.whatToDo);
}

function regionLoss(seen: SeenEdge, facts: ReadinessFacts): Finding {
  const { origins: all, measured } = seen;
  const { policy, growth } = facts;
  if (measured === undefined) {
    return finding('fail', 'not known: nothing is measured', 'See readings.');
  }
  const question = { safety: policy.safety, ...measured };
  const grown = regionLosses(all, { ...question, capacity: grownCapacity(measured.capacity, growth) });
  const losses = regionLosses(all, question).map((loss) => {
    const isCarried = grown.some(({ region, outcome }) => region === loss.region && !NOT_CARRIED.includes(outcome));
    return NOT_CARRIED.includes(loss.outcome) && isCarried ? { ...loss, outcome: 'grows' as const } : loss;
  });
  const told = (outcome: string): string =>
    losses
      .filter((loss) => loss.outcome === outcome)
      .map(({ region, reason }) => `${region} (${reason ?? ''})`)
      .join(', ');
  const [broken, partial, grows, standby] = [told('breaks'), told('partial'), told('grows'), told('standby')];
  if (broken !== '') {
    return whileOut(
      finding(
        'fail',
        `cannot be lost: ${broken}`,
        'Add nodes in the other regions or declare their capacity, or relax the rule that is named.',
      ),
      { seen, facts },
    );
  }
  if (partial !== '') {
    return finding('warn', `only part of the traffic could move: ${partial}`, 'Add nodes in the other regions.');
  }
  if (grows !== '') {
    const wait = 'Nothing, if those minutes are not too many; else keep more nodes in the other regions.';
    return finding('warn', `can be lost only after nodes have been started elsewhere: ${grows}`, wait);
  }
  return ok(standby === '' ? 'the others carry each region' : `origins that stand by are needed for ${standby}`);
}

/** What would not be moved, or not all of it. */
const NOT_CARRIED: readonly string[] = ['breaks', 'partial'];

function drift({ origins: all, isTerminal }: SeenEdge, { fields }: ReadinessFacts): Finding {
  if (!isTerminal) {
    return finding('warn', 'not known: a write is under way', 'Look again when it has ended.');
  }
  const differs = fields.flatMap(({ subject, group, written }) => {
    const origin = all.find(({ id }) => id === subject);
    const live = origin === undefined ? undefined : valueOf(origin, group);
    return origin === undefined || live === undefined || live === canonicalJson(written)
      ? []
      : [`${origin.name} ${group}: ${live}, written ${canonicalJson(written)}`];
  });
  // Nobody but us, or a person with our key, shuts a gate: rows that were restored may know nothing of it.
  const shut = all.flatMap(({ id, name, isShut }) =>
    isShut === true && !fields.some(({ subject, group }) => subject === id && group === 'gate')
      ? [`${name} gate: shut, and nobody wants that`]
      : [],
  );
  const told = [...differs, ...shut];
  return told.length === 0
    ? ok('what we wrote still stands')
    : finding('warn', told.join('; '), 'Find out who changed it; release the intent or set the value back.');
}

function valueOf({ enabled, weight, isShut = false }: Origin, group: string): string | undefined {
  switch (group) {
    case 'enabled':
      return canonicalJson({ enabled });
    case 'gate':
      return canonicalJson({ isShut });
    case 'weight':
      return Number.isFinite(weight) ? canonicalJson({ weight }) : undefined;
    default:
      return undefined;
  }
}

function longHolds({ intents, now }: ReadinessFacts): Finding {
  const long = intents.filter(({ kind, by, openedAt, value }) => {
    const { until } = value as unknown as Partial<PinWish>;
    const isOver = until !== undefined && Date.parse(until) <= now;
    const isHold = kind === 'pin' || kind === 'hold' || ('person' in by && kind === 'out');
    return isHold && !isOver && now - Date.parse(openedAt) > LONG_HOLD_MS;
  });
  const told = long.map(({ kind, subject, openedAt }) => `${kind} of ${nameOf(subject)} for ${age(openedAt, now)}`);
  return long.length === 0
    ? ok('none is older than 7 days')
    : finding('warn', told.join('; '), 'Ask whoever made them whether they are still meant.');
}

function staleIntents({ intents, now }: ReadinessFacts): Finding {
  const stale = intents.filter(({ by, asOf }) => 'reaction' in by && !(now - Date.parse(asOf) <= STALE_MS));
  const told = stale.map(({ subject, asOf, state }) => `${nameOf(subject)}: ${state}, facts of ${age(asOf, now)} ago`);
  return stale.length === 0
    ? ok('none')
    : finding('fail', told.join('; '), 'See whether the region is still bad, then release or repair.');
}

function nameOf(subject: string): string {
  return subject.split('/').at(-1) ?? subject;
}

function age(at: string, now: number): string {
  return spellDays(now - Date.parse(at));
}

function spellDays(ms: number): string {
  return Number.isFinite(ms) ? `${Math.max(0, Math.floor(ms / DAY_MS))} days` : 'an unknown time';
}

function switches({ isStopped, switches: said }: ReadinessFacts): Finding {
  if (isStopped) {
    return finding('fail', 'the kill switch is on', 'Turn it off when whoever set it agrees.');
  }
  if (said.automation === 'off') {
    return finding('fail', 'automation is off', 'Turn it on again.');
  }
  return said.firing.length === 0
    ? ok('nothing stands in the way')
    : finding('warn', `blocking alarms: ${said.firing.join(', ')}`, 'Planned moves wait until they are over.');
}

function drill({ lastDrillAt, now }: ReadinessFacts): Finding {
  const what = 'Plan a drill for a quiet hour.';
  if (lastDrillAt === undefined) {
    return finding('warn', 'no drill has ever been done', what);
  }
  return now - lastDrillAt <= DRILL_MS
    ? ok(`the last one was ${spellDays(now - lastDrillAt)} ago`)
    : finding('warn', `the last one was ${spellDays(now - lastDrillAt)} ago`, what);
}

function readings({ measured, origins: all }: SeenEdge): Finding {
  if (measured === undefined) {
    return finding('fail', 'nothing is measured', 'Without measurements nothing is moved: check Azure Monitor access.');
  }
  const blank = all.filter(({ name, healthy }) => healthy === undefined || !measured.capacity.has(name));
  return blank.length === 0
    ? ok('health and capacity of every origin are known')
    : finding(
        'warn',
        `health or capacity not known: ${blank.map(({ name }) => name).join(', ')}`,
        'Declare capacity.perNode of their clusters, and see that they are probed.',
      );
}

function permission({ lastWriteAt, deniedAt, now }: ReadinessFacts): Finding {
  if (deniedAt !== undefined && !(lastWriteAt !== undefined && lastWriteAt > deniedAt)) {
    return finding(
      'fail',
      `a write was refused (403) ${spellDays(now - deniedAt)} ago, and none was made since`,
      'See roles; where those are ok, look for a deny assignment or a lock.',
    );
  }
  return lastWriteAt === undefined
    ? finding('warn', 'nothing was ever written', 'A drill proves that the identity may write.')
    : ok(`the last write was ${spellDays(now - lastWriteAt)} ago`);
}
