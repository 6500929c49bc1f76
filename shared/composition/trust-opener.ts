import { basename, dirname } from 'node:path';

import { FileTextSource } from '../adapters/node/file-text-source.ts';
import { LogAnalyticsAdmission } from '../adapters/log-analytics/admission-outcomes.ts';
import { DefenderScans } from '../adapters/resource-graph/defender-scans.ts';
import { BlobTextSource } from '../fleet/read/text-sources.ts';
import { signatureGate, vulnerabilityGate } from '../reactions/image-rollout/index.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImageArtifacts } from '../ports/image-artifacts.ts';
import type { ImageGate } from '../ports/image-gate.ts';
import type { SignatureVerifier } from '../ports/signature-verifier.ts';
import type { AdmissionOutcomes, TrustedKeys, VulnerabilityScans } from '../ports/trust-sources.ts';
import type { Settings } from '../settings.ts';
import { entraCredential, tokenReader } from './credential.ts';

/** What image gates ask. */
export interface TrustPorts {
  readonly artifacts: (loginServer: string) => ImageArtifacts;
  readonly verifier: SignatureVerifier;
  readonly trustedKeys: TrustedKeys;
  readonly admission: AdmissionOutcomes;
  readonly scans: VulnerabilityScans;
}

/** Builds what was not given. Libraries of signatures and vaults are loaded when the first rule asks for them. */
export function openTrust(
  settings: Settings,
  { clock, blobs, artifacts }: Pick<TrustPorts, 'artifacts'> & { readonly clock: Clock; readonly blobs: BlobStore },
): TrustPorts {
  // eslint-disable-next-line no-restricted-globals -- composition is where the network comes in
  const send = (request: Request): Promise<Response> => fetch(request);
  const { arm, logs } = settings;
  return {
    artifacts,
    verifier: lazyVerifier(settings, blobs),
    trustedKeys: lazyKeys(clock),
    admission: new LogAnalyticsAdmission({ logToken: tokenReader(logs.url), endpoint: logs.url, fetch: send }),
    scans: new DefenderScans({ armToken: tokenReader(arm.url), endpoint: arm.url, fetch: send }),
  };
}

/** The gates in the order in which they are asked: what costs least first. */
export function imageGates({ artifacts, verifier, trustedKeys, admission, scans }: TrustPorts): readonly ImageGate[] {
  return [
    signatureGate({ artifacts, verifier, keys: trustedKeys, admission }),
    vulnerabilityGate({ artifacts, scans }),
  ];
}

function lazyVerifier({ sigstoreRoot }: Settings, blobs: BlobStore): SignatureVerifier {
  const trustedRoot = async (): Promise<string | undefined> => {
    const [, kind, name = ''] = /^(file|blob):(.+)$/.exec(sigstoreRoot) ?? [];
    switch (kind) {
      case 'blob':
        return (await new BlobTextSource(blobs).read(name))?.text;
      case 'file':
        return (await new FileTextSource(dirname(name)).read(basename(name)))?.text;
      default:
        return undefined;
    }
  };
  let opened: Promise<SignatureVerifier> | undefined;
  return {
    verify: async (found, accepted) => {
      opened ??= import('../adapters/sigstore/cosign-verifier.ts').then(
        ({ CosignVerifier }) => new CosignVerifier({ trustedRoot }),
      );
      return await (await opened).verify(found, accepted);
    },
  };
}

function lazyKeys(clock: Clock): TrustedKeys {
  let opened: Promise<TrustedKeys> | undefined;
  return {
    pem: async (key) => {
      if (key.kind === 'pem') {
        return key.pem;
      }
      opened ??= import('../adapters/key-vault/public-keys.ts').then(
        ({ KeyVaultPublicKeys }) => new KeyVaultPublicKeys({ credential: entraCredential(), clock }),
      );
      return await (await opened).pem(key);
    },
  };
}
