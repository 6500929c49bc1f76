import { newProgress, unverified, type Running, type StageProgress } from '../../../../shared/domain/image/progress.ts';
import type { FleetStage } from '../../../../shared/fleet/model.ts';
import type { TrackedStage } from '../../../../shared/reactions/image-promotion/index.ts';

export const IMAGE = 'contoso.azurecr.io/shop/web';
export const T0 = '2026-11-23T08:00:00.000Z';
export const RULE = {
  name: 'web',
  mode: 'enforce',
  gitops: { name: 'shop', owner: 'contoso', repo: 'gitops', branch: 'main' },
} as const;

/** A digest by a word. */
export function digestOf(word: string): string {
  return `sha256:${word.padEnd(64, '0')}`;
}

/** Minutes after the start. */
export function at(minutes: number): string {
  return new Date(Date.parse(T0) + minutes * 60_000).toISOString();
}

export function stageOf(name: string, more: Partial<FleetStage> = {}): FleetStage {
  return { name, paths: [`${name}/**`], write: 'commit', ...more };
}

export function running(tag: string, more: Partial<Running> = {}): Running {
  const version = { tag, digest: digestOf(tag) };
  return {
    ...version,
    commit: 'c1',
    before: 'c0',
    at: T0,
    isForeign: false,
    isRollback: false,
    heads: ['c1'],
    ...more,
  };
}

export function rowOf(stage: string, more: Partial<StageProgress> = {}): StageProgress {
  return { ...newProgress({ image: IMAGE, stage }, T0), ...more };
}

/** A stage whose version has passed at a minute. */
export function passed(tag: string, minute: number, stage: FleetStage): TrackedStage {
  const verdict = { ...unverified(T0), outcome: 'pass' } as const;
  return { stage, row: rowOf(stage.name, { current: running(tag), verdict, since: at(minute) }) };
}

/** A stage whose version has failed, and is held for it. */
export function failed(tag: string, stage: FleetStage, more: Partial<StageProgress> = {}): TrackedStage {
  const verdict = { ...unverified(T0), outcome: 'fail', reason: 'probe' } as const;
  const held = [{ tag, digest: digestOf(tag), cause: 'verification', at: T0, reason: 'probe' } as const];
  const previous = { ...running('0.9'), outcome: 'pass' } as const;
  return { stage, row: rowOf(stage.name, { current: running(tag), verdict, held, previous, ...more }) };
}
