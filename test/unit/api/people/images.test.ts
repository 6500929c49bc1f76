import { describe, expect, it } from 'vitest';

import { UpstreamError } from '../../../../shared/errors.ts';
import { standing, World } from '../../../scenarios/image-world.ts';
import { Office, RITA } from './people.ts';

/** People's API whose live answers come from the world's own registry and branch. */
function officeIn(world: World): Office {
  return new Office({ explainImage: (rule, repository) => world.explain({ ...rule, ...world.rule }, repository) });
}

describe('image rules', () => {
  it('are listed with their policies in words', async () => {
    expect(await new Office().call('GET /images', RITA)).toMatchObject({
      status: 200,
      images: [{ name: 'web', image: 'contoso.azurecr.io/shop/*', policy: 'semver *', mode: 'propose', stages: [] }],
    });
  });

  it('say live what they would choose, and why not the others', async () => {
    const world = new World({ policy: { kind: 'bump', level: 'minor' } }, standing('1.4.0'));
    ['1.5.0', '2.0.0', 'latest'].forEach((tag) => world.push(tag));
    const { commit } = await world.git.head('main');
    const view = await officeIn(world).call('GET /images/web?repository=shop/web', RITA);
    expect(view).toMatchObject({
      status: 200,
      image: 'contoso.azurecr.io/shop/web',
      policy: 'bump minor',
      choices: [
        {
          stage: 'dev',
          tag: '1.5.0',
          standing: [{ tag: '1.4.0' }],
          considered: [{ tag: '1.5.0', verdict: 'chosen' }, { tag: '2.0.0' }, { tag: 'latest' }],
          more: 0,
        },
      ],
      held: [],
    });
    expect((await world.git.head('main')).commit).toBe(commit);
    expect(await world.records()).toEqual([]);
  });

  it.each([
    ['an unknown rule', 'GET /images/wbe', 404],
    ['a pattern without a repository', 'GET /images/web', 404],
    ['a repository of another rule', 'GET /images/web?repository=other/web', 404],
    ['a repository that is no name', 'GET /images/web?repository=../web', 404],
    ['a repository that the registry does not have', 'GET /images/web?repository=shop/gone', 404],
  ])('refuse %s', async (_what, call, status) => {
    expect(await new Office().call(call, RITA)).toMatchObject({ status, code: 'REFLEX_NOT_FOUND' });
  });

  it('say that the registry is in trouble', async () => {
    const office = new Office({ explainImage: () => Promise.reject(new UpstreamError('list tags', 503)) });
    expect(await office.call('GET /images/web?repository=shop/web', RITA)).toMatchObject({
      status: 502,
      code: 'REFLEX_UPSTREAM',
    });
  });

  it('want a token', async () => {
    expect((await new Office().request('GET /images', undefined)).status).toBe(401);
  });
});
