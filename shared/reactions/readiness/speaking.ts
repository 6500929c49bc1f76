import { regionOf, wellNames } from '../../domain/traffic/evidence.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import { EDGE_SOURCES } from '../../domain/traffic/probe-votes.ts';
import { ALERT_SOURCE, type Vote } from '../../domain/traffic/votes.ts';
import { finding, ok, type Finding } from './finding.ts';
import type { ReadinessFacts, SeenEdge } from './schema.ts';

/** Whoever is called bad for so long, by too few to be taken out, is people's matter. */
const LONG_SUSPECT_MS = 15 * 60_000;

/** Who speaks of a region now, well or ill. An alert rule speaks while it fires; rules that see the same are one. */
export function votes(facts: ReadinessFacts): Finding {
  const { quorum, needsOutside } = facts.policy.evidence;
  const names = namesOf(facts);
  const spoken = names.map((name) => {
    const current = currentVotes(name, facts).filter((vote) => vote.isBad || !isAlert(vote));
    const sources = [...new Set(current.map(({ source, sees = source }) => sees))].toSorted();
    return { name, sources, hasOutside: current.some(({ isOutside }) => isOutside) };
  });
  const few = spoken.filter(({ sources }) => sources.length < quorum);
  const inside = spoken.filter(({ hasOutside }) => !hasOutside);
  if (few.length > 0 || names.length === 0) {
    const told = few.map(
      ({ name, sources }) => `${name} ${sources.length}/${quorum} (${sources.join(', ') || 'nobody'})`,
    );
    return finding(
      quorum > 1 ? 'fail' : 'warn',
      told.length === 0 ? 'nobody speaks' : `too few speak: ${told.join(', ')}`,
      'Name more sources (`evidence`, `signals.errorRateMax`) or lower `signals.quorum`; alert rules speak only when they fire.',
    );
  }
  return needsOutside && inside.length > 0
    ? finding(
        'fail',
        `nobody speaks from outside of ${inside.map(({ name }) => name).join(', ')}`,
        'Add a source that measures from another region.',
      )
    : ok(`at least ${quorum} speak of every region`);
}

/** Regions that some call bad and too few to take them out: nothing is done about them, and nobody hears of it else. */
export function suspects(facts: ReadinessFacts): Finding {
  const { evidence, policy, now } = facts;
  const told = namesOf(facts).flatMap((name) => {
    const { suspectSince = now } = regionOf(evidence, name).health;
    const bad = currentVotes(name, facts).filter(({ isBad }) => isBad);
    const sources = [...new Set(bad.map(({ source }) => source))].toSorted().join(', ');
    const minutes = Math.floor((now - suspectSince) / 60_000);
    return now - suspectSince < LONG_SUSPECT_MS || bad.length === 0
      ? []
      : [`${name} for ${minutes} minutes by ${sources} (${policy.evidence.quorum} must agree)`];
  });
  return told.length === 0
    ? ok('nobody is called bad by too few')
    : finding(
        'fail',
        `called bad: ${told.join('; ')}`,
        'Look; `reflex failover` needs no quorum. Where this source is right alone, lower `signals.quorum`.',
      );
}

/**
 * Who could tell that a region is well again while it is out: an edge does not probe what it sends nothing to. Its last
 * probes speak for what was well then.
 */
export function wayBack({ origins }: SeenEdge, facts: ReadinessFacts): Finding {
  const { intents, evidence } = facts;
  const silent = origins.filter(({ name }) => {
    const { outSince = -Infinity } = regionOf(evidence, name).health;
    // The end of an alert that was over before says nothing of this time.
    const speaking = currentVotes(name, facts).filter((vote) => vote.isBad || !isAlert(vote) || vote.at >= outSince);
    return speaking.every(({ source }) => EDGE_SOURCES.some((one) => one === source));
  });
  const well = wellNames(evidence);
  const stuck = silent.filter(
    (origin) =>
      !isServing(origin) &&
      !well.has(origin.name) &&
      intents.some(({ kind, subject }) => kind === 'out' && subject === origin.id),
  );
  if (stuck.length > 0) {
    return finding(
      'fail',
      `out, and nobody can say that it is well: ${stuck.map(({ name }) => name).join(', ')}`,
      'Look yourself, then `reflex failback EDGE ORIGIN --well --reason ...`; and name a source beside the edge.',
    );
  }
  return silent.length === 0
    ? ok('somebody beside the edge speaks of every region')
    : finding(
        'warn',
        `only the edge itself speaks of ${silent.map(({ name }) => name).join(', ')}, and not while it is out`,
        'Name a source beside the edge (`evidence`, an alert that resolves), or a region that was sick comes back by people alone.',
      );
}

function namesOf({ seen, evidence }: ReadinessFacts): readonly string[] {
  return typeof seen === 'string' ? Object.keys(evidence.regions) : seen.origins.map(({ name }) => name);
}

function isAlert({ source }: Vote): boolean {
  return source.startsWith(ALERT_SOURCE);
}

function currentVotes(name: string, { evidence, now }: ReadinessFacts): readonly Vote[] {
  return regionOf(evidence, name).votes.filter(({ expires, at }) => expires > now && at <= now);
}
