import {
  legacySignatureTag,
  MAX_BUNDLE_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_SIGNATURE_MANIFEST_BYTES,
  MAX_SIGNATURES,
  readSignatureManifest,
  signatureKind,
  type SignatureLayer,
} from '../../domain/trust/signature-manifests.ts';
import type { JudgedSignature } from '../../domain/trust/judge-signatures.ts';
import { TOO_LARGE, type ImageArtifacts } from '../../ports/image-artifacts.ts';
import type { FoundSignature } from '../../ports/signature-verifier.ts';

/** What a registry holds beside an image: signatures to be checked, and what is wrong with the rest. */
export interface FoundSignatures {
  readonly cosign: readonly FoundSignature[];
  readonly hasNotation: boolean;
  readonly faults: readonly JudgedSignature[];
}

/**
 * Finds an image's signatures: as referrers, and under cosign's legacy tag. Everything is bounded; what is too large,
 * too many or not readable is a fault by name, beside which a good signature still counts.
 *
 * @throws RateLimitedError or UpstreamError: a registry that does not answer says nothing about signatures.
 */
export async function findSignatures(
  artifacts: ImageArtifacts,
  repository: string,
  digest: string,
): Promise<FoundSignatures> {
  const { found: referrers, isComplete } = await artifacts.referrers(repository, digest);
  if (!isComplete) {
    const fault: JudgedSignature = { reason: 'endless-referrers', detail: 'the list of referrers does not end' };
    return { cosign: [], hasNotation: false, faults: [fault] };
  }
  const kinds = referrers.map((one) => ({ ...one, kind: signatureKind(one) }));
  const manifests = kinds.filter(({ kind }) => kind === 'cosign').map((one) => one.digest);
  const faults: JudgedSignature[] = [];
  const cosign: FoundSignature[] = [];
  const read = async (reference: string, isReferrer: boolean): Promise<void> => {
    const layers = await layersOf(artifacts, { repository, reference }, isReferrer ? digest : undefined);
    for (const layer of 'reason' in layers ? [] : layers) {
      if (cosign.length + faults.length >= MAX_SIGNATURES) {
        faults.push({ reason: 'too-many-signatures', detail: `more than ${MAX_SIGNATURES}` });
        return;
      }
      const one = await contentOf(artifacts, repository, layer);
      if ('reason' in one) {
        faults.push(one);
      } else {
        cosign.push(one);
      }
    }
    if ('reason' in layers) {
      faults.push(layers);
    }
  };
  await read(legacySignatureTag(digest), false);
  for (const reference of new Set(manifests)) {
    if (cosign.length + faults.length > MAX_SIGNATURES) {
      break;
    }
    await read(reference, true);
  }
  return { cosign, faults, hasNotation: kinds.some(({ kind }) => kind === 'notation') };
}

interface Place {
  readonly repository: string;
  readonly reference: string;
}

/** @param subject - what a referrer must itself say it refers to; absent for a tag, which may not be there at all. */
async function layersOf(
  artifacts: ImageArtifacts,
  { repository, reference }: Place,
  subject: string | undefined,
): Promise<readonly SignatureLayer[] | JudgedSignature> {
  const bytes = await artifacts.manifest(repository, reference, MAX_SIGNATURE_MANIFEST_BYTES);
  if (bytes === undefined) {
    return subject === undefined ? [] : unreadable('a listed signature is not there');
  }
  if (bytes === TOO_LARGE) {
    return {
      reason: 'signature-too-large',
      detail: `its manifest has more than ${MAX_SIGNATURE_MANIFEST_BYTES} bytes`,
    };
  }
  const manifest = readSignatureManifest(bytes);
  if (manifest === undefined) {
    return unreadable('its manifest cannot be read');
  }
  return subject !== undefined && manifest.subject !== subject
    ? { reason: 'wrong-digest', detail: 'a listed signature refers to another image' }
    : manifest.signatures;
}

async function contentOf(
  artifacts: ImageArtifacts,
  repository: string,
  layer: SignatureLayer,
): Promise<FoundSignature | JudgedSignature> {
  const [blob, limit] = layer.kind === 'bundle' ? [layer.blob, MAX_BUNDLE_BYTES] : [layer.payload, MAX_PAYLOAD_BYTES];
  const bytes = await artifacts.blob(repository, blob, limit);
  if (bytes === TOO_LARGE) {
    return { reason: 'signature-too-large', detail: `a ${layer.kind} has more than ${limit} bytes` };
  }
  if (bytes === undefined) {
    return unreadable('its content is not there');
  }
  return layer.kind === 'bundle' ? { kind: 'bundle', bytes } : { ...layer, payload: bytes };
}

function unreadable(detail: string): JudgedSignature {
  return { reason: 'unreadable-signature', detail };
}
