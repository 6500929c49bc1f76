import type { Answer } from '../reflex.ts';
import { problem } from '../api/problem.ts';
import { planKey } from '../reconcile/plan.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { ActorDependencies } from './actor.ts';
import { becameOf } from './became.ts';
import { changesOf } from './images/record-changes.ts';
import { branchTarget } from './images/targets.ts';

const PLAN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIGNAL_DIGEST = /^[0-9a-f]{64}$/;

/** Finds a plan by its id or a decision record by the digest in its name; both are JSON. */
export async function readRecord(id: string, { rows, blobs, fleet }: ActorDependencies): Promise<Answer> {
  if (SIGNAL_DIGEST.test(id)) {
    const blob = await blobs.get(`decisions/${id}.json`);
    return blob === undefined ? notFound(id) : json(200, await withEnds(new TextDecoder().decode(blob.bytes), rows));
  }
  if (PLAN_ID.test(id)) {
    for (const repository of (await fleet()).repositories) {
      const row = await rows.get(branchTarget(repository).key, planKey(id));
      if (row !== undefined) {
        return json(200, `${JSON.stringify(row.value, null, 2)}\n`);
      }
    }
  }
  return notFound(id);
}

/**
 * A decision with the files and lines that it has led to and, where it was on its way when it was written down, with what
 * has become of it since.
 */
async function withEnds(text: string, rows: RowStore): Promise<string> {
  const record = JSON.parse(text) as object;
  const became = await becameOf(record, rows);
  const changes = await changesOf(record, became ?? [], rows);
  const more = { ...(became === undefined ? {} : { became }), ...(changes.length === 0 ? {} : { changes }) };
  return Object.keys(more).length === 0 ? text : `${JSON.stringify({ ...record, ...more }, null, 2)}\n`;
}

function json(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

function notFound(id: string): Answer {
  return problem(
    404,
    'REFLEX_NOT_FOUND',
    `There is no plan and no decision record ${id.slice(0, 100)}. A commit's Reflex-Record trailer ends with the id of one.`,
  );
}
