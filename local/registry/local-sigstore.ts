import { createHash, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';

import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';

import type { FoundSignature } from '../../shared/ports/signature-verifier.ts';
import { signBundle, signPayload, type ImageToSign, type SigningOptions } from './sign.ts';

export const ISSUER = 'https://token.actions.githubusercontent.com';
export const IDENTITY = 'https://github.com/contoso/shop/.github/workflows/build.yaml@refs/heads/main';
const ISSUER_OID = '1.3.6.1.4.1.57264.1.8';

type Found<Kind extends FoundSignature['kind']> = Extract<FoundSignature, { readonly kind: Kind }>;
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: { readonly signedEntryTimestamp: string };
}

/** Certificate authority, certificate log and signature log of a Sigstore of our own, by Sigstore's own test package. */
export class LocalSigstore {
  readonly trustedRoot: string;
  readonly #ca: Awaited<ReturnType<typeof initializeCA>>;
  readonly #log: Awaited<ReturnType<typeof initializeTLog>>;

  private constructor(
    ca: Awaited<ReturnType<typeof initializeCA>>,
    log: Awaited<ReturnType<typeof initializeTLog>>,
    trustedRoot: string,
  ) {
    this.#ca = ca;
    this.#log = log;
    this.trustedRoot = trustedRoot;
  }

  static async create(): Promise<LocalSigstore> {
    const pair = (namedCurve: string): { publicKey: KeyObject; privateKey: KeyObject } =>
      generateKeyPairSync('ec', { namedCurve });
    const ctLog = await initializeCTLog(pair('prime256v1'));
    const ca = await initializeCA(pair('prime256v1'), ctLog);
    const log = await initializeTLog('https://rekor.example', pair('prime256v1'));
    const base64 = (bytes: ArrayBufferView): string =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    const authority = (publicKey: Buffer): object => ({
      baseUrl: 'https://log.example',
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: base64(publicKey),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: { start: '2020-01-01T00:00:00Z' },
      },
      logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
    });
    const root = {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [authority(log.publicKey)],
      ctlogs: [authority(ctLog.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: 'test', commonName: 'test' },
          uri: 'https://fulcio.example',
          certChain: { certificates: [{ rawBytes: base64(ca.rootCertificate) }] },
          validFor: { start: '2020-01-01T00:00:00Z' },
        },
      ],
      timestampAuthorities: [],
    };
    return new LocalSigstore(ca, log, JSON.stringify(root));
  }

  /** A signature of cosign's older form, by certificate or by the given key, with its log entry. */
  async simpleSigning(
    image: Pick<ImageToSign, 'digest'>,
    { identity = IDENTITY, key, ...options }: SigningOptions & { identity?: string; key?: KeyObject } = {},
  ): Promise<Found<'simple-signing'>> {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const { payload, signature } = signPayload(image, key ?? pair.privateKey, options);
    // Before the log tells the time, or the certificate may begin a second too late.
    const certificate = key === undefined ? await this.#certify(pair.publicKey, identity) : undefined;
    const entry = await this.#record({
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
        signature: { content: signature },
      },
    });
    const { body, integratedTime, logIndex, logID, verification } = entry;
    return {
      kind: 'simple-signing',
      payload,
      signature,
      ...(certificate === undefined ? {} : { certificate: certificate.toString() }),
      logEntry: JSON.stringify({
        SignedEntryTimestamp: verification.signedEntryTimestamp,
        Payload: { body, integratedTime, logIndex, logID },
      }),
    };
  }

  /** A bundle with a certificate, as cosign makes it today. */
  async bundle(
    image: Pick<ImageToSign, 'digest'>,
    { identity = IDENTITY, ...options }: SigningOptions & { identity?: string } = {},
  ): Promise<Found<'bundle'>> {
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const bundle = JSON.parse(signBundle(image, pair.privateKey, options).toString()) as {
      mediaType: string;
      dsseEnvelope: { payload: string; signatures: readonly [{ sig: string }] };
    };
    const { payload, signatures } = bundle.dsseEnvelope;
    const certificate = await this.#certify(pair.publicKey, identity);
    const hash = createHash('sha256').update(Buffer.from(payload, 'base64')).digest('hex');
    const { body, integratedTime, logIndex, logID, verification } = await this.#record({
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: { payloadHash: { algorithm: 'sha256', value: hash }, signatures: [{ signature: signatures[0].sig }] },
    });
    const logged = {
      logIndex: String(logIndex),
      logId: { keyId: Buffer.from(logID, 'hex').toString('base64') },
      kindVersion: { kind: 'dsse', version: '0.0.1' },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp: verification.signedEntryTimestamp },
      canonicalizedBody: body,
    };
    const text = JSON.stringify({
      ...bundle,
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes: certificate.raw.toString('base64') }] },
        tlogEntries: [logged],
      },
    });
    return { kind: 'bundle', bytes: Buffer.from(text) };
  }

  async #certify(publicKey: KeyObject, subjectAltName: string): Promise<X509Certificate> {
    const certificate = await this.#ca.issueCertificate({
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      subjectAltName,
      extensions: [{ oid: ISSUER_OID, value: ISSUER }],
    });
    return new X509Certificate(Buffer.from(certificate.buffer, certificate.byteOffset, certificate.byteLength));
  }

  async #record(entry: object): Promise<LogEntry> {
    const logged = (await this.#log.log(entry)) as Readonly<Record<string, LogEntry>>;
    const [found] = Object.values(logged);
    if (found === undefined) {
      throw new Error('the log has taken nothing');
    }
    return found;
  }
}
