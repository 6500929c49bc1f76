import { printable } from '../output.ts';
import { DEFAULT_DATA, type ConnectionOptions, type World } from './connection.ts';

/** Prints commands for the reader to copy: begun as this program was, on the same app. */
export class FollowUp {
  readonly #start: string;
  readonly #where: string;
  readonly #as: string | undefined;

  constructor({ url, as, data }: ConnectionOptions, { environment }: World) {
    this.#start = environment['npm_lifecycle_event'] === 'reflex' ? 'npm run -s reflex --' : 'reflex';
    this.#where = [
      ...(url === undefined ? [] : [` --url ${quoted(url)}`]),
      ...(as === undefined || data === DEFAULT_DATA ? [] : [` --data ${quoted(data)}`]),
    ].join('');
    this.#as = as;
  }

  /** For whoever reads it. @param words - command and arguments; what comes from outside is quoted where it has to be. */
  own(...words: readonly string[]): string {
    return this.#line(words, this.#as);
  }

  /** For somebody else: whoever asks does not agree as well. */
  others(...words: readonly string[]): string {
    return this.#line(words, this.#as === undefined ? undefined : 'SOMEBODY');
  }

  #line(words: readonly string[], as: string | undefined): string {
    const caller = as === undefined ? '' : ` --as ${quoted(as)}`;
    return `${this.#start} ${words.map(quoted).join(' ')}${caller}${this.#where}`;
  }
}

/** As a POSIX shell reads it back, and without what moves the cursor. */
function quoted(word: string): string {
  const text = printable(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
