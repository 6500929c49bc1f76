import type { FleetImage, FleetStage } from '../../../../shared/fleet/model.ts';

export const HOST = 'contoso.azurecr.io';

export function stageOf(name: string, more: Partial<FleetStage> = {}): FleetStage {
  return { name, paths: [`clusters/${name}/**`], write: 'commit', ...more };
}

/** A rule for `shop/web` by semver, which takes pushes at stage dev. */
export function ruleOf(more: Partial<FleetImage> = {}): FleetImage {
  return {
    name: 'web',
    registry: HOST,
    repository: 'shop/web',
    gitops: { name: 'shop', owner: 'contoso', repo: 'gitops', branch: 'main' },
    stages: [stageOf('dev')],
    policy: { kind: 'semver', range: '>=1.0.0', loose: false },
    mode: 'enforce',
    ...more,
  };
}
