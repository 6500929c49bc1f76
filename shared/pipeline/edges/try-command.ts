import type { GivenCommand } from '../../commands/edge-command.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { lookAhead, type Ahead } from '../../reconcile/look-ahead.ts';
import type { Plan } from '../../reconcile/plan.ts';
import type { TargetRows } from '../../reconcile/target-rows.ts';
import { edgeTarget } from '../../targets/edge/index.ts';
import { byReason, type Word } from './answer.ts';
import { decideCommand } from './decide-command.ts';
import { troubleOf, type EdgeTools } from './look.ts';

/** What the command would lead to. Nothing is opened, released or called for: only the preview is kept. */
export async function tryCommand(
  edge: FleetEdge,
  given: GivenCommand,
  { rows, tools }: { readonly rows: TargetRows; readonly tools: EdgeTools },
): Promise<{ readonly word: Word; readonly preview?: Plan }> {
  const state = await rows.load(edgeTarget(edge));
  const { decision, asked } = await decideCommand(
    edge,
    { ...given, asked: { ...given.asked, dryRun: false } },
    state,
    tools,
  );
  if (decision.refusal !== undefined) {
    return { word: decision.refusal };
  }
  try {
    const ahead = await lookAhead(edgeTarget(edge), tools.edges, tools, { state, changed: asked });
    return { word: wordAhead(asked, ahead), ...(ahead.plan === undefined ? {} : { preview: ahead.plan }) };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) {
      throw error;
    }
    return { word: byReason(trouble.reason) };
  }
}

/** The answer by what a look ahead has found out. Pure. */
function wordAhead(asked: readonly Intent[], { verdicts, plan }: Ahead): Word {
  const keys = asked.map(intentKey);
  const ours = verdicts.filter(({ intent }) => keys.includes(intentKey(intent)));
  const kept = ours.find(({ outcome }) => outcome === 'blocked' || outcome === 'shadowed');
  if (kept !== undefined) {
    return byReason(kept.reason ?? '');
  }
  return plan === undefined ? { decision: 'noop', reason: 'verified' } : { decision: 'plan', reason: 'observe' };
}
