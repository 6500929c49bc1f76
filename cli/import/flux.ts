import type { Draft, PolicyDraft, Reading, Remark, RepositoryDraft, StageDraft } from './draft.ts';
import { field, textField, textsField } from './fields.ts';
import { covers, globBelow, narrowest } from './places.ts';
import type { KubeObject, Marker } from './read-objects.ts';
import { readRepositoryUrl } from './repository-url.ts';

const IMAGE_API = 'image.toolkit.fluxcd.io/';
const SOURCE_API = 'source.toolkit.fluxcd.io/';
/** Flux's own default; signatures are never candidates here. */
const SIGNATURES = '^.*\\.sig$';

interface FluxObjects {
  readonly policies: readonly KubeObject[];
  readonly repositories: readonly KubeObject[];
  readonly automations: readonly KubeObject[];
  readonly sources: readonly KubeObject[];
}

/** Flux image policies, each with the places that markers give it. Pure. */
export function readFlux(objects: readonly KubeObject[], markers: readonly Marker[]): Reading {
  const of = (api: string, kind: string): readonly KubeObject[] =>
    objects.filter(({ apiVersion, origin }) => apiVersion.startsWith(api) && origin.kind === kind);
  const flux: FluxObjects = {
    policies: of(IMAGE_API, 'ImagePolicy'),
    repositories: of(IMAGE_API, 'ImageRepository'),
    automations: of(IMAGE_API, 'ImageUpdateAutomation'),
    sources: of(SOURCE_API, 'GitRepository'),
  };
  const drafts: Draft[] = [];
  const remarks: Remark[] = [];
  for (const policy of flux.policies) {
    const marked = markers.filter((marker) => isNamed(policy, marker.policy));
    drafts.push(...readPolicy(policy, marked, flux, remarks));
  }
  for (const marker of markers) {
    if (!flux.policies.some((policy) => isNamed(policy, marker.policy))) {
      remarks.push(unequal(marker.origin, 'no ImagePolicy of this name is among the files'));
    } else if (marker.kind === 'name') {
      remarks.push({ ...marker.origin, severity: 'note', text: 'a name alone is never written' });
    }
  }
  remarks.push(...flux.automations.flatMap(remarksOnAutomation));
  return { drafts, remarks };
}

function readPolicy(
  policy: KubeObject,
  marked: readonly Marker[],
  flux: FluxObjects,
  remarks: Remark[],
): readonly Draft[] {
  const { origin, body } = policy;
  const wanted = textField(body, 'spec', 'imageRepositoryRef', 'name') ?? '';
  const namespace = textField(body, 'spec', 'imageRepositoryRef', 'namespace') ?? policy.namespace;
  const repository = find(flux.repositories, namespace, wanted);
  const image = textField(repository?.body, 'spec', 'image');
  const order = readOrder(body);
  if (image === undefined || order === undefined || marked.length === 0) {
    const why =
      image === undefined
        ? `its ImageRepository ${wanted} is not among the files, or names no image`
        : order === undefined
          ? 'its policy is none of semver, alphabetical and numerical'
          : 'no file has a marker for it, so that it writes nothing';
    remarks.push(unequal(origin, why));
    return [];
  }
  const ignore = textsField(repository?.body, 'spec', 'exclusionList').filter((one) => one !== SIGNATURES);
  const isSuspended = [policy, repository].some((one) => field(one?.body, 'spec', 'suspend') === true);
  const shared = { origin, image, policy: { ...order, ...(ignore.length === 0 ? {} : { ignore }) } };
  return placesOf(policy, marked, flux, remarks).map((place) => ({
    ...shared,
    ...place,
    isSuspended: isSuspended || place.isSuspended,
  }));
}

/** One kind and what narrows the tags; undefined where the kind is unknown. */
function readOrder(body: unknown): PolicyDraft | undefined {
  const range = textField(body, 'spec', 'policy', 'semver', 'range');
  const kind = (['alphabetical', 'numerical'] as const).find((one) => field(body, 'spec', 'policy', one) !== undefined);
  if (range === undefined && kind === undefined) {
    return undefined;
  }
  const order = kind === undefined ? undefined : textField(body, 'spec', 'policy', kind, 'order')?.toLowerCase();
  const pattern = textField(body, 'spec', 'filterTags', 'pattern');
  const extract = textField(body, 'spec', 'filterTags', 'extract');
  const reflection = textField(body, 'spec', 'digestReflectionPolicy');
  return {
    ...(range === undefined ? { [kind ?? '']: { order: order ?? 'asc' } } : { semver: { range } }),
    ...(pattern === undefined ? {} : { filterTags: { pattern, ...(extract === undefined ? {} : { extract }) } }),
    ...(reflection === undefined || reflection === 'Never' ? {} : { digestReflection: reflection }),
  };
}

