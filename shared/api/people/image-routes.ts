import { isRepository } from '../../domain/image/reference.ts';
import { policyInWords } from '../../domain/image/policy-words.ts';
import { NotFoundError, ReflexError } from '../../errors.ts';
import { rulesFor } from '../../reactions/image-rollout/index.ts';
import { problem } from '../problem.ts';
import { Decision, ImageList, ImageQuery, ImageView } from './image-schemas.ts';
import { json, READERS, route, type Route } from './route.ts';

/** Image rules, what they would choose now, and why past signals ended as they did. */
export const IMAGE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'images',
    operation: 'listImages',
    summary: 'The image rules of the fleet',
    roles: READERS,
    answers: { 200: { description: 'all of them', schema: ImageList } },
    answer: async (_, { fleet }) => {
      const images = (await fleet()).images.map(({ name, registry, repository, policy, mode, stages }) => ({
        ...{ name, image: `${registry}/${repository}`, policy: policyInWords(policy), mode },
        stages: stages.map((stage) => stage.name),
      }));
      return json(200, { images });
    },
  }),
  route({
    method: 'GET',
    path: 'images/{name}',
    operation: 'explainImage',
    summary: 'What an image rule would choose now, from its registry and branch, and why not the other tags',
    roles: READERS,
    query: ImageQuery,
    answers: { 200: { description: 'for each stage that takes pushes', schema: ImageView } },
    refusals: [404, 502],
    answer: async ({ params, query }, { fleet, explainImage }) => {
      const rule = (await fleet()).images.find(({ name }) => name === params['name']);
      const repository = query.repository ?? rule?.repository ?? '';
      if (rule === undefined || !isRepository(repository) || rulesFor([rule], rule.registry, repository).length === 0) {
        const detail =
          rule === undefined
            ? 'The fleet has no such image rule.'
            : `Rule ${rule.name} is for ${rule.repository}: name one repository of it by \`repository\`.`;
        return problem(404, 'REFLEX_NOT_FOUND', detail);
      }
      try {
        return json(200, await explainImage(rule, repository));
      } catch (error) {
        if (error instanceof ReflexError) {
          return problem(error instanceof NotFoundError ? 404 : 502, error.code, error.message);
        }
        throw error;
      }
    },
  }),
  route({
    method: 'GET',
    path: 'decisions/{id}',
    operation: 'readDecision',
    summary: 'Why a signal ended as it did: facts, choice, outcome',
    roles: READERS,
    answers: { 200: { description: 'the decision record, or the plan of that id', schema: Decision } },
    answer: async ({ params }, { record }) => await record(params['id'] ?? ''),
  }),
];
