import { pushBlob, pushManifest, type RegistryClient } from './push.ts';

export interface ImageToPush extends RegistryClient {
  readonly repository: string;
  readonly tag: string;
}

/** Pushes a one-layer image as any OCI client does: config, layer, manifest. @returns its digest. */
export async function pushImage(image: ImageToPush): Promise<string> {
  const { repository, tag } = image;
  const rootfs = { type: 'layers', diff_ids: [] };
  const settings = { architecture: 'amd64', os: 'linux', config: { Labels: { tag } }, rootfs };
  const config = await pushBlob(image, repository, Buffer.from(JSON.stringify(settings)));
  const layer = await pushBlob(image, repository, Buffer.from(`layer of ${repository}:${tag}`));
  return await pushManifest(image, repository, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
    tag,
  });
}
