import { describe, expect, it } from 'vitest';

import { allowLoopback, armClientOptions, isPlainLoopback } from '../../../shared/adapters/arm-access.ts';

const AZURE = 'https://management.azure.com';
const LAPTOP = 'http://127.0.0.1:7071';

describe('isPlainLoopback', () => {
  it.each<[string, boolean]>([
    [LAPTOP, true],
    ['http://localhost:80', true],
    ['http://[::1]:8080', true],
    [AZURE, false],
    ['https://127.0.0.1', false],
    ['http://management.azure.com', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://localhost@evil.example', false],
    ['http://10.0.0.1', false],
  ])('%s: %s', (url, expected) => {
    expect(isPlainLoopback(url)).toBe(expected);
    expect('allowInsecureConnection' in armClientOptions({ url })).toBe(expected);
    expect(armClientOptions({ url }).endpoint).toBe(url);
  });
});

describe('allowLoopback', () => {
  interface Policy {
    readonly name: string;
    sendRequest<Request extends { headers: { set(name: string, value: string): void } }, Response>(
      request: Request,
      next: (request: Request) => Promise<Response>,
    ): Promise<Response>;
  }

  function client(): {
    readonly pipeline: { removePolicy(one: { name: string }): void; addPolicy(one: Policy): void };
  } & {
    readonly removed: string[];
    readonly added: Policy[];
  } {
    const [removed, added]: [string[], Policy[]] = [[], []];
    const pipeline = {
      removePolicy: ({ name }: { name: string }) => void removed.push(name),
      addPolicy: (policy: Policy) => void added.push(policy),
    };
    return { pipeline, removed, added };
  }

  const credential = {
    asked: [] as string[],
    getToken(scope: string) {
      this.asked.push(scope);
      return Promise.resolve({ token: 'secret' });
    },
  };

  it('leaves a client of Azure as it is, and asks for no token', () => {
    const azure = client();
    expect(allowLoopback(azure, { url: AZURE, credential })).toBe(azure);
    expect([azure.removed, azure.added, credential.asked]).toEqual([[], [], []]);
  });

  it.each([
    ['its token', credential, 'Bearer secret'],
    ['none', { getToken: () => Promise.resolve(null) }, 'Bearer '],
  ])('sends %s to a laptop, in place of the SDK that refuses', async (_, given, expected) => {
    const local = allowLoopback(client(), { url: LAPTOP, credential: given });
    const headers = new Headers();
    const answer = await local.added[0]!.sendRequest({ headers }, () => Promise.resolve('done'));
    expect([answer, headers.get('authorization')]).toEqual(['done', expected.trim()]);
    expect(local.removed).toEqual(['bearerTokenAuthenticationPolicy']);
  });
});
