import * as z from 'zod';

const ObjectId = z.string().meta({ description: 'object id of a person' });
const Wanter = z.union([z.object({ reaction: z.string() }), z.object({ person: ObjectId })]);

export const IntentView = z.looseObject({
  key: z.string(),
  partition: z.string(),
  subject: z.string(),
  by: Wanter.meta({ description: 'who wants it' }),
  cause: z.string().meta({ description: 'what makes this occasion one' }),
  kind: z.string(),
  value: z.looseObject({}).meta({ description: 'what is wanted, by its kind' }),
  state: z.enum(['open', 'blocked', 'failed', 'leaving', 'closed']),
  mode: z.enum(['observe', 'propose', 'enforce']),
  reason: z.string(),
  note: z.string().optional().meta({ description: 'what keeps it back, or what came of it' }),
  releasedBy: ObjectId.optional().meta({ description: 'object id of the person who asked for its end' }),
  releaseReason: z.string().optional().meta({ description: 'why, in their words' }),
  openedAt: z.string().meta({ format: 'date-time' }),
});

/** An intent that a plan serves or brings back, as it is now. */
export const PlanIntent = IntentView.extend({
  isReturned: z
    .literal(true)
    .optional()
    .meta({ description: 'present: it was let go, and the plan takes back what it had changed' }),
  isReplaced: z
    .literal(true)
    .optional()
    .meta({ description: 'present: something else is wanted by now than the plan was made for' }),
});
