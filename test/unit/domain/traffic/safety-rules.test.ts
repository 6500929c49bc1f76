import { describe, expect, it } from 'vitest';

import { isOverridden, isRule, OVERRIDABLE_RULES } from '../../../../shared/domain/traffic/safety-rules.ts';

describe('names of safety rules', () => {
  it.each([...OVERRIDABLE_RULES.filter((name) => name !== 'atleast-N')])('%s overrides itself', (name) => {
    expect(isRule(name)).toBe(true);
    expect(isOverridden({ reason: name, page: false }, [name])).toBe(true);
    expect(isOverridden({ reason: name, page: false }, ['atleast-1'])).toBe(false);
  });

  it.each([
    ['safety-rule:atleast-2', 'atleast-2', true],
    ['safety-rule:atleast-2', 'safety-rule:atleast-2', true],
    ['safety-rule:atleast-2', 'atleast-3', false],
    ['safety-rule:atleast-12', 'atleast-2', false],
    ['replication-lag 90s > rpo 60s', 'replication-lag', true],
    ['replication-lag 90s > rpo 60s', 'freeze', false],
    ['last-healthy', 'last-healthy', false],
    ['last-enabled', 'last-enabled', false],
    ['config-error:twin-split', 'twin-split', true],
    ['config-error:twin-split', 'config-error:twin-split', true],
    ['config-error:twin-split', 'twin-settings', false],
    ['config-error:no-gate', 'no-gate', false],
    ['config-error:no-gate', 'config-error:no-gate', false],
  ])('%s is overridden by %s: %s', (reason, name, expected) => {
    expect(isOverridden({ reason, page: true }, [name])).toBe(expected);
  });
});
