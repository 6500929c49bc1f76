import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';

import { pushBlob, pushManifest, type RegistryClient } from './push.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** Media type of a bundle, and artifact type of a referrer that holds one. */
export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };

/** The image that is signed; its manifest must be in the registry. */
export interface ImageToSign {
  readonly repository: string;
  readonly digest: string;
  /** Bytes of the image's manifest, for the descriptor of a subject. */
  readonly size?: number;
}

export interface SigningOptions {
  /** What the payload says instead of the image's own digest: a signature that was moved here from elsewhere. */
  readonly claims?: string;
  /** `contoso.azurecr.io/shop/web`; bound to no name if absent. */
  readonly reference?: string;
  /** Changes the payload after it was signed. */
  readonly tamper?: boolean;
}

/** A payload of simple signing, and its signature in base64. */
export function signPayload(
  { digest }: Pick<ImageToSign, 'digest'>,
  key: KeyObject,
  { claims = digest, reference = '', tamper = false }: SigningOptions = {},
): { readonly payload: Buffer; readonly signature: string } {
  const text = (optional: object | null): Buffer =>
    Buffer.from(
      JSON.stringify({
        critical: {
          identity: { 'docker-reference': reference },
          image: { 'docker-manifest-digest': claims },
          type: 'cosign container image signature',
        },
        optional,
      }),
    );
  const signature = signBytes(text(null), key).toString('base64');
  return { payload: text(tamper ? { tampered: true } : null), signature };
}

/** Signs as cosign does in its older form. @returns the tag of the signature. */
export async function signByTag(
  client: RegistryClient,
  image: ImageToSign,
  key: KeyObject,
  options: SigningOptions = {},
): Promise<string> {
  return await pushSimpleSigning(client, image, signPayload(image, key, options));
}

/** A payload with its signature and, without a key, by whom and when it was signed. */
export interface SimpleSigning {
  readonly payload: Uint8Array;
  /** Base64. */
  readonly signature: string;
  /** PEM. */
  readonly certificate?: string;
  /** JSON of the signature log's entry. */
  readonly logEntry?: string;
}

/** Pushes a signature of cosign's older form: a manifest under the tag `sha256-HEX.sig`. @returns that tag. */
export async function pushSimpleSigning(
  client: RegistryClient,
  { repository, digest }: ImageToSign,
  { payload, signature, certificate, logEntry }: SimpleSigning,
): Promise<string> {
  const config = await pushBlob(client, repository, Buffer.from('{"rootfs":{"diff_ids":[]}}'));
  const layer = await pushBlob(client, repository, payload);
  const tag = `${digest.replace(':', '-')}.sig`;
  await pushManifest(client, repository, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        ...layer,
        annotations: {
          'dev.cosignproject.cosign/signature': signature,
          ...(certificate === undefined ? {} : { 'dev.sigstore.cosign/certificate': certificate }),
          ...(logEntry === undefined ? {} : { 'dev.sigstore.cosign/bundle': logEntry }),
        },
      },
    ],
    tag,
  });
  return tag;
}

/** A bundle whose envelope holds cosign's statement, signed by a key. */
export function signBundle(
  { digest }: Pick<ImageToSign, 'digest'>,
  key: KeyObject,
  { claims = digest, tamper = false }: SigningOptions = {},
): Buffer {
  const statement = (predicate: object): Buffer =>
    Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: claims.replace('sha256:', '') } }],
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
        predicate,
      }),
    );
  const type = 'application/vnd.in-toto+json';
  const payload = statement({});
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE,
      verificationMaterial: {
        publicKey: { hint: createHash('sha256').update(spki).digest('base64') },
        tlogEntries: [],
      },
      dsseEnvelope: {
        payload: (tamper ? statement({ tampered: true }) : payload).toString('base64'),
        payloadType: type,
        signatures: [{ sig: signBytes(signed, key).toString('base64') }],
      },
    }),
  );
}

/** Attaches an artifact of one layer to an image, as a referrer. @returns the artifact's digest. */
export async function attach(
  client: RegistryClient,
  { repository, digest, size = 0 }: ImageToSign,
  { artifactType, content }: { readonly artifactType: string; readonly content: Uint8Array },
): Promise<string> {
  const config = await pushBlob(client, repository, EMPTY.bytes);
  const layer = await pushBlob(client, repository, content);
  return await pushManifest(client, repository, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType,
    config: { mediaType: EMPTY.mediaType, ...config },
    layers: [{ mediaType: artifactType, ...layer }],
    subject: { mediaType: MANIFEST, digest, size },
  });
}

/** Signs as cosign does today: a bundle that refers to the image. */
export async function signByReferrer(
  client: RegistryClient,
  image: ImageToSign,
  key: KeyObject,
  options: SigningOptions = {},
): Promise<string> {
  return await attach(client, image, { artifactType: BUNDLE, content: signBundle(image, key, options) });
}

/** Ed25519 has its own digest; cosign uses SHA-256 with every other key. */
function signBytes(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key);
}
