import * as z from 'zod';

import { USUAL_COMMITS, USUAL_PULL_REQUESTS } from '../../domain/image/writing-settings.ts';
import { text } from './scalars.ts';

const PLACEHOLDER = /\{[^{}]*\}/g;

/** One line with some placeholders; what is filled in is made inert, what stands here is the file's own. */
function template(known: readonly string[], example: string, longest: number) {
  const names = known.map((name) => `{${name}}`);
  return text({
    expected: `one line of at most ${longest} characters with ${names.join(', ')} and no other placeholder`,
    pattern: new RegExp(`^\\S(.{0,${longest - 2}}\\S)?$`),
    test: (value) => (value.match(PLACEHOLDER) ?? []).every((found) => names.includes(found)),
    examples: [example],
  });
}

const HeadBranch = text({
  expected: 'a branch name with {base} and {group}, such as reflex/{base}/{group}',
  pattern: /^[A-Za-z0-9_{][A-Za-z0-9_./{}-]{0,99}$/,
  test: (value) =>
    value.includes('{base}') &&
    value.includes('{group}') &&
    !/\.\.|\/\/|\/$|\.$|\.lock$|\/\.|[{}]/.test(value.replaceAll('{base}', 'b').replaceAll('{group}', 'g')),
  examples: [USUAL_PULL_REQUESTS.branch],
});

const Login = text({
  expected: "a GitHub login or a team's slug",
  pattern: /^[A-Za-z0-9]([A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/,
  examples: ['octocat'],
});

const Label = text({ expected: 'a label of at most 50 characters', pattern: /^\S(.{0,48}\S)?$/, examples: ['images'] });

export const Commits = z.strictObject({
  headline: template(['what', 'count'], USUAL_COMMITS.headline, 72).default(USUAL_COMMITS.headline),
  author: z
    .strictObject({
      name: text({ expected: 'a name', pattern: /^[^\s<>]([^\n\r<>]{0,98}[^\s<>])?$/, examples: ['Contoso Bot'] }),
      email: text({
        expected: 'a mail address',
        pattern: /^[^\s<>@]{1,64}@[A-Za-z0-9.-]{1,190}$/,
        examples: ['bot@contoso.example'],
      }),
    })
    .optional()
    .meta({ description: 'absent: the App itself, whose commits GitHub signs; with an author they are not signed' }),
});

export const PullRequests = z.strictObject({
  group: z
    .enum(['all', 'image', 'stage'])
    .default(USUAL_PULL_REQUESTS.group)
    .meta({ description: 'what goes together into one pull request' }),
  branch: HeadBranch.default(USUAL_PULL_REQUESTS.branch),
  title: template(['what', 'count', 'group', 'base'], USUAL_PULL_REQUESTS.title, 200).default(
    USUAL_PULL_REQUESTS.title,
  ),
  text: z.string().max(10_000).default('').meta({ description: 'Markdown that stands above the table' }),
  labels: z.array(Label).max(20).default([]),
  reviewers: z.array(Login).max(15).default([]),
  teamReviewers: z.array(Login).max(15).default([]),
  autoMerge: z
    .enum(['merge', 'squash', 'rebase'])
    .optional()
    .meta({ description: "GitHub merges when the branch's rules are met; absent: people merge" }),
});
