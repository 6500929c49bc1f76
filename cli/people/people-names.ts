import * as z from 'zod';

import { printable } from '../output.ts';

/** Names of people by object id, in lower case. */
export type Names = ReadonlyMap<string, string>;

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const Claims = z.looseObject({
  oid: z.string(),
  preferred_username: z.string().optional(),
  name: z.string().optional(),
});

/** A person in a list: by name where it is known, else by the beginning of the object id. Pure. */
export function personText(id: string, names: Names): string {
  if (!GUID.test(id)) {
    return printable(id);
  }
  const name = names.get(id.toLowerCase());
  const first = id.slice(0, 8);
  return name === undefined ? first : `${printable(name)} (${first}\u2026)`;
}

/** Who calls, by the token that they call with. It is read for its name alone: nobody is believed for it. Pure. */
export function namesIn(token: string): Names {
  const [, payload = ''] = token.split('.');
  const { oid, preferred_username: user, name } = claimsOf(payload);
  const known = user ?? name;
  return new Map(oid === undefined || known === undefined ? [] : [[oid.toLowerCase(), known]]);
}

function claimsOf(payload: string): Partial<z.infer<typeof Claims>> {
  try {
    return Claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString())).data ?? {};
  } catch {
    return {};
  }
}
