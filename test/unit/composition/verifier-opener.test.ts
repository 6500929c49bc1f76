import { expect, it } from 'vitest';
import * as z from 'zod';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { openVerifiers } from '../../../shared/composition/verifier-opener.ts';
import { Verification } from '../../../shared/fleet/schema/verification.ts';
import { readSettings } from '../../../shared/settings.ts';

it('somebody verifies every kind that a fleet file can name', () => {
  const settings = readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' });
  const never = (): Promise<never> => Promise.reject(new Error('not asked'));
  const verifiers = openVerifiers(settings, {
    ...{ clock: new VirtualClock(), rows: new InMemoryRowStore(), wrap: (_, port) => port },
    ...{ checkRuns: never, workflows: never },
  });
  const { anyOf = [] } = z.toJSONSchema(Verification, { io: 'input' });
  const named = anyOf.flatMap((one) => Object.keys((one as { properties?: object }).properties ?? {}));
  expect(named.length).toBeGreaterThan(3);
  expect(verifiers.map(({ kind }) => kind).toSorted()).toEqual(named.toSorted());
});
