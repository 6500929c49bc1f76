/** Where the management API is reached from outside; `key` is the extension's system key. */
export interface Webhook {
  readonly origin: string;
  readonly taskHub: string;
  readonly key: string;
}

export const WEBHOOK_PATH = '/runtime/webhooks/durabletask';
/** Reached from this machine only, without a key. */
export const RPC_PATH = '/durabletask';

type ManagementUrl =
  | 'statusQueryGetUri'
  | 'sendEventPostUri'
  | 'terminatePostUri'
  | 'rewindPostUri'
  | 'purgeHistoryDeleteUri'
  | 'restartPostUri'
  | 'suspendPostUri'
  | 'resumePostUri';

/** The addresses of one instance, as an orchestration's starter hands them out. */
export function managementUrls(
  instanceId: string,
  { origin, taskHub, key }: Webhook,
): Record<'id' | ManagementUrl, string> {
  const instance = `${origin}${WEBHOOK_PATH}/instances/${encodeURIComponent(instanceId)}`;
  const query = `taskHub=${taskHub}&connection=Storage&code=${key}`;
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** The durableClient binding's data. The SDK makes every call to `rpcBaseUrl` and hands out the other addresses. */
export function durableClientData(webhook: Webhook): object {
  const baseUrl = `${webhook.origin}${WEBHOOK_PATH}`;
  const creation = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  const wait = 'timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}';
  return {
    taskHubName: webhook.taskHub,
    creationUrls: {
      createNewInstancePostUri: `${creation}?code=${webhook.key}`,
      createAndWaitOnNewInstancePostUri: `${creation}?${wait}&code=${webhook.key}`,
    },
    managementUrls: managementUrls('INSTANCEID', webhook),
    baseUrl,
    requiredQueryStringParameters: `code=${webhook.key}`,
    rpcBaseUrl: `${webhook.origin}${RPC_PATH}/`,
  };
}
