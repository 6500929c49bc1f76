/** As much of an Azure SDK's credential as is needed. */
export interface ArmCredential {
  getToken(scope: string): Promise<{ readonly token: string } | null>;
}

/** Where Azure Resource Manager is, and who we are there. */
export interface ArmAccess {
  /** `https://management.azure.com`; no slash at the end. Plain HTTP is taken for this machine alone. */
  readonly url: string;
  readonly credential: ArmCredential;
}

const BEARER = 'bearerTokenAuthenticationPolicy';
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** The part of an SDK's request and pipeline that a policy of ours touches. */
interface SdkRequest {
  readonly headers: { set(name: string, value: string): void };
}
interface SdkPolicy {
  readonly name: string;
  sendRequest<Request extends SdkRequest, Response>(
    request: Request,
    next: (request: Request) => Promise<Response>,
  ): Promise<Response>;
}
interface SdkClient {
  readonly pipeline: {
    removePolicy(options: { readonly name: string }): unknown;
    addPolicy(policy: SdkPolicy): void;
  };
}

/** Options of a management client that reaches ARM this way. */
export function armClientOptions({ url }: Pick<ArmAccess, 'url'>): {
  readonly endpoint?: string;
  readonly allowInsecureConnection?: true;
} {
  return isPlainLoopback(url) ? { endpoint: url, allowInsecureConnection: true } : { endpoint: url };
}

/**
 * Lets a management client speak to a service on this machine over plain HTTP: the SDK's own bearer policy refuses that
 * whatever its options say. For anything else the client stays as it is.
 */
export function allowLoopback<Client extends SdkClient>(client: Client, { url, credential }: ArmAccess): Client {
  if (isPlainLoopback(url)) {
    client.pipeline.removePolicy({ name: BEARER });
    client.pipeline.addPolicy({
      name: 'loopbackBearer',
      sendRequest: async (request, next) => {
        const token = await credential.getToken(`${url}/.default`);
        request.headers.set('authorization', `Bearer ${token?.token ?? ''}`);
        return await next(request);
      },
    });
  }
  return client;
}

/** True for `http://` to this machine, and nothing else. */
export function isPlainLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && LOOPBACK.includes(hostname);
}
