import { serve } from '../http/serve.ts';
import { LocalLogAnalytics } from '../log-analytics/local-log-analytics.ts';
import type { Site } from './site.ts';

/** Serves Log Analytics' query API; what its workspaces answer is said over HTTP. */
export async function startLogs({ clock, say, port, onStop }: Site): Promise<{ readonly url: string }> {
  const served = await serve(new LocalLogAnalytics(clock).handler, port());
  onStop(() => served.close());
  say(`logs      ${served.url}`);
  return { url: served.url };
}
