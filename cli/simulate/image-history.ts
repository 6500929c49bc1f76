import * as z from 'zod';

import { selectTag, type Selection, type TagCandidate } from '../../shared/domain/image/policy.ts';
import { Current, Patterns, readPolicy } from '../image-question.ts';
import { describeIssues, withoutNulls } from '../json-question.ts';

interface Push extends TagCandidate {
  /** When it was pushed; absent: the order of the list. */
  readonly at?: string;
}

const Push = z.union([
  z.string().transform((name): Push => ({ name })),
  z.object({
    name: z.string(),
    at: z.string().exactOptional(),
    createdAt: z.string().exactOptional(),
    digest: z.string().exactOptional(),
  }),
]);

/** Pushes of one repository, one after another, and a policy to try on them. */
const History = z.object({
  id: z.union([z.string(), z.number()]),
  policy: z.unknown(),
  allow: Patterns,
  ignore: Patterns,
  current: Current.exactOptional(),
  pushes: z.array(Push).max(20_000),
});

/** What a push would have led to. */
interface HistoryStep {
  readonly push: string;
  readonly at?: string;
  readonly outcome: Selection['outcome'];
  readonly tag?: string;
  readonly digest?: string;
  readonly warnings?: readonly string[];
}

/** How a history ends under a policy; `steps` are the pushes that changed something or met an invalid policy. */
export interface PlayedHistory {
  readonly id: string | number;
  readonly decision: Selection['outcome'];
  readonly tag?: string;
  readonly digest?: string;
  readonly changes: number;
  readonly pushes: number;
  readonly steps: readonly HistoryStep[];
  readonly error?: Selection['error'];
}

/** @throws RangeError for a history that is none. */
export function playHistory(raw: unknown): PlayedHistory {
  const history = History.safeParse(withoutNulls(raw));
  if (!history.success) {
    throw new RangeError(describeIssues(history.error));
  }
  const { id, pushes } = history.data;
  const read = readPolicy(history.data);
  if ('problem' in read) {
    const error = { code: 'REFLEX_INVALID_POLICY', message: read.problem };
    return { id, decision: 'invalid-policy', changes: 0, pushes: pushes.length, steps: [], error };
  }
  const known = new Map<string, TagCandidate>();
  const steps: HistoryStep[] = [];
  let current = history.data.current ?? {};
  let last: Selection | undefined;
  for (const { at, ...push } of inOrder(pushes)) {
    // A tag that was pushed again is what it is now; without a time of its own it was built when it was pushed.
    const createdAt = push.createdAt ?? at;
    known.set(push.name, { ...push, ...(createdAt === undefined ? {} : { createdAt }) });
    last = selectTag(read.policy, [...known.values()], { current });
    const { outcome, tag, digest, warnings } = last;
    if (outcome === 'chosen' && tag !== undefined && (tag !== current.tag || digest !== current.digest)) {
      current = { tag, ...(digest === undefined ? {} : { digest }) };
      steps.push({
        ...{ push: push.name, outcome, ...current },
        ...(at === undefined ? {} : { at }),
        ...(warnings.length === 0 ? {} : { warnings }),
      });
    }
  }
  return {
    ...{ id, decision: last?.outcome ?? 'none', ...current },
    ...{ changes: steps.length, pushes: pushes.length, steps },
    ...(last?.error === undefined ? {} : { error: last.error }),
  };
}

function inOrder(pushes: readonly Push[]): readonly Push[] {
  const times = pushes.map(({ at }) => (at === undefined ? Number.NaN : Date.parse(at)));
  // Only where every push says when: half of an order is none.
  return times.some(Number.isNaN) ? pushes : pushes.toSorted((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? ''));
}
