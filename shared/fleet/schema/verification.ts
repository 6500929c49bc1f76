import * as z from 'zod';

import { Duration, HttpUrl, Kql, text, whole, WorkspaceId } from './scalars.ts';

const Timeout = Duration.default('30m').meta({ description: 'without an answer for so long it is inconclusive' });

const Context = text({
  expected: 'a glob over contexts such as kustomization/apps-{cluster}/* (`*` is any text inside one segment)',
  pattern: /^[A-Za-z0-9._*?{}:-]+(\/[A-Za-z0-9._*?{}:-]+)*$/,
  test: isGlob,
  examples: ['kustomization/apps-{cluster}/*'],
});

const CommitStatus = z.strictObject({
  contexts: z
    .array(Context)
    .max(50)
    .default([])
    .meta({ description: 'absent: those of Flux and Argo CD, as many as clusters read the branch' }),
  timeout: Timeout,
});

const CheckRun = z.strictObject({
  names: z
    .array(
      text({
        expected: 'a glob over names of check runs such as argocd/{cluster}/* (`*` is any text inside one segment)',
        pattern: /^[^\s/](.{0,253}[^\s/])?$/u,
        test: isGlob,
        examples: ['argocd/{cluster}/*'],
      }),
    )
    .min(1)
    .max(50),
  app: text({
    expected: 'the slug of a GitHub App such as argo-cd',
    pattern: /^[a-z0-9][a-z0-9_-]{0,99}$/,
    examples: ['github-actions'],
  })
    .optional()
    .meta({ description: 'absent: whoever posts one of these names is heard' }),
  timeout: Timeout,
});

const RESERVED: readonly string[] = ['reflex', 'image', 'tag', 'digest', 'stage', 'commit'];
/** GitHub takes 25: https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event */
const MAX_OWN_INPUTS = 25 - RESERVED.length;

const Workflow = z.strictObject({
  file: text({
    expected: 'the name of a file in .github/workflows of the GitOps repository such as smoke.yaml',
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}[.]ya?ml$/,
    examples: ['smoke.yaml'],
  }),
  ref: text({
    expected: 'a branch or tag such as main',
    pattern: /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/,
    examples: ['main'],
  })
    .optional()
    .meta({ description: 'whose version of the file runs; absent: the GitOps branch' }),
  inputs: z
    .record(
      text({
        expected: `the name of an input, none of ${RESERVED.join(', ')}`,
        pattern: /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/,
        test: (value) => !RESERVED.includes(value.toLowerCase()),
        examples: ['suite'],
      }),
      z.string({ error: 'expected text' }).max(1_000),
    )
    .refine((inputs) => Object.keys(inputs).length <= MAX_OWN_INPUTS, {
      error: `expected ${MAX_OWN_INPUTS} inputs at most`,
    })
    .default({})
    .meta({ description: 'beside reflex, image, tag, digest, stage and commit' }),
  timeout: Timeout,
});

const Http = z.strictObject({
  url: HttpUrl,
  status: whole(200, 599).default(200),
  failures: whole(1, 60).default(3).meta({ description: 'so many wrong answers in a row are a failure' }),
  timeout: Timeout,
});

const Limit = z.number({ error: 'expected a number' }).optional();
const LIMITED = {
  error: 'expected `max`, `min` or both',
  when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null,
};

function isLimited({ max, min }: { readonly max?: number | undefined; readonly min?: number | undefined }): boolean {
  return max !== undefined || min !== undefined;
}

const Metric = z
  .strictObject({
    resourceId: text({
      expected: 'an ARM id of a resource',
      pattern: /^\/[Ss]ubscriptions\/[^/]+\/resource[Gg]roups\/[^/]+\/providers\/.+$/,
      examples: [
        '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.Cdn/profiles/shop',
      ],
    }),
    metric: text({
      expected: 'the name of a metric',
      pattern: /^[A-Za-z0-9 /_.%-]{1,255}$/,
      examples: ['Percentage5XX'],
    }),
    aggregation: z.enum(['average', 'total', 'maximum']).default('average'),
    over: whole(1, 60).default(10).meta({ description: 'minutes that are looked at' }),
    minData: whole(1, 60).default(5).meta({ description: 'minutes with data below which it is inconclusive' }),
    max: Limit,
    min: Limit,
    timeout: Timeout,
  })
  .refine(isLimited, LIMITED)
  .refine(({ over, minData }) => minData <= over, {
    error: 'expected no more minutes in `minData` than in `over`',
    when: ({ issues }) => issues.length === 0,
  });

const Logs = z
  .strictObject({
    workspace: WorkspaceId,
    query: Kql.meta({ description: 'KQL: rows with value, and samples: how many records it is made of' }),
    over: whole(1, 1_440).default(30).meta({ description: 'minutes that are looked at' }),
    minData: whole(1, 1_000_000).meta({ description: 'samples below which a row is inconclusive' }),
    max: Limit,
    min: Limit,
    timeout: Timeout,
  })
  .refine(isLimited, LIMITED);

/** The one placeholder, or none. */
function isGlob(value: string): boolean {
  return [...value.matchAll(/[{][^}]*[}]|[{}]/g)].every(([part]) => part === '{cluster}');
}

const KINDS = '`commitStatus`, `checkRun`, `workflow`, `http`, `metric` and `logs`';

/** What proves that a stage took a version well: one kind an entry. */
export const Verification = z.union([
  text({
    expected: `\`commitStatus\`, or a map with one of ${KINDS}`,
    pattern: /^commitStatus$/,
    examples: ['commitStatus'],
  }),
  z
    .strictObject({
      commitStatus: CommitStatus.optional(),
      checkRun: CheckRun.optional(),
      workflow: Workflow.optional(),
      http: Http.optional(),
      metric: Metric.optional(),
      logs: Logs.optional(),
    })
    .refine((value) => Object.values(value).filter((one) => one !== undefined).length === 1, {
      error: `expected one of ${KINDS}`,
      when: ({ value }) => typeof value === 'object' && value !== null,
    }),
]);
