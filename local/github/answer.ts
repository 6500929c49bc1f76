import { createHash } from 'node:crypto';

/** GitHub's JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}

/** GitHub's error body. */
export function failure(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status) }, headers);
}

/** 304 without a body where the caller holds this very answer; it costs GitHub's clients nothing of their limit. */
export async function unlessKnown(request: Request, answer: Response): Promise<Response> {
  if (request.method !== 'GET' || answer.status !== 200) {
    return answer;
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
  const headers = { ...Object.fromEntries(answer.headers), etag };
  return request.headers.get('if-none-match') === etag
    ? new Response(null, { status: 304, headers })
    : new Response(bytes, { headers });
}
