import * as z from 'zod';

import { DEFAULT_GUARDS } from '../../domain/image/guards.ts';
import { whole } from './scalars.ts';

/** What keeps a push back that the policy has chosen. */
export const Guards = z
  .strictObject({
    maxJump: z
      .union([z.enum(['patch', 'minor', 'major', 'any']), whole(1, 1000)], {
        error: 'expected patch, minor, major, any or a number of versions from 1 to 1000',
      })
      .default(DEFAULT_GUARDS.maxJump)
      .meta({
        description:
          'patch: major and minor stay; minor: major stays; major: to the next major at most; a number: so many versions at most',
      }),
    movedTag: z
      .enum(['hold', 'alarm', 'allow'])
      .default(DEFAULT_GUARDS.movedTag)
      .meta({ description: 'what becomes of a tag that has another digest than the one that was written' }),
    perHour: whole(1, 500)
      .default(DEFAULT_GUARDS.perHour)
      .meta({ description: 'commits about one image in one stage in an hour' }),
    loops: z
      .enum(['hold', 'allow'])
      .default(DEFAULT_GUARDS.loops)
      .meta({ description: 'what becomes of an image that was built from a commit of ours' }),
  })
  .meta({ description: 'what keeps a push back that the policy has chosen' });
