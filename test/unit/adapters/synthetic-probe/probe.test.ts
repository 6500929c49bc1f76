import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { probeVerdicts, SyntheticProbe } from '../../../../shared/adapters/synthetic-probe/probe.ts';
import type { EvidenceSettings } from '../../../../shared/domain/traffic/evidence-settings.ts';
import { watched } from '../evidence.ts';

const SHOP = 'https://shop.contoso.com/healthz';
const WEU = 'https://weu.contoso.com/healthz';
const NEU = 'https://neu.contoso.com/healthz';
const BOTH = { weu: WEU, neu: NEU };

type Answers = Readonly<Record<string, Response | Promise<Response> | undefined>>;

const from = (region: string, status = 200): Response =>
  new Response('body', { status, headers: { 'x-reflex-region': region } });
const hanging = (): Promise<Response> => new Promise(() => undefined);

async function probed(
  synthetic: Partial<NonNullable<EvidenceSettings['synthetic']>>,
  answers: Answers,
  takenIn?: string,
) {
  const clock = new VirtualClock();
  const asked: Request[] = [];
  const source = new SyntheticProbe({
    clock,
    ...(takenIn === undefined ? {} : { takenIn }),
    fetch: (request) => {
      asked.push(request);
      const answer = answers[request.url];
      return answer === undefined ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(answer);
    },
  });
  const edge = watched({ synthetic: { origins: {}, timeoutMs: 5000, ...synthetic } });
  const began = clock.now().getTime();
  const votes = await clock.run(source.measure(edge));
  const said = Object.fromEntries(votes.map(({ region = '', isBad }) => [region, isBad] as const));
  return { votes, said, asked, tookMs: clock.now().getTime() - began, now: clock.now().getTime() };
}

describe('a synthetic probe', () => {
  it.each`
    what                                     | answers                                                               | said
    ${'both origins answer'}                 | ${{ [WEU]: from('weu'), [NEU]: new Response(null, { status: 204 }) }} | ${{ weu: false, neu: false }}
    ${'one answers 503'}                     | ${{ [WEU]: from('weu', 503), [NEU]: from('neu') }}                    | ${{ weu: true, neu: false }}
    ${'one has lost its routes'}             | ${{ [WEU]: from('weu', 404), [NEU]: from('neu') }}                    | ${{ weu: true, neu: false }}
    ${'one points elsewhere'}                | ${{ [WEU]: Response.redirect(NEU), [NEU]: from('neu') }}              | ${{ weu: true, neu: false }}
    ${'one cannot be reached'}               | ${{ [NEU]: from('neu') }}                                             | ${{ weu: true, neu: false }}
    ${'one hangs'}                           | ${{ [WEU]: hanging(), [NEU]: from('neu') }}                           | ${{ weu: true, neu: false }}
    ${'one has heard enough of us'}          | ${{ [WEU]: from('weu', 429), [NEU]: from('neu') }}                    | ${{ weu: undefined, neu: false }}
    ${'none can be reached: that may be us'} | ${{}}                                                                 | ${{ weu: undefined, neu: undefined }}
  `('says $said of origins where $what', async ({ answers, said }: { answers: Answers; said: object }) => {
    const result = await probed({ origins: BOTH }, answers);
    expect(result.said).toEqual(said);
    expect(result.tookMs).toBeLessThanOrEqual(5000);
  });

  it.each`
    what                                | answer                               | said
    ${'it names a region'}              | ${from('West Europe')}               | ${{ weu: false }}
    ${'it names an origin that fails'}  | ${from('NEU', 500)}                  | ${{ neu: true }}
    ${'it names none: the edge itself'} | ${new Response('', { status: 503 })} | ${{}}
    ${'it names nobody that we know'}   | ${from('eastus', 503)}               | ${{}}
    ${'there is none'}                  | ${undefined}                         | ${{}}
  `('says $said by the public host where $what', async ({ answer, said }: { answer?: Response; said: object }) => {
    expect((await probed({ url: SHOP }, { [SHOP]: answer })).said).toEqual(said);
  });

  it('is one vote an origin, bad if one of its two answers is', async () => {
    const answers = { [SHOP]: from('weu', 500), [WEU]: from('weu'), [NEU]: from('neu') };
    const { votes, now } = await probed({ url: SHOP, origins: BOTH }, answers, 'northeurope');
    const common = { source: 'synthetic', takenIn: 'northeurope', at: now, hasNoData: false };
    expect(votes).toEqual([
      { ...common, region: 'weu', isAnswering: true, isBad: true },
      { ...common, region: 'neu', isBad: false },
    ]);
  });

  it('asks each host once, past caches, follows nothing, and knows when to stop', async () => {
    const { asked, tookMs } = await probed(
      { url: SHOP, origins: { weu: WEU }, timeoutMs: 2000 },
      { [SHOP]: hanging() },
    );
    expect(asked.map(({ url, method, redirect, cache }) => [url, method, redirect, cache])).toEqual([
      [SHOP, 'GET', 'manual', 'no-store'],
      [WEU, 'GET', 'manual', 'no-store'],
    ]);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(tookMs).toBe(2000);
  });

  it('goes by https, or to this machine', async () => {
    const local = 'http://127.0.0.1:8080/healthz';
    expect((await probed({ origins: { weu: local } }, { [local]: from('weu') })).said).toEqual({ weu: false });
    await expect(probed({ origins: { weu: 'http://10.0.0.4/healthz' } }, {})).rejects.toThrow(RangeError);
  });

  it('is not sent where nobody wants it', async () => {
    const clock = new VirtualClock();
    expect(await new SyntheticProbe({ clock }).measure(watched({}))).toEqual([]);
    expect(await new SyntheticProbe({ clock }).measure(watched())).toEqual([]);
  });
});

describe('answers of any kind', () => {
  const answered = fc.option(fc.record({ status: fc.constantFrom(200, 204, 302, 404, 429, 503) }), { nil: undefined });

  it('call a region bad only for an answer of its own that is, while somebody answers', () => {
    fc.assert(
      fc.property(answered, answered, (weu, neu) => {
        const { origins } = watched();
        const direct = new Map([
          ['weu', weu],
          ['neu', neu],
        ]);
        const verdicts = probeVerdicts(origins, { direct });
        const isCutOff = weu === undefined && neu === undefined;
        expect(verdicts.map(({ isBad }) => isBad === true)).toEqual(
          [weu, neu].map((one) => !isCutOff && ![200, 204, 429].includes(one?.status ?? 0)),
        );
      }),
    );
  });
});
