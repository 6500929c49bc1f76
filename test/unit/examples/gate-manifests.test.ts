import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

type Node = Readonly<Record<string, unknown>>;

function textOf(name: string): string {
  return readFileSync(new URL(`../../../examples/gate/${name}`, import.meta.url), 'utf8');
}

function objectsIn(name: string): readonly Node[] {
  return parseAllDocuments(textOf(name), { strict: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Node;
  });
}

/** The value at a path of keys and indexes. */
function at(node: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], node);
}

function byKind(kind: string): Node {
  return OBJECTS.find((one) => one['kind'] === kind)!;
}

const OBJECTS = objectsIn('gate.yaml');
const pod = at(byKind('Deployment'), 'spec', 'template');
const container = at(pod, 'spec', 'containers', 0);

describe('gate.yaml', () => {
  it('runs two replicas without privileges on a file system that cannot be written', () => {
    expect(at(byKind('Deployment'), 'spec', 'replicas')).toBe(2);
    expect(at(pod, 'spec', 'securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    expect(at(container, 'securityContext')).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('sets variables that the server reads, and keeps the state where it may write', () => {
    const maps = OBJECTS.filter(({ kind }) => kind === 'ConfigMap').map((one) => one['data'] as Node);
    const data = Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
    const names = Object.keys(data);
    expect(names).toContain('GATE_EDGE');
    expect(names.filter((name) => !textOf('server.mjs').includes(name))).toEqual([]);
    expect(at(data, 'GATE_STATE_FILE')).toMatch(
      new RegExp(`^${String(at(container, 'volumeMounts', 0, 'mountPath'))}/`),
    );
    const documents = String(at(data, 'GATE_DOCUMENTS')).trim().split(/\s+/);
    expect(documents.length).toBeGreaterThanOrEqual(2);
    expect(documents.filter((url) => !url.endsWith(`/gates${String(at(data, 'GATE_EDGE'))}.jws`))).toEqual([]);
  });

  it.each([
    ['Service', ['spec', 'selector']],
    ['PodDisruptionBudget', ['spec', 'selector', 'matchLabels']],
    ['NetworkPolicy', ['spec', 'podSelector', 'matchLabels']],
    ['Deployment', ['spec', 'selector', 'matchLabels']],
  ])('selects its own pods in %s', (kind, path) => {
    expect(at(pod, 'metadata', 'labels')).toMatchObject(at(byKind(kind), ...path) as Node);
  });

  it('keeps everything in one namespace', () => {
    const namespaces = OBJECTS.filter(({ kind }) => kind !== 'Namespace').map((one) =>
      at(one, 'metadata', 'namespace'),
    );
    expect(new Set(namespaces)).toEqual(new Set([at(byKind('Namespace'), 'metadata', 'name')]));
  });
});

describe('the routes', () => {
  it('lead the same exact path of the same host to the service', () => {
    const [ingress] = objectsIn('ingress-nginx.yaml');
    const [route] = objectsIn('gateway-api.yaml');
    const service = at(byKind('Service'), 'metadata', 'name');
    const path = at(ingress, 'spec', 'rules', 0, 'http', 'paths', 0);
    expect(path).toMatchObject({ path: '/reflex-gate', pathType: 'Exact', backend: { service: { name: service } } });
    expect(at(route, 'spec', 'rules', 0, 'matches', 0, 'path')).toEqual({ type: 'Exact', value: '/reflex-gate' });
    const port: unknown = at(byKind('Service'), 'spec', 'ports', 0, 'port');
    expect(at(route, 'spec', 'rules', 0, 'backendRefs')).toEqual([{ name: service, port }]);
    expect(at(route, 'spec', 'hostnames')).toEqual([at(ingress, 'spec', 'rules', 0, 'host')]);
  });
});

describe('the image', () => {
  it('has every file that the server imports', () => {
    const copied = /^COPY (.*) \.\/$/m.exec(textOf('Dockerfile'))?.[1]?.split(' ') ?? [];
    const imported = copied.flatMap((name) => [...textOf(name).matchAll(/from '\.\/(.+)'/g)].map(([, file]) => file));
    expect(copied).toContain('server.mjs');
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !copied.includes(name!))).toEqual([]);
  });
});
