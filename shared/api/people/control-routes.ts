import type * as z from 'zod';

import type { JsonObject } from '../../domain/json.ts';
import { isStopped, KILL_SWITCH } from '../../reconcile/guards/kill-switch.ts';
import { readSwitches, SWITCHES } from '../../reconcile/guards/switches.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { problem } from '../problem.ts';
import { writeControl } from './control.ts';
import { json, OPERATORS, READERS, route, type Call, type PeopleTools, type Route } from './route.ts';
import { KillSwitch, KillSwitchBody, SwitchesBody, SwitchesView } from './schemas.ts';

/** What stops everything, and what keeps machines still. */
export const CONTROL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'kill-switch',
    operation: 'readKillSwitch',
    summary: 'Whether all writes are stopped',
    roles: READERS,
    answers: { 200: { description: 'as it stands', schema: KillSwitch } },
    answer: async (_, { rows }) => {
      const row = await rows.get(KILL_SWITCH.partition, KILL_SWITCH.rowKey);
      const told = KillSwitch.partial().safeParse(row?.value ?? {}).data ?? { reason: 'its row cannot be understood' };
      return json(200, { ...told, on: await isStopped(rows) });
    },
  }),
  route({
    method: 'PUT',
    path: 'kill-switch',
    operation: 'setKillSwitch',
    summary: 'Stop all writes (Operator, with a reason) or let them go on (Approver)',
    roles: ['Operator', 'Approver'],
    body: KillSwitchBody,
    answers: { 200: { description: 'as it stands now', schema: KillSwitch } },
    answer: async (call, tools) => {
      const { on, reason } = call.body;
      const role = on ? 'Operator' : 'Approver';
      if (!call.by.roles.includes(role)) {
        return problem(403, 'REFLEX_ROLE_MISSING', `Turning it ${on ? 'on' : 'off'} needs the role ${role}.`);
      }
      const at = tools.clock.now().toISOString();
      const next = { on, by: call.by.objectId, at, ...(reason === undefined ? {} : { reason }) };
      await change(call, tools, { rowKey: KILL_SWITCH.rowKey, kind: on ? 'paused' : 'resumed', at, value: () => next });
      return json(200, next);
    },
  }),
  route({
    method: 'GET',
    path: 'switches',
    operation: 'readSwitches',
    summary: 'Whether machines may move anything, and which alarms are firing',
    roles: READERS,
    answers: { 200: { description: 'as they stand', schema: SwitchesView } },
    answer: async (_, { rows }) => json(200, await readSwitches(rows)),
  }),
  route({
    method: 'PUT',
    path: 'switches',
    operation: 'setSwitches',
    summary: 'Say whether machines may move anything, and which alarms are firing; what is left out stays',
    roles: OPERATORS,
    body: SwitchesBody,
    answers: { 200: { description: 'as they stand now', schema: SwitchesView } },
    answer: async (call, tools) => {
      const { automation, firing } = call.body;
      const at = tools.clock.now().toISOString();
      const value = async (): Promise<JsonObject> => {
        const now = await readSwitches(tools.rows);
        return { automation: automation ?? now.automation, firing: firing ?? [...now.firing] };
      };
      const kind = automation === 'off' ? 'paused' : 'resumed';
      await change(call, tools, { rowKey: SWITCHES.rowKey, kind, at, value });
      return json(200, await readSwitches(tools.rows));
    },
  }),
];

interface Change {
  readonly rowKey: string;
  readonly kind: AuditEntry['kind'];
  readonly at: string;
  readonly value: () => JsonObject | Promise<JsonObject>;
}

async function change(
  { by, body }: Call<unknown, z.infer<typeof KillSwitchBody> | z.infer<typeof SwitchesBody>>,
  { rows, log }: PeopleTools,
  { rowKey, kind, at, value }: Change,
): Promise<void> {
  log.warn('a person turned a switch', { by: by.objectId, rowKey, kind });
  const entry: AuditEntry = { kind, at, facts: { switch: rowKey, by: by.objectId, ...body } };
  await writeControl(rows, { rowKey, entry, value: async () => ({ schema: 1, ...(await value()) }) }, log);
}
