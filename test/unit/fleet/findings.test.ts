import { describe, expect, it } from 'vitest';

import { formatFinding, type Finding } from '../../../shared/fleet/findings.ts';
import { build, CONTOSO, CONTOSO_TEAM, includedText, lineOf, replaced } from './fleet-text.ts';

const TEAM = { owns: ['images'], team: 'shop' };

function problems(text: string): readonly Finding[] {
  return build(text).findings.filter(({ severity }) => severity !== 'note');
}

describe('findings', () => {
  it('are none but notes for the example', () => {
    expect(
      build(CONTOSO, [includedText('teams/shop.yaml', CONTOSO_TEAM, TEAM)]).findings.map(({ code }) => code),
    ).toEqual(['discovery-later', 'no-effect', 'no-effect']);
  });

  it('say which regions of clusters behind origins service health does not call so, once, and stop nothing', () => {
    const { fleet, findings } = build(CONTOSO);
    const [, weu, neu, ...more] = findings;
    expect([weu, neu, more]).toEqual([
      expect.objectContaining({
        severity: 'note',
        path: 'clusters.shop-weu.region',
        line: lineOf(CONTOSO, 'shop-weu:') + 5,
      }),
      expect.objectContaining({ severity: 'note', path: 'clusters.shop-neu.region' }),
      [],
    ]);
    expect(weu?.message).toContain('`weu` is no name of an Azure region that we know');
    expect(fleet?.edges).toHaveLength(1);
    const named = CONTOSO.replaceAll('region: weu', 'region: West-Europe').replace(
      'region: neu',
      'region: north-europe',
    );
    expect(build(named).findings.map(({ code }) => code)).toEqual(['discovery-later']);
  });

  it.each`
    from                                                      | to                                                        | code                   | message
    ${'    origins: {'}                                       | ${'    orgins: {'}                                        | ${'unknown-key'}       | ${'unknown key `orgins`, did you mean `origins`?'}
    ${'\nbudgets:'}                                           | ${'\nbugdets:'}                                           | ${'unknown-key'}       | ${'unknown key `bugdets`, did you mean `budgets`?'}
    ${'maxDrained: 50%'}                                      | ${'maxDrained: 150%'}                                     | ${'not-valid'}         | ${'expected a percentage from 0% to 100%, got "150%"'}
    ${'minServing: 1'}                                        | ${'minServing: none'}                                     | ${'wrong-type'}        | ${'expected a whole number from 1 to 1000, got "none"'}
    ${"ring: '0'\n"}                                          | ${'ring: 0\n'}                                            | ${'wrong-type'}        | ${'got 0: write it in quotes, "0"'}
    ${'restore: propose }'}                                   | ${'restore: propse }'}                                    | ${'not-valid'}         | ${'expected observe, propose or enforce, got "propse", did you mean `propose`?'}
    ${'timeZone: Europe/Berlin'}                              | ${'timeZone: Europe/Berln'}                               | ${'not-valid'}         | ${'got "Europe/Berln", did you mean `Europe/Berlin`?'}
    ${'timeZone: Europe/Berlin'}                              | ${'timeZone: CET'}                                        | ${'not-valid'}         | ${'expected an IANA time zone'}
    ${'Mon-Fri 07:30-19:30'}                                  | ${'Mon-Fri 7:30-19:30'}                                   | ${'not-valid'}         | ${'expected days and times such as `Mon-Fri 07:30-19:30`'}
    ${'soak: 2h'}                                             | ${'soak: 2 hours'}                                        | ${'not-valid'}         | ${'expected a duration such as'}
    ${'2026-12-28..2026-12-31'}                               | ${'2026-02-28..2026-02-30'}                               | ${'not-valid'}         | ${'expected a date 2026-12-24'}
    ${'to: 2027-01-04'}                                       | ${'to: 2026-01-04'}                                       | ${'not-valid'}         | ${'expected a day on or after `from`'}
    ${'    app: shop\n    region: neu'}                       | ${'    app: shop shop\n    region: neu'}                  | ${'not-valid'}         | ${'expected text of letters, digits'}
    ${'managedClusters/shop-neu'}                             | ${'managedClusters/shop-weu'}                             | ${'conflict'}          | ${'is the same resource as'}
    ${'managedClusters/shop-neu'}                             | ${'fleets/shop-neu'}                                      | ${'not-valid'}         | ${'expected an ARM id of Microsoft.ContainerService/managedClusters'}
    ${'image: contoso.azurecr.io/shop/web'}                   | ${'image: contoso.azurecr.io/shop/web:1'}                 | ${'not-valid'}         | ${'expected an image without tag'}
    ${'image: contoso.azurecr.io/shop/web'}                   | ${'match: contoso.azurecr.io/sh*/web'}                    | ${'not-valid'}         | ${'expected an image pattern'}
    ${'    image: contoso.azurecr.io/shop/web\n'}             | ${''}                                                     | ${'not-valid'}         | ${'expected either `image` or `match`'}
    ${'image: contoso.azurecr.io/shop/web'}                   | ${'image: contosso.azurecr.io/shop/web'}                  | ${'unknown-reference'} | ${'did you mean `contoso.azurecr.io`?'}
    ${'semver: { range: 0.9.x }'}                             | ${'newest-bild: {}'}                                      | ${'unknown-key'}       | ${'did you mean `newest-build`?'}
    ${'{ semver: { range: 0.9.x } }'}                         | ${'{}'}                                                   | ${'not-valid'}         | ${'expected exactly one of semver, alphabetical'}
    ${'semver: { range: 0.9.x }'}                             | ${'variant: {}, digest: {}'}                              | ${'not-valid'}         | ${'expected exactly one of semver, alphabetical'}
    ${'semver: { range: 0.9.x }'}                             | ${'numerical: { order: up }'}                             | ${'not-valid'}         | ${'expected asc or desc'}
    ${'semver: { range: 0.9.x }'}                             | ${'bump: {}'}                                             | ${'missing'}           | ${'`level` is missing'}
    ${'semver: { range: 0.9.x }'}                             | ${"variant: {}, allow: ['(?!x)']"}                        | ${'not-valid'}         | ${'expected an RE2 pattern (filterTags "(?!x)": '}
    ${'semver: { range: 0.9.x }'}                             | ${"variant: {}, filterTags: { pattern: 'a)' }"}           | ${'not-valid'}         | ${'expected an RE2 pattern (filterTags "a)": '}
    ${'{ range: 0.9.x }'}                                     | ${'{ range: 1.2.3.4 }'}                                   | ${'not-valid'}         | ${'"1.2.3.4" is no bound'}
    ${'{ range: 0.9.x }'}                                     | ${'{ range: newest }'}                                    | ${'not-valid'}         | ${'expected a semver range'}
    ${'{ range: 0.9.x }'}                                     | ${'{ loose: true }'}                                      | ${'missing'}           | ${'`range` is missing, expected a semver range'}
    ${'after: dev'}                                           | ${'after: dve'}                                           | ${'unknown-reference'} | ${'`dve` is no stage of this rollout, did you mean `dev`?'}
    ${"select: { ring: '0' }, path"}                          | ${"select: { ring: '0' }, after: prod, path"}             | ${'cycle'}             | ${'stages wait for each other: dev after prod after dev'}
    ${"select: { ring: '0' }, path: 'clusters/{cluster}/**'"} | ${"select: { ring: '0' }, path: 'clusters/{clutser}/**'"} | ${'unknown-reference'} | ${'has no label `clutser`'}
    ${"select: { ring: '0' }, path: 'clusters/{cluster}/**'"} | ${"select: { ring: '0' }, path: '../x/**'"}               | ${'not-valid'}         | ${'expected a relative path or glob'}
    ${"select: { ring: '0' }"}                                | ${"select: { ring: '7' }"}                                | ${'selects-nothing'}   | ${'stage dev selects no cluster: it writes nothing'}
    ${'    select: { environment: dev }\n'}                   | ${'    select: { environment: dve }\n'}                   | ${'selects-nothing'}   | ${'none has environment: dve, did you mean `dev`?'}
    ${"'origin-{region}'"}                                    | ${"'origin-{app}'"}                                       | ${'conflict'}          | ${'would both be origin `origin-shop`'}
    ${'offHours: nights'}                                     | ${'offHours: night'}                                      | ${'unknown-reference'} | ${'`night` is not in schedules, did you mean `nights`?'}
    ${'pager: shop'}                                          | ${'pager: shpo'}                                          | ${'unknown-reference'} | ${'`shpo` is not in notify, did you mean `shop`?'}
    ${"['shop:clusters/**']"}                                 | ${"['ship:clusters/**']"}                                 | ${'unknown-reference'} | ${'`ship` is not in gitops, did you mean `shop`?'}
    ${'team: shop }'}                                         | ${'team: shoop }'}                                        | ${'unknown-reference'} | ${'`shoop` is not in teams, did you mean `shop`?'}
    ${'owns: [images]'}                                       | ${'owns: [image]'}                                        | ${'not-valid'}         | ${'expected "*" or a list of'}
    ${'github: contoso/shop-gitops'}                          | ${'github: shop-gitops'}                                  | ${'not-valid'}         | ${'expected a GitHub repository as owner/name'}
    ${'version: 1'}                                           | ${'version: 2'}                                           | ${'not-valid'}         | ${'expected 1, got 2'}
    ${'fleet: contoso-shop'}                                  | ${'fleet: Contoso Shop'}                                  | ${'not-valid'}         | ${'expected a name: lower-case'}
    ${'image: contoso.azurecr.io/shop/api'}                   | ${'match: contoso.azurecr.io/shop/*'}                     | ${'overlap'}           | ${'meet in the same repository, branch and stage'}
    ${'\n    frontDoor:'}                                     | ${'\n    trafficManger:'}                                 | ${'unknown-key'}       | ${'did you mean `trafficManager`?'}
  `('say $code for "$to"', ({ from, to, code, message }: Record<'from' | 'to' | 'code' | 'message', string>) => {
    const found = problems(replaced(CONTOSO, from, to));
    expect(found.map(formatFinding).join('\n')).toContain(message);
    expect(found.map((finding) => finding.code)).toContain(code);
  });

  it('name the line and column of the value', () => {
    const text = replaced(CONTOSO, 'maxDrained: 50%', 'maxDrained: 150%');
    const line = lineOf(text, 'maxDrained');
    const column = (text.split('\n')[line - 1]?.indexOf('150%') ?? 0) + 1;
    expect(problems(text)).toEqual([
      expect.objectContaining({ file: 'fleet.yaml', line, column, path: 'edges.shop.rules.maxDrained' }),
    ]);
  });

  it('come all at once, in the order of the file', () => {
    const text = [
      ['pager: shop', 'pagr: shop'],
      ['maxDrained: 50%', 'maxDrained: half'],
      ['soak: 2h', 'soak: long'],
    ].reduce((before, [from = '', to = '']) => replaced(before, from, to), CONTOSO);
    expect(problems(text).map(({ path }) => path)).toEqual([
      'teams.shop.pagr',
      'edges.shop.rules.maxDrained',
      'rollouts.standard[1].soak',
    ]);
  });

  it('say nothing of a missing key where the key is only misspelt', () => {
    const codes = problems(replaced(CONTOSO, '    origins: {', '    orgins: {')).map(({ code }) => code);
    expect(codes).toEqual(['unknown-key']);
  });

  it('stop at 200 of one file, and say how many more there are', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join('\n');
    const found = problems(`version: 1\nfleet: x\n${keys}\n`);
    expect(found).toHaveLength(201);
    expect(found.map(({ message }) => message)).toContain('and 4800 more of the same file');
  });

  it('say what is missing in an empty file', () => {
    expect(problems('').map(({ message }) => message)).toEqual([
      expect.stringContaining('`fleet` is missing'),
      expect.stringContaining('`version` is missing'),
    ]);
  });
});
