import { existsSync } from 'node:fs';

import { Command } from 'commander';
import * as z from 'zod';

import { selectTag, type Selection } from '../shared/domain/image/policy.ts';
import { Current, Patterns, readPolicy, Tag } from './image-question.ts';
import type { CommandIo } from './json-lines.ts';
import {
  answerQuestions,
  describeIssues,
  withoutNulls,
  type QuestionOptions,
  type Questions,
} from './json-question.ts';
import { explainLiveImage, type LiveOptions } from './explain-live-image.ts';
import { printable } from './output.ts';
import { withConnection, type Surroundings } from './people/connection.ts';
import { processIo } from './process-io.ts';

/** `warnings` only where there are any. */
type ImageAnswer = Partial<Selection>;

const Question = z.object({
  policy: z.unknown(),
  allow: Patterns,
  ignore: Patterns,
  tags: z.array(Tag),
  current: Current.exactOptional(),
});

/** What the fleet calls things; a file has a dot or a slash in its name. */
const RULE_NAME = /^[a-z0-9-]{1,63}$/;

const QUESTIONS: Questions<ImageAnswer> = {
  name: 'explain image',
  answer: explainImageLine,
  inWords,
  isRefusal: ({ outcome }) => outcome === undefined || outcome === 'invalid-policy',
};

/** Says which tag a policy chooses, and why not the others; exit codes as `answerQuestions`. */
export async function explainImage(options: QuestionOptions, io: CommandIo): Promise<0 | 1 | 2> {
  return await answerQuestions(QUESTIONS, options, io);
}

/** `reflex explain image`: a question in a file, many on stdin, or what a rule of the fleet would choose now. */
export function explainImageCommand(surroundings: Surroundings): Command {
  return withConnection(new Command('image').description('say which tag a policy chooses, and why not the others'))
    .argument(
      '[file-or-rule]',
      'JSON {policy, allow?, ignore?, tags, current?}, or the name of an image rule, read live',
    )
    .option('--jsonl', 'answer JSON lines {id, policy, tags, ...} on stdin')
    .option('--repository <name>', 'of a rule that is for many')
    .action(async (given: string | undefined, options: LiveOptions) => {
      if (given !== undefined && options.jsonl !== true && RULE_NAME.test(given) && !existsSync(given)) {
        await explainLiveImage(given, options, surroundings);
      } else {
        process.exitCode = await explainImage(
          { ...options, ...(given === undefined ? {} : { file: given }) },
          processIo(),
        );
      }
    });
}

function explainImageLine(line: unknown): ImageAnswer {
  const question = Question.safeParse(withoutNulls(line));
  if (!question.success) {
    return { error: { code: 'invalid-line', message: describeIssues(question.error) } };
  }
  const { tags, current = {} } = question.data;
  const read = readPolicy(question.data);
  if ('problem' in read) {
    const error = { code: 'REFLEX_INVALID_POLICY', message: read.problem };
    return { outcome: 'invalid-policy', considered: [], error };
  }
  const { outcome, tag, digest, considered, warnings, error } = selectTag(read.policy, tags, {
    current,
    explain: true,
  });
  return {
    outcome,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    considered,
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(error === undefined ? {} : { error }),
  };
}

function inWords({ outcome, tag, digest, considered = [], warnings = [], error }: ImageAnswer): string {
  const head = [outcome ?? 'not valid', tag, digest].filter((part) => part !== undefined).map(printable);
  const width = Math.max(0, ...considered.map((one) => printable(one.tag).length));
  return [
    head.join('  '),
    ...(error === undefined ? [] : [`  ${printable(error.message)}`]),
    ...warnings.map((warning) => `  warning: ${printable(warning)}`),
    ...considered.map((one) => `  ${printable(one.tag).padEnd(width)}  ${one.verdict.padEnd(15)}  ${one.reason}`),
    '',
  ].join('\n');
}
