import { beforeEach, describe, expect, it } from 'vitest';

import type { ImageCommand, ImageCommandOutcome } from '../../../shared/commands/image-command.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import { BranchStage, textOf } from './branch-stage.ts';

const TARGET = 'github.com/contoso/gitops#main';
const IMAGE = 'contoso.azurecr.io/shop/web';
const PLACE = { image: IMAGE, stage: 'dev', reason: 'it fails' };

type Asked = ImageCommand extends infer One
  ? One extends ImageCommand
    ? Omit<One, 'image' | 'stage' | 'reason'>
    : never
  : never;

describe('a person rolls an image back', () => {
  let stage: BranchStage;
  let pushes: readonly object[];
  let commands: number;

  beforeEach(async () => {
    stage = new BranchStage(['web', 'api']);
    commands = 0;
    stage.push('web', '1.4.0');
    pushes = [stage.push('web', '1.5.0')];
    await stage.handle(pushes[0]!);
    pushes = [...pushes, stage.push('web', '1.6.0')];
    await stage.handle(pushes[1]!);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  function message(asked: Asked, id = `c${(commands += 1)}`): object {
    const given = { id, by: 'alice', at: stage.clock.now().toISOString(), asked: { ...PLACE, ...asked } };
    return JSON.parse(sealEnvelope({ kind: 'image-command', given })) as object;
  }

  async function give(asked: Asked): Promise<ImageCommandOutcome> {
    await stage.handle(message(asked));
    const row = await stage.rows.get(TARGET, `command|c${commands}`);
    return row?.value as unknown as ImageCommandOutcome;
  }

  async function open(kind: string): Promise<readonly Intent[]> {
    const rows = await stage.rows.list(TARGET, 'intent|');
    const intents = rows.map(({ value }) => value as unknown as Intent);
    return intents.filter((intent) => intent.kind === kind && intent.state !== 'closed');
  }

  it('to the version before, and the bad digest stays out until another one comes', async () => {
    expect(await give({ command: 'rollback' })).toMatchObject({ decision: 'rolled-back', to: '1.5.0' });
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    await stage.handle(stage.pushAgain('web', '1.6.0', pushes[1]!));
    await stage.minutes(10);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    await stage.handle(stage.push('web', '1.6.1'));
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.1'));
  });

  it('twice, each time one further, and not past the first', async () => {
    await give({ command: 'rollback' });
    expect(await give({ command: 'rollback' })).toMatchObject({ decision: 'rolled-back', to: '1.4.0' });
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect(await give({ command: 'rollback' })).toMatchObject({ decision: 'refuse', reason: 'no-earlier-version' });
  });

  it.each([
    ['to a named version', { command: 'rollback', to: '1.4.0' }, 'rolled-back', '1.4.0'],
    ['not to one that never ran there', { command: 'rollback', to: '9.9.9' }, 'refuse', '1.6.0'],
    ['not to what stands there', { command: 'rollback', to: '1.6.0' }, 'noop', '1.6.0'],
  ] as const)('%s', async (_, asked, decision, tag) => {
    expect(await give(asked)).toMatchObject({ decision });
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', tag));
  });

  it('once, however often the command is delivered', async () => {
    const command = message({ command: 'rollback' });
    await stage.handle(command);
    await stage.handle(command);
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    expect((await stage.kinds()).filter((kind) => kind === 'acted')).toHaveLength(3);
  });

  it('and lets go of it again: the same push is written', async () => {
    await give({ command: 'rollback' });
    expect(await give({ command: 'release' })).toMatchObject({ decision: 'released' });
    expect(await open('hold')).toEqual([]);
    await stage.handle(stage.pushAgain('web', '1.6.0', pushes[1]!));
    await stage.minutes(1);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('not where somebody holds the stage, which keeps every push out as well', async () => {
    expect(await give({ command: 'hold' })).toMatchObject({ decision: 'holding' });
    await stage.handle(stage.push('web', '1.7.0'));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
    expect(await give({ command: 'rollback' })).toMatchObject({ decision: 'refuse', reason: 'held-by-a-person' });
    await give({ command: 'release' });
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.7.0'));
  });

  it('a release lets a revert be written over, once', async () => {
    await stage.commit('dev/web.yaml', textOf('web', '1.5.0'), 'Revert');
    await stage.handle(stage.pushAgain('web', '1.6.0', pushes[1]!));
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    await give({ command: 'release' });
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
    await stage.commit('dev/web.yaml', textOf('web', '1.5.0'), 'Revert once more');
    await stage.handle(stage.pushAgain('web', '1.6.0', pushes[1]!));
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
  });
});
