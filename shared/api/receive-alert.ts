import { StorageUnavailableError, UpstreamError } from '../errors.ts';
import type { Answer, IncomingAlert } from '../reflex.ts';
import { authenticateSender, type AuthenticationTools } from './authenticate.ts';
import { legacyRemedy } from '../signals/alerts/legacy.ts';
import { FROM_ALERT_SENDER } from '../signals/senders.ts';
import { problem } from './problem.ts';
import { refuseToken, type RefusalTools } from './refuse-token.ts';
import type { SenderTrust } from './token-claims.ts';

/** Azure Monitor's alerts are at most 256 kB; this is room for another spelling of the same. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface AlertTools extends AuthenticationTools, RefusalTools {
  readonly trust: SenderTrust;
  /** Stores a body for the actor; when it returns, the alert is safe. */
  readonly store: (body: string, via: string) => Promise<void>;
}

/**
 * Takes an alert of Azure Monitor: who sends it, how large it is, one write, 202. The body of whoever is not let in stays
 * unread. What it says is read later, so that no odd field is ever refused: after some refusals an action group calls
 * nobody for 15 minutes.
 *
 * @returns 202, for an alert in a schema from before the common one with what to set; 401 or 403 for a token that does not count; 413; 503 while it could not be stored or the
 *   token's key is not known yet, so that the sender tries again.
 * @see https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#webhook
 */
export async function receiveAlert(
  { authorization, contentLength, text }: IncomingAlert,
  tools: AlertTools,
): Promise<Answer> {
  if (tools.trust.tenantId === '') {
    return problem(503, 'REFLEX_INVALID_SETTING', 'REFLEX_TENANT_ID is not set: no sender can be believed.');
  }
  try {
    const sender = await authenticateSender(authorization, tools.trust, tools);
    if ('status' in sender) {
      return await refuseToken(sender, 'alerts', tools);
    }
    // A length that is none says nothing: then the body itself is measured.
    const body = Number(contentLength) > MAX_BODY_BYTES ? undefined : await text();
    if (body === undefined || Buffer.byteLength(body) > MAX_BODY_BYTES) {
      tools.log.warn('alert too large', { status: 413, sender: sender.applicationId });
      return problem(413, 'REFLEX_TOO_LARGE', `An alert has at most ${MAX_BODY_BYTES} bytes.`);
    }
    await tools.store(body, `${FROM_ALERT_SENDER}${sender.applicationId}`);
    const remedy = legacyRemedy(body);
    if (remedy === undefined) {
      return { status: 202, headers: {}, body: '' };
    }
    tools.log.warn('alert in a schema that nobody reads', { sender: sender.applicationId, remedy });
    return { status: 202, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ remedy }) };
  } catch (error) {
    if (error instanceof StorageUnavailableError || error instanceof UpstreamError) {
      tools.log.error('alert not stored', { code: error.code, reason: error.message });
      return problem(503, error.code, 'Nothing was stored: send it again.', { 'retry-after': '30' });
    }
    throw error;
  }
}
