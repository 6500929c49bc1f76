import * as z from 'zod';

const At = z.string().meta({ format: 'date-time' });

export const PAGE_STATES = ['due', 'taken', 'acknowledged', 'resolved'] as const;

export const PageView = z.object({
  id: z.string().meta({ description: 'names it in this API; the pagers know it by its key' }),
  key: z.string(),
  state: z
    .enum(PAGE_STATES)
    .meta({ description: 'due: nobody was told; taken: a pager was; acknowledged: a person has seen it; resolved' }),
  severity: z.enum(['critical', 'warning', 'info']),
  title: z.string(),
  target: z.string(),
  detail: z.string(),
  whatToDo: z.string(),
  at: z.string().meta({ description: 'when it was seen, ISO 8601; empty if that is not known' }),
  raisedAt: At,
  resolvedAt: At.optional(),
  acknowledged: z.object({ by: z.string().meta({ description: 'object id' }), at: At }).optional(),
  pagers: z
    .array(z.object({ name: z.string(), owes: z.enum(['page', 'resolve', 'nothing']), failures: z.number() }))
    .meta({
      description: 'who is told of it, what they are still to be told, and how often in a row they took it not',
    }),
});
export const PageList = z.object({
  pages: z.array(PageView),
  next: z.string().optional().meta({ description: 'the rest: hand it in as `after`; absent at the end' }),
});

export const PagesQuery = z.object({
  state: z
    .enum(['all', ...PAGE_STATES])
    .exactOptional()
    .meta({ description: 'absent: all but the resolved' }),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  after: z.string().max(500).exactOptional(),
});
