import { run } from '../../../../cli/program.ts';
import { answerPerson } from '../../../../shared/api/people/answer-person.ts';
import { Office, type Claims } from '../../api/people/people.ts';

export const URL_OF_APP = 'https://reflex.test';

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** The command line before the API of an office. */
export class Desk {
  readonly office: Office;
  /** What happens while the command line waits, one after another. */
  later: (() => Promise<void> | void)[] = [];

  constructor(office = new Office()) {
    this.office = office;
  }

  /** The API behind a fetch. */
  readonly fetchApi: typeof globalThis.fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const { status, ...answer } = await answerPerson(
      {
        method: init?.method ?? 'GET',
        path: decodeURIComponent(pathname.replace('/api/v1/', '')),
        query: Object.fromEntries(searchParams),
        authorization: headers.get('authorization') ?? undefined,
        idempotencyKey: headers.get('idempotency-key') ?? undefined,
        contentLength: undefined,
        text: () => Promise.resolve(typeof init?.body === 'string' ? init.body : ''),
      },
      this.office.tools,
    );
    return new Response(answer.body, { status, headers: answer.headers });
  };

  async reflexWith(
    environment: Readonly<Record<string, string | undefined>>,
    args: readonly string[],
    fetch = this.fetchApi,
  ): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    let code: number | undefined;
    const output = {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      exit: (given: number) => (code = given),
    };
    const sleep = async (ms: number): Promise<void> => {
      await this.office.clock.advance(ms);
      await this.later.shift()?.();
    };
    await run(args, output, { fetch, environment, sleep, now: () => this.office.clock.now() });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  async reflex(as: Claims, ...args: readonly string[]): Promise<Ran> {
    const token = (await this.office.token(as)).replace('Bearer ', '');
    return await this.reflexWith({ REFLEX_TOKEN: token, REFLEX_URL: URL_OF_APP }, args);
  }
}