type Place = Pick<Draft, 'repository' | 'stages' | 'files' | 'isSuspended'>;

/** By repository: the automations of the namespace whose path covers a marker, each a stage. */
function placesOf(
  { origin, namespace }: KubeObject,
  marked: readonly Marker[],
  { automations, sources }: FluxObjects,
  remarks: Remark[],
): readonly Place[] {
  const files = [...new Set(marked.map((marker) => marker.origin.file))].sort();
  const places = new Map<string, Place>();
  for (const automation of automations.filter((one) => isSameNamespace(one.namespace, namespace))) {
    const path = globBelow(textField(automation.body, 'spec', 'update', 'path') ?? '.');
    const own = files.filter((file) => covers(path, file));
    if (own.length > 0) {
      const repository = repositoryOf(automation, sources, remarks);
      const key = JSON.stringify(repository);
      const before = places.get(key);
      places.set(key, {
        repository,
        stages: [...(before?.stages ?? []), stageOf(automation, path, own)],
        files: [...new Set([...(before?.files ?? []), ...own])],
        isSuspended: before?.isSuspended === true || field(automation.body, 'spec', 'suspend') === true,
      });
    }
  }
  if (places.size > 0) {
    return [...places.values()];
  }
  remarks.push(unequal(origin, 'no ImageUpdateAutomation of its namespace covers its markers: the path is a guess'));
  const stage: StageDraft = { name: 'default', path: narrowest(files), write: 'commit' };
  return [{ repository: {}, stages: [stage], files, isSuspended: false }];
}

function stageOf({ origin, body }: KubeObject, path: string, files: readonly string[]): StageDraft {
  const branch = textField(body, 'spec', 'git', 'push', 'branch');
  const isElsewhere = branch !== undefined && branch !== branchOf(body);
  // The whole repository is more than a stage may write.
  return {
    name: origin.name,
    path: path === '**' ? narrowest(files) : path,
    write: isElsewhere ? 'pull-request' : 'commit',
  };
}

function branchOf(body: unknown): string | undefined {
  return textField(body, 'spec', 'git', 'checkout', 'ref', 'branch');
}

function repositoryOf(automation: KubeObject, sources: readonly KubeObject[], remarks: Remark[]): RepositoryDraft {
  const { body, origin } = automation;
  const name = textField(body, 'spec', 'sourceRef', 'name') ?? '';
  const namespace = textField(body, 'spec', 'sourceRef', 'namespace') ?? automation.namespace;
  const source = find(sources, namespace, name);
  const url = textField(source?.body, 'spec', 'url');
  const branch = branchOf(body) ?? textField(source?.body, 'spec', 'ref', 'branch');
  const repository = url === undefined ? undefined : readRepositoryUrl(url);
  if (url !== undefined && repository === undefined) {
    remarks.push(unequal(origin, `${url} is no repository on GitHub`));
  } else if (url === undefined) {
    remarks.push({ ...origin, severity: 'note', text: `GitRepository ${name} is not among the files` });
  }
  return { ...repository, ...(branch === undefined ? {} : { branch }) };
}

function remarksOnAutomation({ origin, body }: KubeObject): readonly Remark[] {
  const remarks: Remark[] = [];
  const has = (...keys: readonly string[]): boolean => field(body, 'spec', ...keys) !== undefined;
  if (has('git', 'commit', 'messageTemplate')) {
    remarks.push(unequal(origin, 'messageTemplate: commits have a message of their own'));
  }
  if (has('git', 'commit', 'signingKey')) {
    remarks.push(unequal(origin, 'signingKey: GitHub signs the commits of the App instead'));
  }
  if (has('git', 'push', 'refspec')) {
    remarks.push(unequal(origin, 'push.refspec: only the branch itself, or a pull request to it, is written'));
  }
  if (has('policySelector')) {
    remarks.push(unequal(origin, 'policySelector: its labels were not looked at'));
  }
  return remarks;
}

function find(objects: readonly KubeObject[], namespace: string, name: string): KubeObject | undefined {
  return objects.find((one) => one.origin.name === name && isSameNamespace(one.namespace, namespace));
}

function isNamed({ namespace, origin }: KubeObject, reference: string): boolean {
  const [space = '', name = ''] = reference.split(':');
  return origin.name === name && isSameNamespace(namespace, space);
}

/** A file may leave the namespace to whoever applies it. */
function isSameNamespace(a: string, b: string): boolean {
  return a === '' || b === '' || a === b;
}

function unequal(origin: Remark | KubeObject['origin'], text: string): Remark {
  const { file, line, kind, name } = origin;
  return { file, line, kind, name, severity: 'unequal', text };
}
