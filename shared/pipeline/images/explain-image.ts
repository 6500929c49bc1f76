import { formatImageName } from '../../domain/image/reference.ts';
import { policyInWords } from '../../domain/image/policy-words.ts';
import type { FleetImage } from '../../fleet/model.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { Candidates, rollOut, subscriptionOf, type Rollout } from '../../reactions/image-rollout/index.ts';
import type { ActorDependencies } from '../actor.ts';
import { standingBy } from './standing-by.ts';

/** What a rule would choose now. */
export interface ImageExplanation extends Pick<Rollout, 'choices' | 'held'> {
  readonly rule: string;
  readonly image: string;
  readonly policy: string;
  /** When the registry was read. */
  readonly asOf: string;
}

/**
 * Reads the registry and the branch as a push would, and says what would be chosen for each stage and why. Opens
 * nothing, writes nothing.
 *
 * @param repository - the rule's own, or one that its pattern names.
 * @throws NotFoundError, RateLimitedError, UpstreamError
 */
export async function explainImageNow(
  rule: FleetImage,
  repository: string,
  actor: Pick<ActorDependencies, 'registry' | 'branches' | 'clock' | 'fleet' | 'imageGates' | 'rows'>,
): Promise<ImageExplanation> {
  const image = formatImageName({ registry: rule.registry, repository });
  const source = actor.registry(rule.registry);
  const asOf = actor.clock.now().toISOString();
  const candidates = new Candidates(source, repository, []);
  const subscription = subscriptionOf(await actor.fleet(), rule.registry);
  const of = { image, source, registry: rule.registry, repository, subscription, candidates };
  const read = { ...of, manifests: new Map(), signal: 'explain', asOf };
  const { choices, held } = await rollOut([rule], read, {
    ...actor,
    rows: unwritten(actor.rows),
    standing: standingBy(actor).at,
  });
  return { rule: rule.name, image, policy: policyInWords(rule.policy), asOf, choices, held };
}

/** The rows as they are: whoever only asks must not start a gate's clock. */
function unwritten(rows: RowStore): RowStore {
  return {
    get: async (partition, rowKey) => await rows.get(partition, rowKey),
    list: async (partition, prefix) => await rows.list(partition, prefix),
    partitionsWith: async (rowKey) => await rows.partitionsWith(rowKey),
    transact: async (_, operations) => await Promise.resolve(operations.map(() => '')),
  };
}
