import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseBoundedJson } from '../../../../shared/domain/trust/bounded-json.ts';
import { printable, simpleSigningClaim, statementClaim } from '../../../../shared/domain/trust/claims.ts';
import { hasGates } from '../../../../shared/domain/trust/gates.ts';
import {
  legacySignatureTag,
  MAX_SIGNATURE_MANIFEST_BYTES,
  platformImages,
  readIndex,
  readSignatureManifest,
  referrersTag,
  signatureKind,
} from '../../../../shared/domain/trust/signature-manifests.ts';
import { isTrustedSigner, patternFault } from '../../../../shared/domain/trust/signers.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const image = { image: 'contoso.azurecr.io/shop/web', tag: '1.5.0', digest: DIGEST };

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

function payload(change: object = {}, reference?: unknown): Uint8Array {
  const identity = reference === undefined ? {} : { identity: { 'docker-reference': reference } };
  const critical = {
    type: 'cosign container image signature',
    image: { 'docker-manifest-digest': DIGEST },
    ...identity,
    ...change,
  };
  return bytes({ critical, optional: null });
}

function statement(change: object = {}): Uint8Array {
  return bytes({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    subject: [{ digest: { sha256: '1'.repeat(64) } }],
    ...change,
  });
}

describe('JSON that somebody else wrote', () => {
  it('is read if it is small, shallow and UTF-8, and nothing else ever throws', () => {
    expect(parseBoundedJson(bytes({ a: '[[["\\"' }), 100)).toEqual({ a: '[[["\\"' });
    expect(parseBoundedJson(bytes('{"a":1}'), 6)).toBeUndefined();
    expect(parseBoundedJson(bytes(`${'['.repeat(65)}${']'.repeat(65)}`), 1000)).toBeUndefined();
    expect(parseBoundedJson(bytes(`${'['.repeat(64)}${']'.repeat(64)}`), 1000)).toBeDefined();
    expect(parseBoundedJson(new Uint8Array([0x22, 0xff, 0x22]), 100)).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (any) => void parseBoundedJson(any, 1000)));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        expect(parseBoundedJson(bytes(JSON.stringify(value)), 1e6)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a payload of simple signing', () => {
  it.each([
    ['about the image', payload(), [], true],
    ['bound to its name', payload({}, 'contoso.azurecr.io/shop/web'), [], true],
    ['bound to nothing', payload({}, ''), [], true],
    ['bound to null', payload({}, null), [], true],
    ['bound to its name and digest', payload({}, `contoso.azurecr.io/shop/web@${DIGEST}`), [], true],
    [
      'bound to its name and another digest',
      payload({}, `contoso.azurecr.io/shop/web@${OTHER}`),
      [],
      'wrong-reference',
    ],
    ['bound to another tag', payload({}, 'contoso.azurecr.io/shop/web:1.4.0'), [], 'wrong-reference'],
    ['bound to another name', payload({}, 'contoso.azurecr.io/shop/api'), [], 'wrong-reference'],
    ['bound to an allowed name', payload({}, 'nginx'), ['docker.io/library/nginx'], true],
    ['about another digest', payload({ image: { 'docker-manifest-digest': OTHER } }), [], 'wrong-digest'],
    ['of another type', payload({ type: 'atomic container signature' }), [], 'unreadable-signature'],
    ['with a number for a name', payload({}, 7), [], 'unreadable-signature'],
    ['that is no JSON', bytes('{'), [], 'unreadable-signature'],
    ['that is huge', bytes(`{"a":"${'x'.repeat(70_000)}"}`), [], 'unreadable-signature'],
  ] as const)('%s', (_what, content, signedAs, expected) => {
    const claim = simpleSigningClaim(content, image, signedAs);
    expect(claim.holds ? true : claim.reason).toBe(expected);
  });

  it('never holds for another image, whatever else it says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (optional) => {
        const { critical } = JSON.parse(Buffer.from(payload()).toString()) as { critical: object };
        const claim = simpleSigningClaim(bytes({ critical, optional }), { ...image, digest: OTHER }, []);
        expect(claim.holds).toBe(false);
      }),
    );
  });
});

describe('a statement', () => {
  it.each([
    ['about the image', statement(), undefined, true],
    [
      'about it among others',
      statement({ subject: [{ digest: {} }, { digest: { sha256: '1'.repeat(64) } }] }),
      undefined,
      true,
    ],
    ['about another', statement({ subject: [{ digest: { sha256: '2'.repeat(64) } }] }), undefined, 'wrong-digest'],
    [
      'with another algorithm alone',
      statement({ subject: [{ digest: { sha512: '1'.repeat(64) } }] }),
      undefined,
      'wrong-digest',
    ],
    ['about nothing', statement({ subject: [] }), undefined, 'unreadable-signature'],
    ['of another kind', statement({ predicateType: 'https://slsa.dev/provenance/v1' }), undefined, 'wrong-predicate'],
    [
      'of the kind that is asked for',
      statement({ predicateType: 'https://slsa.dev/provenance/v1' }),
      'https://slsa.dev/provenance/v1',
      true,
    ],
    ['of no type', statement({ _type: 'x' }), undefined, 'unreadable-signature'],
  ] as const)('%s', (_what, content, predicateType, expected) => {
    const claim = statementClaim(content, image, predicateType);
    expect(claim.holds ? true : claim.reason).toBe(expected);
  });

  it('is told in printable words', () => {
    expect(printable('a\u0007\u202Eb\nc')).toBe('a??b?c');
    expect(printable('x'.repeat(500))).toHaveLength(200);
  });
});

