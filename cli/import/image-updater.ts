import { posix } from 'node:path';

import { matchesGlob } from '../../shared/domain/glob.ts';
import { cutReference } from '../../shared/domain/image/reference.ts';
import type { Draft, Origin, PolicyDraft, Reading, Remark, RepositoryDraft, StageDraft } from './draft.ts';
import { field, listField, textField, textsField } from './fields.ts';
import { globBelow } from './places.ts';
import type { KubeObject } from './read-objects.ts';
import { readRepositoryUrl } from './repository-url.ts';

const PREFIX = 'argocd-image-updater.argoproj.io/';

/** How one image is kept up to date, in the words that annotations and the custom resource share. */
interface Settings {
  readonly origin: Origin;
  /** `[alias=]name[:constraint]` */
  readonly image: string;
  readonly strategy: string;
  readonly allowTags: string | undefined;
  readonly ignoreTags: readonly string[];
  readonly writeBack: WriteBack;
}

interface WriteBack {
  readonly method: string;
  readonly branch: string | undefined;
  readonly repository: string | undefined;
  readonly target: string | undefined;
}

/** Argo CD Image Updater: annotations of Applications, and ImageUpdater resources. Pure. */
export function readImageUpdater(objects: readonly KubeObject[]): Reading {
  const drafts: Draft[] = [];
  const remarks: Remark[] = [];
  const applications = objects.filter(
    ({ apiVersion, origin }) => apiVersion.startsWith('argoproj.io/') && origin.kind === 'Application',
  );
  for (const application of applications) {
    for (const settings of annotated(application, remarks)) {
      drafts.push(...draftOf(settings, application, remarks));
    }
  }
  for (const updater of objects.filter(({ apiVersion }) => apiVersion.startsWith(PREFIX))) {
    drafts.push(...readUpdater(updater, applications, remarks));
  }
  for (const { origin, body } of objects.filter(({ origin: { kind } }) => kind === 'ApplicationSet')) {
    const annotations = Object.keys(asMap(field(body, 'spec', 'template', 'metadata', 'annotations')));
    if (annotations.some((name) => name.startsWith(PREFIX))) {
      remarks.push(unequal(origin, 'annotations in a template: write one rule whose path has {cluster} instead'));
    }
  }
  return { drafts, remarks };
}

function annotated({ origin, body }: KubeObject, remarks: Remark[]): readonly Settings[] {
  const given = field(body, 'metadata', 'annotations');
  const of = (name: string): string | undefined => textField(given, `${PREFIX}${name}`);
  const list = of('image-list');
  if (list === undefined) {
    return [];
  }
  for (const name of Object.keys(asMap(given)).filter((one) => one.startsWith(PREFIX))) {
    const text = remarkOn(name.slice(PREFIX.length));
    if (text !== undefined) {
      remarks.push(unequal(origin, text));
    }
  }
  const images = list.split(',').map((one) => one.trim());
  return images
    .filter((one) => one !== '')
    .map((image) => {
      const [alias] = image.includes('=') ? image.split('=') : [''];
      const own = (name: string): string | undefined =>
        (alias === '' ? undefined : of(`${alias ?? ''}.${name}`)) ?? of(name);
      return {
        origin,
        image,
        strategy: own('update-strategy') ?? 'semver',
        allowTags: own('allow-tags'),
        ignoreTags: (own('ignore-tags') ?? '')
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== ''),
        writeBack: {
          method: of('write-back-method') ?? 'argocd',
          branch: of('git-branch'),
          repository: of('git-repository'),
          target: of('write-back-target'),
        },
      };
    });
}

/** Annotations that have no equal. */
function remarkOn(name: string): string | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (last === 'platforms') {
    return `${name}: platforms are not looked at; the digest of the index is written`;
  }
  return last === 'force-update' ? `${name}: an image that stands in no file is not written` : undefined;
}

function readUpdater(
  { origin, body }: KubeObject,
  applications: readonly KubeObject[],
  remarks: Remark[],
): readonly Draft[] {
  return listField(body, 'spec', 'applicationRefs').flatMap((reference) => {
    const pattern = textField(reference, 'namePattern') ?? '';
    const chosen = applications.filter((one) => matchesGlob(one.origin.name, pattern));
    if (field(reference, 'labelSelectors') !== undefined) {
      remarks.push(unequal(origin, `labelSelectors of ${pattern}: labels were not looked at`));
    }
    if (chosen.length === 0) {
      remarks.push(unequal(origin, `no Application among the files is called ${pattern}`));
    }
    if (field(reference, 'useAnnotations') === true) {
      return [];
    }
    const settings = listField(reference, 'images').map((image) => updaterSettings(origin, body, reference, image));
    return chosen.flatMap((application) => settings.flatMap((one) => draftOf(one, application, remarks)));
  });
}

/** What stands nearer to the image goes before what is common. */
function updaterSettings(origin: Origin, body: unknown, reference: unknown, image: unknown): Settings {
  const common = [image, reference, field(body, 'spec')].map((level) => field(level, 'commonUpdateSettings'));
  const writeBacks = [reference, field(body, 'spec')].map((level) => field(level, 'writeBackConfig'));
  const first = (levels: readonly unknown[], ...keys: readonly string[]): string | undefined =>
    levels.map((level) => textField(level, ...keys)).find((one) => one !== undefined);
  return {
    origin,
    image: textField(image, 'imageName') ?? '',
    strategy: first(common, 'updateStrategy') ?? 'semver',
    allowTags: first(common, 'allowTags'),
    ignoreTags: common.map((level) => textsField(level, 'ignoreTags')).find((one) => one.length > 0) ?? [],
    writeBack: {
      method: first(writeBacks, 'method') ?? 'argocd',
      branch: first(writeBacks, 'gitConfig', 'branch'),
      repository: first(writeBacks, 'gitConfig', 'repository'),
      target: first(writeBacks, 'gitConfig', 'writeBackTarget'),
    },
  };
}

