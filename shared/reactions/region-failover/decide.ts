import { pruned, regionOf, withRegion } from '../../domain/traffic/evidence.ts';
import { judgeRegion } from '../../domain/traffic/judge.ts';
import { isSlowedAlready, type Decision, type FailoverFacts } from './facts.ts';
import type { Report } from './schema.ts';
import { settle } from './settle.ts';
import { takeReport } from './take.ts';
import { verdictOn, type Judged, type Reported } from './verdicts.ts';

/**
 * Takes one report about an edge's regions. Pure: the same report on the same facts gives the same decision, and a
 * report that has been taken already changes nothing.
 */
export function decideFailover(report: Report, facts: FailoverFacts): Decision {
  const before = { ...facts, evidence: pruned(facts.evidence, facts.now) };
  const taken = takeReport(report, before);
  if (taken.verdict !== undefined) {
    return { evidence: taken.evidence, verdicts: [taken.verdict] };
  }
  return judgeAll({ ...before, evidence: taken.evidence }, { about: taken.about, kind: report.kind });
}

function judgeAll(facts: FailoverFacts, { about, kind }: Reported): Decision {
  const { policy, now } = facts;
  const judged = facts.origins.map(({ name }): Judged => {
    const region = regionOf(facts.evidence, name);
    return { name, look: judgeRegion(region, policy.evidence, now), was: region.health.status };
  });
  const evidence = judged.reduce(
    (all, { name, look }) => withRegion(all, name, { ...regionOf(all, name), health: look.health }),
    facts.evidence,
  );
  const bad = judged.filter(
    ({ look, name }) =>
      look.health.status === 'bad' &&
      look.reason === 'bad' &&
      !facts.heldOut.includes(name) &&
      !isSlowedAlready(name, look, facts),
  );
  const settled = settle(
    evidence,
    bad.map(({ name }) => name),
    facts,
  );
  const verdicts = judged
    .filter(({ name }) => about.includes(name) || settled.isOver)
    .flatMap((one) => verdictOn(one, settled, { ...facts, kind }));
  const looks = judged.flatMap(({ look }) => look.lookInMs ?? []);
  const lookInMs = Math.min(...looks, settled.leftMs ?? Infinity);
  const turned = verdicts.filter(({ decision }) => decision === 'undo').flatMap(({ origins }) => origins);
  const steered = { ...settled.evidence.steered, ...Object.fromEntries(turned.map((name) => [name, now])) };
  const after = turned.length === 0 ? settled.evidence : { ...settled.evidence, steered };
  return { evidence: after, verdicts, ...(Number.isFinite(lookInMs) ? { lookInMs } : {}) };
}
