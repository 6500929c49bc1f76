import * as z from 'zod';

import type { Faults } from './faults.ts';

/** Where a person switches what goes wrong; not a path of any service. */
export const FAULTS_PATH = '/_local/faults';

const FaultBody = z.strictObject({
  method: z.string().exactOptional(),
  path: z.string().refine(isPattern, 'is no regular expression'),
  latencyMs: z.int().min(0).max(600_000).exactOptional(),
  status: z.int().min(400).max(599).exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  message: z.string().exactOptional(),
  applied: z.boolean().exactOptional(),
  times: z.int().min(1).exactOptional(),
});

/** `GET`: what is set, requests by route, and tallies of requests that share something else. `POST`: one more fault. `DELETE`: all well again. */
export async function answerFaults(request: Request, faults: Faults): Promise<Response> {
  switch (request.method) {
    case 'GET':
      return Response.json({ faults: faults.current(), requests: faults.counts(), tallies: faults.tallies() });
    case 'POST': {
      const body = FaultBody.safeParse(await request.json().catch(() => undefined));
      if (!body.success) {
        const [issue] = body.error.issues;
        const message = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`;
        return Response.json({ message }, { status: 422 });
      }
      faults.add(body.data);
      return Response.json({ faults: faults.current() }, { status: 201 });
    }
    case 'DELETE':
      faults.clear();
      return new Response(null, { status: 204 });
    default:
      return new Response(null, { status: 405, headers: { allow: 'GET, POST, DELETE' } });
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
