import { expect, test } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryEdgeControl } from '../../../../shared/adapters/in-memory/edge-control.ts';
import type { EdgeRouting } from '../../../../shared/ports/edge-control.ts';

const PROFILE = '/subscriptions/s/resourcegroups/rg/providers/microsoft.cdn/profiles/p';
const FRONT_DOOR: EdgeRouting = { method: 'latency-then-weight', hasAffinity: false };

function open(routing: EdgeRouting = FRONT_DOOR, durationMs = 0) {
  const clock = new VirtualClock();
  const control = new InMemoryEdgeControl({ clock, durationMs });
  const groups = ['apps', 'apps-2'].map((name) => `${PROFILE}/origingroups/${name}`);
  for (const group of groups) {
    const origins = ['west', 'east'].map((name) => ({
      id: `${group}/origins/${name}`,
      enabled: name === 'west',
      weight: 50,
      priority: 1,
      monitor: 'healthy' as const,
    }));
    control.seed(group, { routing, origins });
  }
  return { clock, control, group: groups[0]!, other: groups[1]! };
}

test('groups of one profile are read apart, and write one after another', async () => {
  const { clock, control, group, other } = open(FRONT_DOOR, 1000);
  await control.begin(`${group}/origins/west`, { weight: 9 });
  const second = await control.begin(`${other}/origins/west`, { weight: 8 });
  await clock.advance(1000);
  const { origins } = await control.read(group);
  expect(origins.map(({ id, weight, terminal }) => [id, weight, terminal])).toEqual([
    [`${group}/origins/west`, 9, true],
    [`${group}/origins/east`, 50, true],
  ]);
  expect(await control.poll('', second.status === 'running' ? second.state : '')).toEqual(second);
});

test('Front Door keeps its last enabled origin, and takes the word of one that is disabled', async () => {
  const { control, group } = open();
  await expect(control.begin(`${group}/origins/west`, { enabled: false })).rejects.toMatchObject({ status: 400 });
  control.change(`${group}/origins/west`, { enabled: false });
  expect(await control.begin(`${group}/origins/west`, { enabled: false })).toEqual({ status: 'succeeded' });
});

test('Traffic Manager lets its last endpoint be disabled', async () => {
  const { control, group } = open({ method: 'weight', hasAffinity: false, ttlSeconds: 30 });
  expect(await control.begin(`${group}/origins/west`, { enabled: false })).toEqual({ status: 'succeeded' });
});

test('a fault waits for the call that it is about', async () => {
  const { control, group } = open();
  control.fail({ on: 'poll', error: new Error('later') });
  control.fail({ on: 'read', error: new Error('now') });
  await expect(control.read(group)).rejects.toThrow('now');
  await control.read(group);
  await expect(control.poll('', '')).rejects.toThrow('later');
});
