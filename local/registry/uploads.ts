import { createHash } from 'node:crypto';

import type { Random } from '../../shared/ports/random.ts';
import type { RegistryStore } from './store.ts';

interface UploadCall {
  readonly url: URL;
  readonly repository: string;
  readonly id: string;
}

/** Blob uploads: monolithic by POST or PUT, chunked by PATCH, mounts. An upload that was broken off is forgotten. */
export class Uploads {
  readonly #store: RegistryStore;
  readonly #random: Random;
  readonly #open = new Map<string, Uint8Array>();

  constructor(store: RegistryStore, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  async answer(request: Request, { url, repository, id }: UploadCall): Promise<Response> {
    const digest = url.searchParams.get('digest');
    if (request.method === 'POST') {
      return await this.#start(request, { url, repository, id }, digest);
    }
    const held = this.#open.get(id);
    if (held === undefined) {
      return Response.json({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'upload unknown' }] }, { status: 404 });
    }
    if (request.method === 'DELETE') {
      this.#open.delete(id);
      return new Response(null, { status: 204 });
    }
    const body = new Uint8Array(await request.arrayBuffer());
    const start = /^(\d+)-/.exec(request.headers.get('content-range') ?? '')?.[1];
    if (start !== undefined && Number(start) !== held.byteLength) {
      return new Response(null, { status: 416, headers: progress(repository, id, held) });
    }
    const bytes = new Uint8Array(Buffer.concat([held, body]));
    this.#open.set(id, bytes);
    if (request.method === 'PUT') {
      this.#open.delete(id);
      return this.#finish(repository, bytes, digest ?? '');
    }
    return new Response(null, {
      status: request.method === 'GET' ? 204 : 202,
      headers: progress(repository, id, bytes),
    });
  }

  async #start(request: Request, { url, repository }: UploadCall, digest: string | null): Promise<Response> {
    const mount = url.searchParams.get('mount');
    const mounted = mount === null ? undefined : this.#store.blob(url.searchParams.get('from') ?? '', mount);
    if (mount !== null && mounted !== undefined) {
      return this.#finish(repository, mounted, mount);
    }
    const body = new Uint8Array(await request.arrayBuffer());
    if (digest !== null) {
      return this.#finish(repository, body, digest);
    }
    const id = this.#random.uuid();
    this.#open.set(id, new Uint8Array());
    return new Response(null, { status: 202, headers: progress(repository, id, new Uint8Array()) });
  }

  #finish(repository: string, bytes: Uint8Array, digest: string): Response {
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) {
      return Response.json(
        { errors: [{ code: 'DIGEST_INVALID', message: 'the digest does not match the content' }] },
        { status: 400 },
      );
    }
    this.#store.putBlob(repository, digest, bytes);
    return new Response(null, {
      status: 201,
      headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest },
    });
  }
}

function progress(repository: string, id: string, bytes: Uint8Array): Record<string, string> {
  const range = `0-${Math.max(0, bytes.byteLength - 1)}`;
  return { location: `/v2/${repository}/blobs/uploads/${id}`, 'docker-upload-uuid': id, range };
}
