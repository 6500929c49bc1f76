import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { AcrImageArtifacts } from '../../../../shared/adapters/acr/image-artifacts.ts';
import { sha256 } from '../../../../shared/domain/digest.ts';

const HOST = 'contoso.azurecr.io';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const REFERRERS = `/v2/shop/web/referrers/${DIGEST}`;
const TAG = `/v2/shop/web/manifests/${DIGEST.replace(':', '-')}`;

function artifactsOn(answer: (url: URL) => Response): { artifacts: AcrImageArtifacts; asked: string[] } {
  const asked: string[] = [];
  const artifacts = new AcrImageArtifacts({
    host: HOST,
    clock: new VirtualClock(),
    credential: { kind: 'anonymous' },
    fetch: (request) => {
      const url = new URL(request.url);
      asked.push(`${url.host === HOST ? '' : url.origin}${url.pathname}${url.search}`);
      return Promise.resolve(answer(url));
    },
  });
  return { artifacts, asked };
}

function index(count: number, link?: string): Response {
  const manifests = Array.from({ length: count }, (_, at) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${sha256(String(at))}`,
    size: 1,
    artifactType: 'application/a',
  }));
  return Response.json({ schemaVersion: 2, manifests }, link === undefined ? {} : { headers: { link } });
}

describe('the referrers of an image', () => {
  it('go on over pages, and end', async () => {
    const { artifacts, asked } = artifactsOn(({ search }) =>
      search === '' ? index(2, `<${REFERRERS}?last=2>; rel="next"`) : index(1),
    );
    const { found, isComplete } = await artifacts.referrers('shop/web', DIGEST);
    expect([found.length, isComplete]).toEqual([3, true]);
    expect(asked).toEqual([REFERRERS, `${REFERRERS}?last=2`]);
  });

  it('that go in a circle, or on and on, are given up', async () => {
    const circle = artifactsOn(() => index(1, `<${REFERRERS}>; rel="next"`));
    expect((await circle.artifacts.referrers('shop/web', DIGEST)).isComplete).toBe(false);
    expect(circle.asked).toHaveLength(1);

    let page = 0;
    const endless = artifactsOn(() => index(1, `<${REFERRERS}?page=${(page += 1)}>; rel="next"`));
    expect((await endless.artifacts.referrers('shop/web', DIGEST)).isComplete).toBe(false);
    expect(endless.asked.length).toBeLessThanOrEqual(10);

    const many = artifactsOn(() => index(1_001));
    expect((await many.artifacts.referrers('shop/web', DIGEST)).isComplete).toBe(false);
  });

  it.each(['https://evil.example/v2/shop/web/referrers/x', '/v2/shop/web/blobs/x'])(
    'do not go on at %s',
    async (next) => {
      const { artifacts, asked } = artifactsOn(() => index(1, `<${next}>; rel="next"`));
      await expect(artifacts.referrers('shop/web', DIGEST)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
      expect(asked).toHaveLength(1);
    },
  );

  it('are read from their tag where there is no API, and are none where neither is', async () => {
    const tagged = artifactsOn(({ pathname }) => (pathname === TAG ? index(2) : new Response(null, { status: 404 })));
    expect((await tagged.artifacts.referrers('shop/web', DIGEST)).found).toHaveLength(2);
    expect(tagged.asked).toEqual([REFERRERS, TAG]);

    const none = artifactsOn(() => new Response(null, { status: 404 }));
    expect(await none.artifacts.referrers('shop/web', DIGEST)).toEqual({ found: [], isComplete: true });
  });

  it.each([500, 401, 403])('are not "none" when the registry answers %i', async (status) => {
    const { artifacts } = artifactsOn(() => new Response(null, { status }));
    await expect(artifacts.referrers('shop/web', DIGEST)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
  });

  it.each(['{', '[]', '{"manifests":[{"digest":"x"}]}'])(
    'are not "none" when the registry answers %j',
    async (body) => {
      const { artifacts } = artifactsOn(() => new Response(body));
      await expect(artifacts.referrers('shop/web', DIGEST)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    },
  );
});

describe('a blob', () => {
  it.each([
    ['http://weu1.blob.core.windows.net/b', 'without TLS'],
    ['https://blob.core.windows.net.evil.example/b', 'at somebody who is named alike'],
    ['https://169.254.169.254/metadata', 'at an address'],
  ])('is not followed to %s, %s', async (location) => {
    const { artifacts, asked } = artifactsOn(() => new Response(null, { status: 307, headers: { location } }));
    await expect(artifacts.blob('shop/web', { digest: DIGEST, size: 1 }, 10)).rejects.toMatchObject({
      code: 'REFLEX_UPSTREAM',
    });
    expect(asked).toHaveLength(1);
  });

  it('is followed once, not to a third place', async () => {
    const location = 'https://weu1.data.azurecr.io/b';
    const { artifacts, asked } = artifactsOn(() => new Response(null, { status: 307, headers: { location } }));
    await expect(artifacts.blob('shop/web', { digest: DIGEST, size: 1 }, 10)).rejects.toMatchObject({ status: 307 });
    expect(asked).toHaveLength(2);
  });

  it('or a manifest with other bytes than its digest names is not believed', async () => {
    const { artifacts } = artifactsOn(() => new Response('other'));
    await expect(artifacts.blob('shop/web', { digest: DIGEST, size: 5 }, 10)).rejects.toMatchObject({ status: 502 });
    await expect(artifacts.manifest('shop/web', DIGEST, 10)).rejects.toMatchObject({ status: 502 });
  });
});
