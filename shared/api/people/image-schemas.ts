import * as z from 'zod';

/** The fleet's image rules. */
export const ImageList = z.object({
  images: z.array(
    z.object({
      name: z.string(),
      image: z.string(),
      policy: z.string(),
      mode: z.enum(['observe', 'propose', 'enforce']),
      stages: z.array(z.string()),
    }),
  ),
});

export const ImageQuery = z.object({
  repository: z.string().max(255).optional().meta({ description: 'one of those that the pattern of the rule names' }),
});

const Considered = z.object({
  tag: z.string(),
  verdict: z.enum(['chosen', 'passed-over', 'not-a-candidate']),
  reason: z.string(),
});

/** What a rule would choose now, for each stage that takes pushes. */
export const ImageView = z.object({
  rule: z.string(),
  image: z.string(),
  policy: z.string(),
  asOf: z.string(),
  choices: z.array(
    z.object({
      stage: z.string(),
      tag: z.string().optional(),
      digest: z.string().optional(),
      standing: z
        .array(z.object({ tag: z.string().optional(), digest: z.string().optional() }))
        .meta({ description: 'what Git shows, where the policy starts from it; empty for other policies' }),
      warnings: z.array(z.string()),
      considered: z.array(Considered),
      more: z.int().meta({ description: 'tags that `considered` leaves out' }),
    }),
  ),
  held: z.array(z.object({ reason: z.string(), detail: z.string().optional() })),
});

/** Why a signal ended as it did. */
export const Decision = z.looseObject({
  signal: z.string(),
  type: z.string(),
  at: z.string(),
  via: z.string(),
  outcome: z.object({ outcome: z.enum(['acted', 'held', 'unchanged']), reason: z.string() }),
  changes: z
    .array(z.looseObject({ plan: z.string() }))
    .optional()
    .meta({ description: 'the files and lines that it has led to, by plan: `edits` with path, line, from and to' }),
  explained: z.looseObject({}).meta({
    description:
      'event, facts, choices with policy and every candidate (bounded), guards, intents with their commit, timings',
  }),
});
