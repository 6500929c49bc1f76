/** A request's body as JSON text; null if there is none. */
export type JsonBody = { readonly ok: true; readonly text: string | null } | { readonly ok: false };

export async function readJson(request: Request): Promise<JsonBody> {
  const text = await request.text();
  if (text === '') {
    return { ok: true, text: null };
  }
  try {
    return { ok: true, text: JSON.stringify(JSON.parse(text)) };
  } catch {
    return { ok: false };
  }
}

export function empty(status: number): Response {
  return new Response(null, { status });
}

export function problem(status: number, message: string): Response {
  return Response.json({ Message: message }, { status });
}

/** 202 with an instance's addresses; its status is to be asked for again in ten seconds. */
export function accepted(urls: { readonly statusQueryGetUri: string }): Response {
  return Response.json(urls, {
    status: 202,
    headers: { location: urls.statusQueryGetUri, 'retry-after': '10' },
  });
}
