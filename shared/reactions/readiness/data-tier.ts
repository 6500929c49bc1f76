import { dataFor, type DataTierReading } from '../../domain/traffic/data-tier.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import { finding, ok, type Finding } from './finding.ts';
import type { ReadinessFacts, SeenEdge } from './schema.ts';

type Wanted = ReadinessFacts['policy']['data'];

const ASK = 'See why the query of `data.evidence` has no such row; the identity needs Log Analytics Reader there.';
const MEND = 'Mend the replication; in an emergency `--override replication-lag` loses what has not arrived.';

/** Whether the data would let a region be drained now, where the edge's owner wants it to be asked. Pure. */
export function dataTier({ origins, measured }: SeenEdge, { policy: { data } }: ReadinessFacts): Finding {
  if (data.rpoMs === undefined && !data.dataFirst) {
    return ok('no drain waits for the data');
  }
  if (measured === undefined) {
    return finding('fail', 'not known: nothing is measured', 'See readings.');
  }
  const found = origins.filter(isServing).map(({ name }) => ({ name, ...judge(dataFor(name, measured), data) }));
  const failing = found.filter(({ status }) => status !== 'ok');
  const [first] = failing;
  const told = (some: readonly { readonly name: string; readonly detail: string }[]): string =>
    [...Map.groupBy(some, ({ detail }) => detail)]
      .map(([detail, all]) => `${all.map(({ name }) => name).join(', ')}: ${detail}`)
      .join('; ');
  return first === undefined ? ok(told(found)) : finding('fail', told(failing), first.whatToDo);
}

function judge({ replicationLagMs, promotion }: DataTierReading, { rpoMs, dataFirst }: Wanted): Finding {
  if (dataFirst && promotion === undefined) {
    return finding('fail', 'nobody knows whether the data has moved, and a drain waits for it', ASK);
  }
  if (dataFirst && promotion === 'failed') {
    return finding('fail', 'the data could not be moved, and a drain waits for it', 'Mend the data tier.');
  }
  if (rpoMs === undefined || (dataFirst && promotion === 'done' && replicationLagMs === undefined)) {
    return ok(promotion === 'done' ? 'the data has moved' : 'a drain waits until the data has moved');
  }
  if (replicationLagMs === undefined) {
    return finding('fail', 'nobody knows how far the replica is behind, and a drain waits for it', ASK);
  }
  const told = `the replica is ${seconds(replicationLagMs)} behind`;
  return replicationLagMs > rpoMs ? finding('fail', `${told}, more than ${seconds(rpoMs)}`, MEND) : ok(told);
}

function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}
