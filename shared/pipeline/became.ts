import * as z from 'zod';

import { digestOf } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { RowStore } from '../ports/row-store.ts';
import { TargetRows } from '../reconcile/target-rows.ts';
import type { Outcome } from '../records/ledger.ts';
import { endOf } from './outcome.ts';
import { branchTarget } from './images/targets.ts';

/** How something ended that was still on its way when its decision was written down. */
export interface Became {
  readonly subject: string;
  readonly outcome: Outcome['outcome'] | 'superseded';
  readonly reason: string;
  readonly evidence?: JsonObject;
}

const Request = z.looseObject({
  subject: z.string(),
  by: z.union([z.strictObject({ reaction: z.string() }), z.strictObject({ person: z.string() })]),
  cause: z.string(),
  value: z.record(z.string(), z.unknown()),
});
const Repository = z.looseObject({
  owner: z.string(),
  repo: z.string(),
  branch: z.string(),
  apiUrl: z.string().exactOptional(),
});
const Pending = z.looseObject({
  outcome: z.looseObject({ reason: z.literal('in-progress') }),
  explained: z.looseObject({ requests: z.array(z.looseObject({ gitops: Repository, request: Request })).max(1_000) }),
});

/**
 * What has become since of a decision that was written down while its commit was still being gathered. A push does not
 * wait for the commit that takes it along, so its record is read together with its intents as they are now.
 *
 * @param record - the stored decision record.
 * @returns undefined where nothing was pending.
 */
export async function becameOf(record: unknown, rows: RowStore): Promise<readonly Became[] | undefined> {
  const pending = Pending.safeParse(record).data;
  if (pending === undefined) {
    return undefined;
  }
  const ends: Became[] = [];
  for (const { gitops, request } of pending.explained.requests) {
    const target = branchTarget({ name: '', ...gitops });
    const stored = (await new TargetRows(rows).load(target)).intents.get(intentKey(request));
    ends.push(...(stored === undefined ? [] : [endSince(request.value as JsonObject, stored)]));
  }
  return ends;
}

/** Pure. */
function endSince(value: JsonObject, stored: Intent): Became {
  const { subject, signals } = stored;
  return digestOf(value) === digestOf(stored.value)
    ? { subject, ...endOf(stored) }
    : { subject, outcome: 'superseded', reason: `a later push asks for another: ${signals.join(', ')}` };
}
