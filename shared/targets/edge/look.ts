import { settlesMs } from '../../domain/traffic/effect.ts';
import type { Look, Situation } from '../../reconcile/target-kind.ts';
import { lookAtEdge } from './next.ts';
import type { EdgeChange } from './steps.ts';
import type { ObservedEdge } from './observe.ts';
import { NOT_IN_FLEET, REMOVED, setAside } from './removal/removal.ts';

/** Until the next look writes down what has left the fleet while this one was under way. */
const NOTED_MS = 1_000;

/**
 * What comes next for an edge that the fleet names, or has named and that is followed: what is wanted of its removed
 * parts is set aside, but for their way back. Pure.
 */
export function lookAtKnown(observed: ObservedEdge, everything: Situation): Look<EdgeChange> {
  if (observed.edge.removed?.isNoted === false) {
    return { verdicts: [], steps: [], wait: { ms: NOTED_MS, reason: NOT_IN_FLEET } };
  }
  const { situation, verdicts } = setAside(observed.edge, everything);
  const look = lookAtEdge(observed, situation);
  // People were called when it left: what keeps its way back is told with it.
  const told = look.verdicts.map((verdict) =>
    verdict.intent.kind === REMOVED ? { ...verdict, page: false } : verdict,
  );
  const { policy, removed } = observed.edge;
  // Nobody measures what has left the fleet.
  const settles = removed?.isWhole === true ? {} : { settlesMs: settlesMs(policy.bake) };
  return { ...look, verdicts: [...told, ...verdicts], ...settles };
}
