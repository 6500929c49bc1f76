import { createHash } from 'node:crypto';

import type { ManifestFacts } from '../ports/image-registry.ts';

/**
 * What a manifest's bytes say. The bytes decide: the digest is computed from them.
 * @throws SyntaxError if they are no manifest, or could be read as two kinds of one: an image to us, an index to the
 *   cluster (CVE-2021-41190, https://github.com/advisories/GHSA-77vh-xpmg-72qh).
 */
export function manifestFacts(bytes: Uint8Array, contentType: string): ManifestFacts {
  const manifest = parseObject(bytes);
  const mediaType = textOf(manifest['mediaType']) ?? contentType;
  if (mediaType !== contentType || ('manifests' in manifest && ('layers' in manifest || 'config' in manifest))) {
    throw new SyntaxError('a manifest has one media type');
  }
  const artifactType = textOf(manifest['artifactType']) ?? textOf(objectOf(manifest['config'])['mediaType']);
  const subject = textOf(objectOf(manifest['subject'])['digest']);
  return {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    mediaType,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
    annotations: annotationsOf(manifest['annotations']),
  };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('a manifest is a JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Only what is text; null prototype, because the names are the image author's. */
function annotationsOf(value: unknown): Readonly<Record<string, string>> {
  const annotations = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(objectOf(value))) {
    if (typeof text === 'string') {
      annotations[name] = text;
    }
  }
  return annotations;
}
