import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { selectTag, type TagPolicy } from '../../../../shared/domain/image/policy.ts';
import { parseImageReference, readImageName } from '../../../../shared/domain/image/reference.ts';
import { planImageEdit } from '../../../../shared/domain/image/yaml-edit/edit.ts';
import type { PlaceQuery } from '../../../../shared/domain/image/yaml-edit/place.ts';

interface Cases {
  readonly policyCases: readonly { id: string; policy: TagPolicy; tags: readonly string[]; expect: string | null }[];
  readonly policyBeyondAnchors: readonly {
    id: string;
    policy: TagPolicy;
    tags: readonly string[];
    recommended: string;
  }[];
  readonly yamlCases: readonly (Omit<PlaceQuery, 'image'> & {
    id: string;
    file: string;
    before: string;
    image: string;
    newTag: string;
    newDigest: string | null;
    after: string;
    strict: boolean;
  })[];
}

interface FurtherCase extends Omit<PlaceQuery, 'image'> {
  readonly id: string;
  readonly note: string;
  readonly file: string;
  readonly before: string;
  readonly image: string;
  readonly newTag: string | null;
  readonly newDigest: string | null;
  readonly outcome: string;
  readonly after: string;
  readonly warns?: readonly string[];
}

function readCases(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../cases', name), 'utf8'));
}

const cases = readCases('image.json') as Cases;
const further = readCases('image-edits-more.json') as { readonly cases: readonly FurtherCase[] };

function choose(policy: TagPolicy, tags: readonly string[]): string | null {
  const { outcome, tag } = selectTag(
    policy,
    tags.map((name) => ({ name })),
    { explain: true },
  );
  return outcome === 'invalid-policy' ? 'error' : (tag ?? null);
}

const SHUFFLES = 1_000;

/** The answers to many orders of the same tags, each once. */
function answersOf(policy: TagPolicy, tags: readonly string[]): readonly (string | null)[] {
  const random = new SeededRandom(tags.length);
  const answers = new Set([choose(policy, tags)]);
  for (let shuffle = 0; shuffle < SHUFFLES; shuffle += 1) {
    const keyed = tags.map((tag) => ({ tag, at: random.next() })).toSorted((a, b) => a.at - b.at);
    answers.add(
      choose(
        policy,
        keyed.map(({ tag }) => tag),
      ),
    );
  }
  return [...answers];
}

describe('given cases', () => {
  it.each(cases.policyCases)('policy $id, in every order', ({ policy, tags, expect: expected }) => {
    expect(answersOf(policy, tags)).toEqual([expected]);
  });

  it.each(cases.policyBeyondAnchors)('policy $id, in every order', ({ policy, tags, recommended }) => {
    expect(answersOf(policy, tags)).toEqual([recommended]);
  });

  it.each(cases.yamlCases.filter(({ strict }) => strict))('edit $id ($mode)', (one) => {
    const { file: path, before, image, newTag, newDigest, after, mode, keys, policies } = one;
    const query = {
      image: parseImageReference(image)!,
      ...(mode === undefined ? {} : { mode }),
      ...(keys === undefined ? {} : { keys }),
      ...(policies === undefined ? {} : { policies }),
    };
    const wanted = { tag: newTag, ...(newDigest === null ? {} : { digest: newDigest }) };
    expect(planImageEdit({ path, text: before }, query, wanted).after).toBe(after);
  });

  it.each(further.cases)('further edit $id ($mode): $note', (one) => {
    const { file: path, before, image, newTag, newDigest, outcome, after, warns, mode, keys, policies } = one;
    const query = {
      image: readImageName(image),
      ...(mode === undefined ? {} : { mode }),
      ...(keys === undefined ? {} : { keys }),
      ...(policies === undefined ? {} : { policies }),
    };
    const wanted = {
      ...(newTag === null ? {} : { tag: newTag }),
      ...(newDigest === null ? {} : { digest: newDigest }),
    };
    const plan = planImageEdit({ path, text: before }, query, wanted);
    expect([plan.outcome, plan.after]).toEqual([outcome, after]);
    if (warns?.length === 0) {
      expect(plan.warnings).toEqual([]);
    }
    for (const warning of warns ?? []) {
      expect(plan.warnings.join('\n')).toContain(warning);
    }
  });
});
