import { expect, it } from 'vitest';

import { subjectsOf } from '../../../shared/intents/subjects.ts';

it.each<[string, Parameters<typeof subjectsOf>[0], readonly string[]]>([
  ['its subject', { subject: 'weu', value: { enabled: false } }, ['weu']],
  ['each origin whose weight it names', { subject: 'og', value: { weights: { weu: 10, neu: 20 } } }, ['weu', 'neu']],
  ['its subject where weights are none', { subject: 'og', value: { weights: null } }, ['og']],
])('an intent is about %s', (_, intent, expected) => {
  expect(subjectsOf(intent)).toEqual(expected);
});
