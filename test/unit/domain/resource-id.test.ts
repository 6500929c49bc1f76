import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseResourceId } from '../../../shared/domain/azure/resource-id.ts';

const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-000000000001';
const REGISTRY = `${SUBSCRIPTION}/resourceGroups/Shop/providers/Microsoft.ContainerRegistry/registries/Contoso`;

describe('parseResourceId', () => {
  it('reads a resource and folds its case', () => {
    expect(parseResourceId(REGISTRY)).toMatchObject({
      type: 'microsoft.containerregistry/registries',
      resourceGroup: 'shop',
      name: 'Contoso',
    });
    expect(parseResourceId(REGISTRY.toUpperCase())?.key).toBe(parseResourceId(REGISTRY)?.key);
    expect(parseResourceId(`${REGISTRY}/`)?.key).toBe(parseResourceId(REGISTRY)?.key);
  });

  it('reads scopes and child resources', () => {
    expect(parseResourceId(SUBSCRIPTION)?.type).toBeUndefined();
    expect(parseResourceId(`${SUBSCRIPTION}/resourceGroups/Shop`)?.resourceGroup).toBe('shop');
    expect(parseResourceId(`${REGISTRY}/webhooks/w`)?.type).toBe('microsoft.containerregistry/registries/webhooks');
  });

  it.each([
    '',
    'subscriptions/x',
    '/subscriptions/not-a-guid',
    `${SUBSCRIPTION}/resourceGroups`,
    `${SUBSCRIPTION}/groups/x`,
    `${SUBSCRIPTION}/resourceGroups/x/resources/y`,
    `${REGISTRY}/webhooks`,
    `${REGISTRY}/../../x/y`,
    `${SUBSCRIPTION}/resourceGroups/a b`,
    `${SUBSCRIPTION}/resourceGroups/x/providers/Microsoft.X`,
    `${REGISTRY}/${'a/'.repeat(2000)}`,
  ])('refuses %j', (text) => {
    expect(parseResourceId(text)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseResourceId(`${SUBSCRIPTION}/${text}`)));
  });
});
