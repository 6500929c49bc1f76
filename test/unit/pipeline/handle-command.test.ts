import { expect, it } from 'vitest';

import type { GivenCommand } from '../../../shared/commands/edge-command.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import { handleMessage, type ActorDependencies } from '../../../shared/pipeline/handle-message.ts';

it('a command is handed to whoever does commands', async () => {
  const asked = { command: 'unpin' as const, edge: 'shop', origin: 'weu', reason: '', override: [], dryRun: false };
  const given: GivenCommand = { id: '1', by: 'alice', at: '2026-01-05T08:00:00.000Z', asked };
  const done: GivenCommand[] = [];
  const actor: Partial<ActorDependencies> = { runCommand: (one) => Promise.resolve(void done.push(one)) };
  await handleMessage(JSON.parse(sealEnvelope({ kind: 'command', given })), actor as ActorDependencies);
  expect(done).toEqual([given]);
});
