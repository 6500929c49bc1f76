/** An OCI error body. */
export function refuse(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ errors: [{ code, message, detail: null }] }, { status, headers });
}
