import type { Fleet } from '../shared/fleet/model.ts';
import { alertSource } from '../shared/pipeline/edges/alert-source.ts';
import { reportsOf } from '../shared/pipeline/edges/scope.ts';
import { checkSender } from '../shared/signals/senders.ts';
import type { Signal } from '../shared/signals/signal.ts';

/** What an alert says of regions. */
export interface ExplainedVote {
  readonly says: 'bad' | 'good';
  /** Which source it is: rules that watch the same from the same place are one. */
  readonly sees: string;
  /** True if it is seen from outside of every region. */
  readonly isOutside: boolean;
  /** Why it counts for nobody in this fleet. */
  readonly refused?: string;
  /** By edge: what the alert calls the origins or regions that it is about. */
  readonly edges?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The vote that an alert is; undefined for other signals. Pure.
 * @param fleet - absent: nothing is said of edges.
 */
export function voteOf(signal: Signal, fleet: Fleet | undefined): ExplainedVote | undefined {
  if (signal.family !== 'alert') {
    return undefined;
  }
  const vote = { says: signal.data.state === 'over' ? 'good' : 'bad', ...alertSource(signal) } as const;
  if (fleet === undefined) {
    return vote;
  }
  const sender = checkSender(signal, fleet);
  if (!sender.counts) {
    return { ...vote, refused: `${sender.code}: ${sender.reason}` };
  }
  const reports = reportsOf(signal, fleet).flatMap(({ edge, report }) =>
    report.kind === 'alert' ? [[edge.name, report.regions] as const] : [],
  );
  return { ...vote, edges: Object.fromEntries(reports) };
}

/** A vote as one line. Pure. */
export function voteInWords({ says, sees, isOutside, refused, edges = {} }: ExplainedVote): string {
  const about = Object.entries(edges).map(([edge, names]) => `${edge}: ${names.join(', ') || 'no origin is named'}`);
  const words = [`${says}, seen by ${sees} from ${isOutside ? 'outside' : 'within'}`, ...about];
  return `${words.join('; ')}${refused === undefined ? '' : `; counts for nobody: ${refused}`}`;
}
