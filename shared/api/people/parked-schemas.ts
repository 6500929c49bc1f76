import * as z from 'zod';

export const ParkedQuery = z.object({
  day: z.iso.date().exactOptional().meta({ description: 'in UTC, such as 2026-01-05; absent: today' }),
  code: z.string().min(1).max(100).exactOptional().meta({ description: 'only examples of this code' }),
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'at most so many examples' }),
});

const ByReason = z.record(z.string(), z.number().int());

export const ParkedView = z.object({
  day: z.string(),
  items: z.number().int().meta({ description: 'kept with their bytes' }),
  dropped: z.number().int().meta({ description: 'beyond the room of their hour: only counted' }),
  byCode: z.record(z.string(), z.number().int()),
  examples: z
    .array(
      z.object({
        name: z.string().meta({ description: 'of the blob that holds the bytes' }),
        at: z.string().meta({ description: 'ISO 8601' }),
        code: z.string(),
        reason: z.string(),
        via: z.string().meta({ description: 'who sent it, as far as that was verified' }),
        bytes: z.number().int(),
      }),
    )
    .meta({ description: 'some of them, in no order' }),
  refused: z.object({ alerts: ByReason, people: ByReason }).meta({
    description:
      'tokens that let nobody in, at `POST /api/alerts` and here, by reason; nothing else of them is kept. Of each other instance the last minute or two may be missing',
  }),
});
