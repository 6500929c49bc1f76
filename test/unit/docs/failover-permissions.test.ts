import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { ACTIONS, DATA_ACTIONS } from '../../../shared/domain/azure/actions.ts';

const PAGE = join(import.meta.dirname, '../../../docs/failover.md');
const { permissions, readPools, scalePools, metrics } = ACTIONS;

/** Rows of the table and the actions that they must name. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'be told what it may do (`roles`)': permissions,
  'read Front Door': ACTIONS.readFrontDoor,
  'steer Front Door': ACTIONS.steerFrontDoor,
  'follow what it writes there': ACTIONS.followFrontDoor,
  'see which routes lead to a group': ACTIONS.readRoutes,
  'move routes, with a twin': ACTIONS.moveRoutes,
  'read Traffic Manager': ACTIONS.readTrafficManager,
  'steer Traffic Manager': [...ACTIONS.azureEndpoints, ...ACTIONS.externalEndpoints, ...ACTIONS.nestedEndpoints],
  metrics,
  capacity: readPools,
  'scale-up, where a cluster has it': scalePools,
  'follow that': ACTIONS.followPools,
  'scale-up in a subnet of your own': ACTIONS.joinSubnet,
  'evidence, where it is asked for': [...metrics, ...ACTIONS.resourceHealth, ...ACTIONS.serviceHealth],
  'rows, blobs, queue': [],
  gates: [...DATA_ACTIONS.readGates, ...DATA_ACTIONS.moveGates],
  'sign gate documents': [],
};

async function identity(): Promise<string> {
  const [, section = ''] = /\*\*Identity\.\*\*([^]*?)^## /m.exec(await readFile(PAGE, 'utf8')) ?? [];
  return section;
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/Microsoft\.[A-Za-z/]+/g)].map(([name]) => name);
}

it('docs/failover.md lets the identity do what the code does, row by row, and nothing else', async () => {
  const lines = (await identity()).split('\n').filter((line) => /^ *\| /.test(line));
  const rows = lines.slice(2).map((line) => line.split('|').map((cell) => cell.trim()));
  expect(Object.fromEntries(rows.map(([, what = '', , actions = '']) => [what, namesIn(actions)]))).toEqual(ROWS);
});

it('the table leaves out no action that is asked for', () => {
  const known = [...Object.values(ACTIONS), ...Object.values(DATA_ACTIONS)].flat();
  expect(new Set(Object.values(ROWS).flat())).toEqual(new Set(known));
});

it('the custom role of docs/failover.md is enough to scale up', async () => {
  const [, role = ''] = /```json([^]*?)```/.exec(await identity()) ?? [];
  const { Actions: given } = JSON.parse(role) as { readonly Actions: readonly string[] };
  expect(new Set(given)).toEqual(new Set([...readPools, ...scalePools, ...metrics, ...permissions]));
});
