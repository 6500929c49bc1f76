import { expect, it } from 'vitest';

import type { GivenCommand } from '../../../shared/commands/edge-command.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import type { ActorDependencies } from '../../../shared/pipeline/actor.ts';
import { handleMessage } from '../../../shared/pipeline/handle-message.ts';

it('a command is handed to the edges, and one for an edge that the fleet has lost is told', async () => {
  const asked = { command: 'unpin' as const, edge: 'shop', origin: 'weu', reason: '', override: [], dryRun: false };
  const given: GivenCommand = { id: '1', by: 'alice', at: '2026-01-05T08:00:00.000Z', asked };
  const done: GivenCommand[] = [];
  const edges = { command: (one: GivenCommand) => Promise.resolve(void done.push(one)) };
  const said: unknown[] = [];
  const clusters = { follow: () => Promise.resolve(void said.push('clusters')) };
  const actor = { edges, clusters, log: { info: (_: string, fields: unknown) => void said.push(fields) } };
  await handleMessage(JSON.parse(sealEnvelope({ kind: 'command', given })), actor as unknown as ActorDependencies);
  expect(said).toEqual(['clusters', { id: '1', decision: 'unknown-edge', reason: undefined }]);
  expect(done).toEqual([given]);
});
