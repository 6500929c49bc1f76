import { serve } from '../http/serve.ts';
import type { Site } from './site.ts';

/** Where pages that were called out are kept: `GET URL`. */
const PAGES_PATH = '/_local/pages';

/** Serves a webhook that takes pages, prints them, and keeps them for whoever asks. */
export async function startPager({ say, port, onStop }: Site): Promise<{ readonly url: string }> {
  const pages: unknown[] = [];
  const served = await serve(async (request) => {
    if (request.method === 'GET' && new URL(request.url).pathname === PAGES_PATH) {
      return Response.json({ pages });
    }
    if (request.method !== 'POST') {
      return new Response(null, { status: 405 });
    }
    const page = (await request.json()) as { readonly event?: string; readonly title?: string; readonly key?: string };
    pages.push(page);
    say(`page      ${page.event ?? ''}: ${page.title ?? page.key ?? ''}`);
    return new Response(null, { status: 202 });
  }, port());
  onStop(() => served.close());
  return { url: served.url };
}
