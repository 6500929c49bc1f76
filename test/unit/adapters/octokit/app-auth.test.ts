import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { BRANCH, branchAt, HEAD, scriptedGitHub } from './scripted-github.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const TOKENS = 'POST /app/installations/7/access_tokens';
const token = (name: string): { status: number; json: object } => ({
  status: 201,
  json: { token: name, expires_at: '2126-01-01T00:00:00Z', permissions: {}, repository_selection: 'selected' },
});

const signer = {
  sign: (bytes: Uint8Array) => Promise.resolve(new Uint8Array(createSign('sha256').update(bytes).sign(privateKey))),
};
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

describe('the app', () => {
  it.each([
    ['a key elsewhere that can only sign', { signer }, 41],
    ['a private key', { privateKey: pem }, 42],
  ])('gets a token for this repository and nothing more, by %s', async (_, key, appId) => {
    const auth = { kind: 'app', appId, installationId: 7, key } as const;
    const script = { [TOKENS]: [token('ghs_one')], [BRANCH]: [branchAt(HEAD)] };
    const { repository, seen } = scriptedGitHub(script, { auth, repo: `r` });
    await repository.head('main');
    await repository.head('main');
    expect(seen.map(({ line }) => line)).toEqual([TOKENS, BRANCH, BRANCH]);
    expect(seen[0]!.body).toEqual({
      repositories: ['r'],
      permissions: { contents: 'write', statuses: 'read', metadata: 'read' },
    });
    expect(seen[1]!.authorization).toBe('token ghs_one');

    const [header, payload, signature] = seen[0]!.authorization!.replace(/^bearer /i, '').split('.');
    const isSigned = createVerify('sha256').update(`${header}.${payload}`).verify(publicKey, signature!, 'base64url');
    expect(isSigned).toBe(true);
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
      iss: expect.anything() as unknown,
    });
  });

  it('dates its JWT by the clock it is given, within what GitHub takes', async () => {
    const auth = { kind: 'app', appId: 43, installationId: 7, key: { signer } } as const;
    const { repository, seen, clock } = scriptedGitHub(
      { [TOKENS]: [token('ghs_one')], [BRANCH]: [branchAt(HEAD)] },
      { auth },
    );
    await repository.head('main');
    const payload = seen[0]!.authorization!.split('.')[1]!;
    const now = clock.now().getTime() / 1000;
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      iat: now - 30,
      exp: now + 540,
      iss: '43',
    });
  });

  it('gets another token when GitHub no longer takes the one it has', async () => {
    const auth = { kind: 'app', appId: 44, installationId: 7, key: { signer } } as const;
    const script = {
      [TOKENS]: [token('ghs_one'), token('ghs_two')],
      [BRANCH]: [{ status: 401, json: {} }, branchAt(HEAD)],
    };
    const { repository, seen } = scriptedGitHub(script, { auth });
    expect((await repository.head('main')).commit).toBe(HEAD);
    expect(seen.map(({ line }) => line)).toEqual([TOKENS, BRANCH, TOKENS, BRANCH]);
    expect(seen[3]!.authorization).toBe('token ghs_two');
  });

  it('says that it is not installed', async () => {
    const auth = { kind: 'app', appId: 45, installationId: 7, key: { signer } } as const;
    const { repository } = scriptedGitHub({ [BRANCH]: [branchAt(HEAD)] }, { auth });
    await expect(repository.head('main')).rejects.toMatchObject({ code: 'REFLEX_NOT_FOUND' });
  });
});
