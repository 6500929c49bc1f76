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
