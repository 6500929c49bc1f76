import { describe, expect, it } from 'vitest';

import type { World } from '../../../../cli/people/connection.ts';
import { FollowUp } from '../../../../cli/people/follow-up.ts';

function followUp(options: object, environment: World['environment'] = {}): FollowUp {
  return new FollowUp({ data: '.reflex', ...options }, { environment } as World);
}

describe('a command for the reader to copy', () => {
  it.each<[string, object, World['environment'], string]>([
    ['the program', {}, {}, 'reflex plans watch ID'],
    ['a script of npm', {}, { npm_lifecycle_event: 'reflex' }, 'npm run -s reflex -- plans watch ID'],
    [
      'a person of the local stack',
      { as: 'alice', data: 'my data' },
      {},
      "reflex plans watch ID --as alice --data 'my data'",
    ],
    ['an address', { url: 'https://x.test' }, {}, 'reflex plans watch ID --url https://x.test'],
  ])('begins as %s was begun', (_, options, environment, line) => {
    expect(followUp(options, environment).own('plans', 'watch', 'ID')).toBe(line);
  });

  it('is left to somebody else where somebody else has to agree', () => {
    expect(followUp({ as: 'alice' }).others('plans', 'approve', 'ID')).toBe('reflex plans approve ID --as SOMEBODY');
    expect(followUp({}).others('plans', 'approve', 'ID')).toBe('reflex plans approve ID');
  });

  it('runs nothing that an answer smuggles in', () => {
    expect(followUp({}).own('failback', "a'; rm -rf /; '\u001b[2J")).toBe(
      String.raw`reflex failback 'a'\''; rm -rf /; '\''` + "\ufffd[2J'",
    );
  });
});
