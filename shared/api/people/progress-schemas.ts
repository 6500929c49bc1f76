import * as z from 'zod';

const Held = z.object({
  tag: z.string().meta({ description: 'empty where it is not known' }),
  digest: z.string(),
  cause: z.string(),
  at: z.string(),
  reason: z.string(),
});

/** One image in one stage. */
export const ImageProgress = z.object({
  image: z.string(),
  stage: z.string(),
  after: z.string().optional(),
  gitops: z.string().meta({ description: 'name of the repository in the fleet file' }),
  tag: z.string().optional(),
  digest: z.string().optional(),
  commit: z.string().optional(),
  isForeign: z.boolean().optional().meta({ description: 'somebody else wrote it' }),
  unsettled: z.string().optional().meta({ description: 'why no version can be told' }),
  verdict: z.enum(['unknown', 'pending', 'pass', 'fail', 'inconclusive']),
  reason: z.string(),
  soakEndsAt: z.string().optional().meta({ description: 'absent: not passed yet, or nothing to soak' }),
  soakLeftMs: z.number().optional(),
  waiting: z
    .array(z.object({ tag: z.string(), kind: z.string(), why: z.string() }))
    .meta({ description: 'what is to be written and why it is not yet' }),
  held: z.array(Held),
  good: z.array(z.object({ tag: z.string(), digest: z.string(), at: z.string() })),
  starved: z.object({ count: z.number(), since: z.string() }).optional(),
});

export const ImageProgressList = z.object({ progress: z.array(ImageProgress) });
