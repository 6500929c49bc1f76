import type { Answer } from '../reflex.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Not understood',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not this method',
  409: 'Not as it stands',
  410: 'Too late',
  413: 'Too large',
  503: 'Not now',
};

/** An answer as problem+json (RFC 9457); `code` is stable, `detail` is for people, `more` are further members. */
export function problem(
  status: number,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Answer {
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...challenge, ...headers },
    body: JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Problem', status, code, detail, ...more }),
  };
}
