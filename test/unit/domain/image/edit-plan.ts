import { planImageEdit } from '../../../../shared/domain/image/yaml-edit/edit.ts';
import type { EditPlan } from '../../../../shared/domain/image/yaml-edit/plan.ts';
import type { PlaceQuery } from '../../../../shared/domain/image/yaml-edit/place.ts';

export const IMAGE = { registry: 'contoso.azurecr.io', repository: 'shop/web' };
export const NAME = 'contoso.azurecr.io/shop/web';
export const OLD = `sha256:${'a'.repeat(64)}`;
export const NEW = `sha256:${'b'.repeat(64)}`;
export const WANTED = { tag: '2.0.0', digest: NEW };

export type Query = Omit<PlaceQuery, 'image'> & { readonly path?: string };

export function plan(
  text: string,
  { path = '', ...query }: Query = {},
  wanted: Parameters<typeof planImageEdit>[2] = WANTED,
): EditPlan {
  return planImageEdit({ path, text }, { image: IMAGE, ...query }, wanted);
}

/** The lines that changed, as they read afterwards; or the outcome. */
export function changed(text: string, query: Query = {}, wanted = WANTED): string {
  const { outcome, after, reason } = plan(text, query, wanted);
  if (outcome !== 'edited') {
    return reason === undefined ? outcome : `${outcome}: ${reason}`;
  }
  const before = text.split('\n');
  return after
    .split('\n')
    .filter((line, index) => line !== before[index])
    .map((line) => line.trim())
    .join('\n');
}
