import { readFile, stat } from 'node:fs/promises';

import * as z from 'zod';

import { answerLines, type CommandIo, type LineAnswer } from './json-lines.ts';

export interface QuestionOptions {
  /** One question as JSON; absent for a batch. */
  readonly file?: string;
  readonly json?: boolean;
  /** One question per line on the input, one answer per line out. */
  readonly jsonl?: boolean;
}

/** A command that answers JSON questions, one from a file or many from the input. */
export interface Questions<Answer extends LineAnswer> {
  /** As the user calls it, for complaints. */
  readonly name: string;
  /** Pure. */
  readonly answer: (question: unknown) => Answer;
  readonly inWords: (answer: Answer) => string;
  /** True for an answer that says no: exit code 1. */
  readonly isRefusal: (answer: Answer) => boolean;
}

const MAX_FILE_BYTES = 32 * 1024 * 1024;

/**
 * Runs such a command.
 *
 * @returns the exit code: 0 answered (a batch always is), 1 refused or not valid, 2 wrong usage or an unreadable file.
 */
export async function answerQuestions<Answer extends LineAnswer>(
  questions: Questions<Answer>,
  { file, json = false, jsonl = false }: QuestionOptions,
  io: CommandIo,
): Promise<0 | 1 | 2> {
  const wrong = (message: string): 2 => {
    io.complain(`reflex ${questions.name}: ${message}\n`);
    return 2;
  };
  if ((file === undefined) !== jsonl) {
    return wrong('give either a FILE or --jsonl');
  }
  if (file === undefined) {
    await answerLines(io, (line) => questions.answer(line));
    return 0;
  }
  const question = await readQuestion(file);
  if ('problem' in question) {
    return wrong(question.problem);
  }
  const answer = questions.answer(question.value);
  await io.print(json ? `${JSON.stringify(answer, undefined, 2)}\n` : questions.inWords(answer));
  return questions.isRefusal(answer) ? 1 : 0;
}

async function readQuestion(file: string): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) {
      return { problem: `${file} is too large` };
    }
    return { value: JSON.parse(await readFile(file, 'utf8')) as unknown };
  } catch (error) {
    return { problem: `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Questions may say null for what they leave out. */
export function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => withoutNulls(item, depth + 1));
  }
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field, depth + 1)]));
}

/** No question is deeper; what lies below is left to the schema, which refuses it. */
const MAX_DEPTH = 10;

/** What is wrong with a question, on one line. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${z.core.toDotPath(path) || 'question'}: ${message}`)
    .join('; ');
}
