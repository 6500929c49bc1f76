import * as z from 'zod';

import { parseImageReference } from '../../domain/image/reference.ts';
import { Policy } from './image-policy.ts';
import { Duration, Mode, Name, Select, text, TimeZone, whole, Window } from './scalars.ts';
import { Guards } from './guards.ts';
import { PathGlob } from './sources.ts';
import { Verification } from './verification.ts';
import { Gates } from './trust.ts';

const DEFAULT_STAGE_PATH = 'clusters/{cluster}/**';

const Approvals = z.strictObject({
  needed: whole(1, 10).default(1).meta({ description: 'distinct people' }),
  within: Duration.default('24h').meta({ description: 'how long they have' }),
});

const Stage = z.strictObject({
  name: Name,
  select: Select.optional().meta({ description: 'absent: the clusters that no other stage of the rollout selects' }),
  path: PathGlob.default(DEFAULT_STAGE_PATH),
  after: Name.optional().meta({ description: 'stage that must be done first' }),
  soak: Duration.optional().meta({ description: 'how long a version runs here, verified, before the next stage' }),
  newer: z
    .enum(['restart', 'wait'])
    .default('restart')
    .meta({ description: 'what a newer version does to a soak: it starts anew with it, or it is waited for' }),
  windows: z.array(Window).min(1).max(50).optional().meta({ description: 'absent: at any time' }),
  timeZone: TimeZone.optional().meta({ description: 'of windows and freezes; absent: that of defaults' }),
  approvals: Approvals.optional().meta({ description: 'people who must agree to each version' }),
  verify: z.array(Verification).max(10).default([]).meta({ description: 'what must pass before the next stage' }),
  write: z.enum(['commit', 'pull-request']).default('commit'),
});

export const Rollout = z.array(Stage).min(1).max(50);

function isImageName(value: string): boolean {
  const image = parseImageReference(value);
  return image !== undefined && image.tag === undefined && image.digest === undefined;
}

const KeyPath = text({
  expected: 'the path of a key such as app.build or list[1]',
  pattern: /^\S.{0,499}$/,
  examples: ['app.build'],
});

export const ImageRule = z
  .strictObject({
    image: text({
      expected: 'an image without tag, such as contoso.azurecr.io/shop/web',
      pattern: /^[a-z0-9.:-]+(\/[a-z0-9._-]+)+$/,
      test: isImageName,
      examples: ['contoso.azurecr.io/shop/web'],
    }).optional(),
    match: text({
      expected: 'an image pattern such as contoso.azurecr.io/shop/* (`*` is one whole path segment)',
      pattern: /^[a-z0-9.:-]+(\/([a-z0-9._-]+|[*]))+$/,
      test: (value) => isImageName(value.replaceAll('*', 'x')),
      examples: ['contoso.azurecr.io/shop/*'],
    }).optional(),
    gitops: Name.meta({ description: 'a name in gitops' }),
    rollout: Name.meta({ description: 'a name in rollouts' }),
    policy: Policy,
    gates: Gates.optional(),
    guards: Guards.optional(),
    mode: Mode.optional(),
    keys: z
      .record(PathGlob, z.array(KeyPath).min(1).max(50))
      .optional()
      .meta({ description: 'where the version stands in files in which it cannot be guessed' }),
  })
  .refine(({ image, match }) => (image === undefined) !== (match === undefined), {
    error: 'expected either `image` or `match`',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
