import * as z from 'zod';

import { parseImageReference } from '../../domain/image/reference.ts';
import { Policy } from './image-policy.ts';
import { Duration, Mode, Name, Select, text } from './scalars.ts';
import { PathGlob } from './sources.ts';
import { Gates } from './trust.ts';

const DEFAULT_STAGE_PATH = 'clusters/{cluster}/**';

const Stage = z.strictObject({
  name: Name,
  select: Select.optional().meta({ description: 'absent: the clusters that no other stage of the rollout selects' }),
  path: PathGlob.default(DEFAULT_STAGE_PATH),
  after: Name.optional().meta({ description: 'stage that must be done first' }),
  soak: Duration.optional(),
  verify: z.array(z.enum(['commitStatus'])).default([]),
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
