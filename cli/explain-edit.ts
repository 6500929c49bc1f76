import { Command } from 'commander';
import * as z from 'zod';

import { readImageName } from '../shared/domain/image/reference.ts';
import { planImageEdit } from '../shared/domain/image/yaml-edit/edit.ts';
import { EDIT_MODES } from '../shared/domain/image/yaml-edit/place.ts';
import type { EditPlan } from '../shared/domain/image/yaml-edit/plan.ts';
import type { CommandIo } from './json-lines.ts';
import {
  answerQuestions,
  describeIssues,
  withoutNulls,
  type QuestionOptions,
  type Questions,
} from './json-question.ts';
import { printable } from './output.ts';
import { processIo } from './process-io.ts';

interface EditAnswer extends Partial<Omit<EditPlan, 'reason'>> {
  readonly error?: { readonly code: string; readonly message: string };
  readonly [field: string]: unknown;
}

const Question = z.object({
  mode: z.enum(EDIT_MODES).exactOptional(),
  file: z.string().default(''),
  before: z.string(),
  image: z.string().min(1),
  newTag: z.string().exactOptional(),
  newDigest: z.string().exactOptional(),
  keys: z.array(z.object({ key: z.string(), value: z.string().exactOptional() })).exactOptional(),
  policies: z
    .record(z.string(), z.object({ name: z.string(), tag: z.string(), digest: z.string().exactOptional() }))
    .exactOptional(),
});

const QUESTIONS: Questions<EditAnswer> = {
  name: 'explain edit',
  answer: explainEditLine,
  inWords,
  isRefusal: ({ outcome }) => outcome === undefined || outcome === 'refused',
};

/** Says how a file would be edited for an image; exit codes as `answerQuestions`. */
export async function explainEdit(options: QuestionOptions, io: CommandIo): Promise<0 | 1 | 2> {
  return await answerQuestions(QUESTIONS, options, io);
}

/** `reflex explain edit`. */
export function explainEditCommand(): Command {
  return new Command('edit')
    .description('say how a file would be edited for a new image, and why not')
    .argument('[file]', 'JSON {mode?, file, before, image, newTag, newDigest?, keys?, policies?}')
    .option('--json', 'print JSON instead of text')
    .option('--jsonl', 'answer JSON lines {id, mode, file, before, image, newTag, ...} on stdin')
    .action(async (file: string | undefined, options: QuestionOptions) => {
      process.exitCode = await explainEdit({ ...options, ...(file === undefined ? {} : { file }) }, processIo());
    });
}

function explainEditLine(line: unknown): EditAnswer {
  const parsed = Question.safeParse(withoutNulls(line));
  if (!parsed.success) {
    const message = describeIssues(parsed.error);
    const { before: untouched } = line as { readonly before?: unknown };
    return typeof untouched === 'string'
      ? { outcome: 'refused', after: untouched, edits: [], warnings: [`refused: ${message}`] }
      : { error: { code: 'invalid-line', message } };
  }
  const { mode, file, before, image, newTag, newDigest, keys, policies } = parsed.data;
  const { reason, warnings, ...plan } = planImageEdit(
    { path: file, text: before },
    {
      image: readImageName(image),
      ...(mode === undefined ? {} : { mode }),
      ...(keys === undefined ? {} : { keys }),
      ...(policies === undefined ? {} : { policies }),
    },
    {
      ...(newTag === undefined ? {} : { tag: newTag }),
      ...(newDigest === undefined ? {} : { digest: newDigest }),
    },
  );
  return { ...plan, warnings: reason === undefined ? warnings : [`refused: ${reason}`, ...warnings] };
}

function inWords({ outcome, edits = [], warnings = [], error }: EditAnswer): string {
  return [
    outcome ?? 'not valid',
    ...(error === undefined ? [] : [`  ${printable(error.message)}`]),
    ...edits.map(({ line, column, from, to }) => `  ${line}:${column}  ${printable(from)} -> ${printable(to)}`),
    ...warnings.map((warning) => `  warning: ${printable(warning)}`),
    '',
  ].join('\n');
}
