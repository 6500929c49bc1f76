import * as z from 'zod';

import type { ArmFaults } from './arm-faults.ts';

const JsonBody = z.record(z.string(), z.json());

const FaultBody = z.strictObject({
  on: z.string().regex(/^(?:[A-Za-z]+|\*) \S+$|^\*$/, 'is no verb with the end of an id: PATCH origins/westus3'),
  status: z.int().min(200).max(599).exactOptional(),
  body: z.union([z.string(), JsonBody]).exactOptional(),
  headers: z.record(z.string(), z.string()).exactOptional(),
  times: z.int().min(1).exactOptional(),
  afterFirst: z.boolean().exactOptional(),
  applied: z.boolean().exactOptional(),
  lroSec: z.number().min(0).max(86_400).exactOptional(),
  serial: z.boolean().exactOptional(),
  limit: z.int().min(0).exactOptional(),
  windowSec: z.number().min(1).max(86_400).exactOptional(),
  provisioningState: z.string().exactOptional(),
  lacks: z.string().min(1).exactOptional(),
});

/**
 * `GET`: what is set and still to come, and the writes that were accepted. `POST`: one more fault. `DELETE`: all well
 * again.
 */
export async function answerArmFaults(
  request: Request,
  faults: ArmFaults,
  accepted: readonly object[],
): Promise<Response> {
  switch (request.method) {
    case 'GET':
      return Response.json({ faults: faults.current(), accepted });
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
