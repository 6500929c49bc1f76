import type { May } from './app-auth.ts';

/** Who calls: a person, an installation with its bounds. */
export interface Caller {
  /** Requests are counted by it. */
  readonly token: string;
  readonly may: May;
  readonly repositories?: readonly string[] | undefined;
}

/** The token of a request: a bearer, or the password of basic credentials as Git sends them. */
export function tokenOf(request: Request): string {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') {
    return Buffer.from(value, 'base64').toString('utf8').split(':')[1] ?? '';
  }
  return value;
}
