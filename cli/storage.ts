import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as z from 'zod';

import { SystemClock } from '../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../shared/adapters/node/system-random.ts';
import type { RowStore } from '../shared/ports/row-store.ts';
import { readStorage } from '../shared/settings.ts';

/** Where `npm start` keeps its state unless told otherwise. */
const LOCAL_DATA = '.reflex';

const Endpoints = z.object({ storage: z.object({ connectionString: z.string().min(1) }) });

/**
 * Opens the rows that the app works on: those of a running local stack if `data` names its directory, else those of
 * the app settings in the environment, else those of the local stack in `.reflex`.
 *
 * @throws Error that says what to set, if none of these is there.
 */
export async function openRows(
  data: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RowStore> {
  // Azure's clients take longer to load than all the rest.
  const { existingRows } = await import('../shared/composition/stored-rows.ts');
  const tools = { clock: new SystemClock(), random: new SystemRandom() };
  const isSet = (environment['REFLEX_STORAGE'] ?? environment['REFLEX_STORAGE__accountName'] ?? '') !== '';
  return data === undefined && isSet
    ? existingRows(readStorage(environment), tools)
    : existingRows({ connectionString: await localConnection(data ?? LOCAL_DATA) }, tools);
}

async function localConnection(data: string): Promise<string> {
  try {
    return Endpoints.parse(JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8'))).storage.connectionString;
  } catch {
    throw new Error(
      `no local stack runs in ${data}: start one with npm start, name its --data, or set REFLEX_STORAGE or REFLEX_STORAGE__accountName`,
    );
  }
}