describe('manifests', () => {
  const layer = (mediaType: string, annotations?: unknown): object => ({
    mediaType,
    digest: DIGEST,
    size: 3,
    annotations,
  });
  const simple = 'application/vnd.dev.cosign.simplesigning.v1+json';

  it('hold signatures, bundles and other things', () => {
    const manifest = {
      subject: { digest: OTHER },
      layers: [
        layer(simple, {
          'dev.cosignproject.cosign/signature': 'AA==',
          'dev.sigstore.cosign/certificate': 7,
          __proto__: null,
        }),
        layer(simple),
        layer(simple, {
          'dev.sigstore.cosign/certificate': 'C',
          'dev.sigstore.cosign/bundle': 'B',
          'dev.sigstore.cosign/rfc3161timestamp': 'T',
        }),
        layer('application/vnd.dev.sigstore.bundle.v0.3+json'),
        layer('application/spdx+json'),
      ],
    };
    const read = readSignatureManifest(bytes(manifest));
    expect(read?.subject).toBe(OTHER);
    expect(read?.signatures).toMatchObject([
      { kind: 'simple-signing', signature: 'AA==' },
      { kind: 'simple-signing', signature: '' },
      { kind: 'simple-signing', certificate: 'C', logEntry: 'B', timestamp: 'T' },
      { kind: 'bundle', blob: { digest: DIGEST } },
    ]);
    expect(read?.signatures[0]).not.toHaveProperty('certificate');
  });

  it.each([
    ['no JSON', '{'],
    ['an index', { manifests: [] }],
    ['a layer without digest', { layers: [{ mediaType: simple, size: 1 }] }],
    ['a layer of negative size', { layers: [{ ...layer(simple), size: -1 }] }],
    ['more than may be', { layers: Array(1001).fill(layer(simple)) }],
    ['more bytes than may be', { layers: [], annotations: { a: 'x'.repeat(MAX_SIGNATURE_MANIFEST_BYTES) } }],
  ])('that are %s are not read', (_what, value) => {
    expect(readSignatureManifest(bytes(value))).toBeUndefined();
  });

  it('of any bytes at all never throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ layers: fc.array(fc.jsonValue()) })), (value) => {
        readSignatureManifest(bytes(JSON.stringify(value)));
        readIndex(bytes(JSON.stringify(value)));
        platformImages(bytes(JSON.stringify(value)));
      }),
    );
  });

  it('that are an index list what they hold, and which of it are images', () => {
    const entry = (digest: string, extra: object): object => ({ mediaType: 'm', digest, size: 1, ...extra });
    const index = {
      manifests: [
        entry(DIGEST, { platform: { os: 'linux' } }),
        entry(OTHER, { artifactType: 'a', platform: { os: 'unknown' } }),
      ],
    };
    expect(readIndex(bytes(index))).toEqual([
      { mediaType: 'm', digest: DIGEST, size: 1 },
      { mediaType: 'm', digest: OTHER, size: 1, artifactType: 'a' },
    ]);
    expect(platformImages(bytes(index))).toEqual([DIGEST]);
    expect([readIndex(bytes('[]')), platformImages(bytes('[]'))]).toEqual([undefined, undefined]);
  });

  it.each([
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'cosign'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.2', 'cosign'],
    ['application/vnd.dev.cosign.artifact.sig.v1+json', 'cosign'],
    ['application/vnd.cncf.notary.signature', 'notation'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json.evil', undefined],
    [undefined, undefined],
  ])('of type %s are signatures of %s', (artifactType, kind) => {
    expect(signatureKind(artifactType === undefined ? {} : { artifactType })).toBe(kind);
  });

  it('lie under tags made from the digest', () => {
    expect([legacySignatureTag(DIGEST), referrersTag(DIGEST)]).toEqual([
      `sha256-${'1'.repeat(64)}.sig`,
      `sha256-${'1'.repeat(64)}`,
    ]);
  });
});

describe('who may sign', () => {
  const issuer = 'https://token.actions.githubusercontent.com';
  const identity = 'https://github.com/contoso/shop/.github/workflows/build.yaml@refs/heads/main';

  it.each([
    [{ exactly: identity }, issuer, identity, true],
    [{ exactly: identity }, 'https://evil.example', identity, false],
    [{ exactly: identity }, issuer, `${identity}2`, false],
    [{ pattern: 'https://github\\.com/contoso/.*' }, issuer, identity, true],
    [{ pattern: 'contoso' }, issuer, identity, false],
    [{ pattern: '.*' }, issuer, 'x'.repeat(3000), false],
  ])('%j: %s %s', (trusted, by, name, expected) => {
    expect(isTrustedSigner([{ issuer, identity: trusted }], { issuer: by, identity: name })).toBe(expected);
  });

  it('nobody by default', () => {
    expect(isTrustedSigner([], { issuer, identity })).toBe(false);
  });

  it('by RE2 patterns alone', () => {
    expect(patternFault('a.*')).toBeUndefined();
    expect(patternFault('(?=a)')).toBeTypeOf('string');
    expect(patternFault('(a)\\1')).toBeTypeOf('string');
  });
});

describe('gates', () => {
  it('are there if one of them is', () => {
    expect([undefined, {}].map(hasGates)).toEqual([false, false]);
    expect(hasGates({ vulnerabilities: { max: {}, except: [], waitMs: 0, unscanned: 'refuse' } })).toBe(true);
  });
});
