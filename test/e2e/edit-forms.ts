const NAME = 'contoso.azurecr.io/shop/web';
const OLD = `sha256:${'a'.repeat(64)}`;
const FLUX = 'toolkit.fluxcd.io/v1\nkind:';
const ARGO = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n';

/** A fleet of one image and one stage; its files are told by their forms, one of them by exact keys. */
export const FLEET = `version: 1
fleet: forms
defaults: { mode: enforce }
registries:
  contoso:
    resourceId: /subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/contoso
gitops:
  forms: { github: contoso/forms, branch: main }
rollouts:
  one: [{ name: dev, path: 'apps/**' }]
images:
  web:
    image: ${NAME}
    gitops: forms
    rollout: one
    policy: { semver: { range: 1.x } }
    keys: { 'apps/keys/*.yaml': [app.build, 'list[1]'] }
`;

/**
 * One file of each form, as it stands and as it is to be: `«1.4.0»` becomes the new tag, `«sha»` the new digest.
 * Everything else, line ends and marks included, stays.
 */
const FILES: Readonly<Record<string, string>> = {
  'apps/kustomize-images/kustomization.yaml': `images:\r\n- name: web # ours\r\n  newName: ${NAME}\r\n  newTag: "«1.4.0»"\r\n  digest: «sha»\r\n`,
  'apps/flux-marker/deploy.yaml': `\uFEFF---\nspec:\n  image: ${NAME}:«1.4.0» # {"$imagepolicy": "flux-system:web"}\n  other: ${NAME}:1.4.0\n`,
  'apps/helm-values/values.yaml': `image: {registry: contoso.azurecr.io, repository: shop/web, tag: '«1.4.0»'} # flow\nweb:\n  image: ${NAME}\n  version:   «1.4.0»`,
  'apps/raw-manifest/pod.json': `{"kind": "Pod",\n\t"spec": {"initContainers": [{"image": "${NAME}:«1.4.0»@«sha»"}], "containers": [{"image": "${NAME}:«1.4.0»"}]}}\n`,
  'apps/raw-manifest/config.yaml': `kind: ConfigMap\ndata:\n  image: ${NAME}:1.4.0\n---\nkind: Pod\nspec:\n  containers:\n  - image: >-\n      ${NAME}:«1.4.0»\n`,
  'apps/argocd-app/app.yaml': `${ARGO}    helm:\n      parameters:\n      - {name: image.repository, value: ${NAME}}\n      - {name: image.tag, value: "«1.4.0»"}\n`,
  'apps/argocd-app/.argocd-source-web.yaml': `kustomize:\n  images:\n  - web=${NAME}:«1.4.0»\n`,
  'apps/helmrelease-or-flux/release.yaml': `apiVersion: helm.${FLUX} HelmRelease\nspec:\n  values:\n    image:\n      repository: ${NAME}\n      tag: «1.4.0»   # here\n`,
  'apps/helmrelease-or-flux/sync.yaml': `apiVersion: kustomize.${FLUX} Kustomization\nspec:\n  images:\n  - name: ${NAME}\n    newTag: «1.4.0»\n---\napiVersion: source.${FLUX} OCIRepository\nspec:\n  url: oci://${NAME}\n  ref: {tag: «1.4.0»}\n`,
  'apps/keys/settings.yaml': `app:\n  build: «1.4.0»\nlist: [x, "${NAME}:«1.4.0»"]\nimage: ${NAME}:1.4.0\n`,
  'apps/chart/templates/web.yaml': `image: {{ .Values.web }}:1.4.0\n`,
  'other/values.yaml': `image: ${NAME}:1.4.0\n`,
};

/** All files with a tag and a digest in their places; the old ones by default. */
export function filesWith(tag = '1.4.0', digest = OLD): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(FILES).map(([path, text]) => [path, text.replaceAll('«1.4.0»', tag).replaceAll('«sha»', digest)]),
  );
}

/** Forms that have a file of their own under `apps/`. */
export const FORMS = [
  'kustomize-images',
  'flux-marker',
  'helm-values',
  'raw-manifest',
  'argocd-app',
  'helmrelease-or-flux',
  'keys',
];