function draftOf(settings: Settings, application: KubeObject, remarks: Remark[]): readonly Draft[] {
  const { origin } = settings;
  const { name, tag: constraint } = cutReference(settings.image.slice(settings.image.indexOf('=') + 1));
  const policy = policyOf(settings, constraint);
  const sources = sourcesOf(application.body);
  const paths = sources.map((source) => textField(source, 'path')).filter((path) => path !== undefined);
  const why =
    'refused' in policy
      ? policy.refused
      : paths.length === 0
        ? `Application ${application.origin.name} has no path in a repository`
        : paths.join().includes('{{')
          ? 'a path with a template'
          : undefined;
  if (why !== undefined || 'refused' in policy) {
    remarks.push(unequal(origin, `${name}: ${why ?? ''}`));
    return [];
  }
  if (settings.writeBack.method === 'argocd') {
    const text = `${name}: was set on the Application in the cluster; here it is written to Git`;
    remarks.push({ ...origin, severity: 'note', text });
  }
  const [base, isElsewhere] = branchOf(settings.writeBack.branch, sources);
  const repository = repositoryOf(settings, sources, remarks);
  const stages = [...new Set([...paths, ...targetPath(settings.writeBack.target)])].map((path, index): StageDraft => ({
    name: index === 0 ? application.origin.name : `${application.origin.name}-${index + 1}`,
    path: globBelow(path),
    write: isElsewhere ? 'pull-request' : 'commit',
  }));
  const draft = { origin, image: name, policy: policy.policy, isSuspended: false, stages, files: [] };
  return [{ ...draft, repository: { ...repository, ...(base === undefined ? {} : { branch: base }) } }];
}

function policyOf(
  { strategy, allowTags, ignoreTags }: Settings,
  constraint: string | undefined,
): { readonly policy: PolicyDraft } | { readonly refused: string } {
  const kind =
    strategy.toLowerCase() === 'semver'
      ? { semver: { range: constraint ?? '*', loose: true } }
      : KINDS.get(strategy.toLowerCase());
  const pattern = allowTags === undefined || allowTags === 'any' ? undefined : /^regexp:([^]*)$/.exec(allowTags)?.[1];
  if (kind === undefined) {
    return { refused: `no strategy is called ${strategy}` };
  }
  if (pattern === undefined && allowTags !== undefined && allowTags !== 'any') {
    return { refused: `allow-tags ${allowTags} is neither \`any\` nor \`regexp:\`` };
  }
  return {
    policy: {
      ...kind,
      ...(pattern === undefined ? {} : { allow: [pattern] }),
      ...(ignoreTags.length === 0 ? {} : { ignore: ignoreTags.map(patternOf) }),
    },
  };
}

const KINDS: ReadonlyMap<string, PolicyDraft> = new Map([
  ['latest', { 'newest-build': {} }],
  ['newest-build', { 'newest-build': {} }],
  ['name', { alphabetical: { order: 'asc' } }],
  ['alphabetical', { alphabetical: { order: 'asc' } }],
  ['digest', { digest: {} }],
]);

/** `*` and `?` of a shell as an RE2 pattern of the whole text. */
function patternOf(glob: string): string {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return `^${escaped.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`;
}

function sourcesOf(body: unknown): readonly unknown[] {
  const single = field(body, 'spec', 'source');
  return single === undefined ? listField(body, 'spec', 'sources') : [single];
}

function repositoryOf(
  { origin, writeBack }: Settings,
  sources: readonly unknown[],
  remarks: Remark[],
): RepositoryDraft {
  const source = sources.find((one) => textField(one, 'path') !== undefined);
  const url = writeBack.repository ?? textField(source, 'repoURL') ?? '';
  const repository = readRepositoryUrl(url);
  if (repository === undefined) {
    remarks.push(unequal(origin, `${url === '' ? 'an empty URL' : url} is no repository on GitHub`));
  }
  return repository ?? {};
}

/** `main`, or `main:branch-to-push`, where the second is a template. */
function branchOf(given: string | undefined, sources: readonly unknown[]): readonly [string | undefined, boolean] {
  const revision = sources.map((source) => textField(source, 'targetRevision')).find((one) => one !== undefined);
  const [base = '', push] = (given ?? '').split(':');
  const branch = base === '' ? revision : base;
  const isBranch = branch !== undefined && branch !== 'HEAD' && !branch.startsWith('refs/');
  return [isBranch ? branch : undefined, push !== undefined && push !== base];
}

/** `helmvalues:/envs/values.yaml`: from the repository's root; relative ones lie in the Application's path. */
function targetPath(target: string | undefined): readonly string[] {
  const [, file = ''] = /^(?:helmvalues|kustomization):(\/.*)$/.exec(target ?? '') ?? [];
  return file === '' ? [] : [target?.startsWith('helm') === true ? posix.dirname(file) : file];
}

function asMap(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function unequal({ file, line, kind, name }: Origin, text: string): Remark {
  return { file, line, kind, name, severity: 'unequal', text };
}
