import { globCovers } from '../../shared/fleet/patterns.ts';
import type { Remark, RuleDraft, StageDraft } from './draft.ts';
import { nameOf } from './names.ts';
import { covers, narrowest } from './places.ts';

/**
 * Parts rules of one image that would write the same places: by the files in which markers tell them apart, else the
 * later one is left out, with its reason. Pure.
 */
export function parted(rules: readonly RuleDraft[], remarks: Remark[]): readonly RuleDraft[] {
  const kept: RuleDraft[] = [];
  for (const rule of rules) {
    const rivals = rules.filter((other) => other !== rule && other.image === rule.image);
    const own = rivals.length === 0 ? rule : apart(rule, rivals);
    const other = kept.find((earlier) => earlier.image === own.image && meets(earlier, own));
    if (other === undefined) {
      kept.push(own);
    } else {
      const { kind, name } = other.origin;
      const text = `${rule.image}: ${kind} ${name} writes the same places by another policy or branch`;
      remarks.push({ ...rule.origin, severity: 'unequal', text });
    }
  }
  return kept;
}

/** Only the marked files, and stages of its own name, where the paths would meet another rule's. */
function apart(rule: RuleDraft, rivals: readonly RuleDraft[]): RuleDraft {
  const isMet = rivals.some((other) => meets(rule, other));
  const stages = rule.stages.map((stage): StageDraft => {
    const files = rule.files.filter((file) => covers(stage.path, file));
    const path = isMet && files.length > 0 ? narrowest(files) : stage.path;
    return isMet && files.length > 0 ? { ...stage, name: nameOf(`${stage.name}-${rule.origin.name}`), path } : stage;
  });
  return { ...rule, stages };
}

function meets(one: RuleDraft, other: RuleDraft): boolean {
  return (
    one.repository.github === other.repository.github &&
    one.stages.some((left) =>
      other.stages.some(
        (right) => left.name === right.name || globCovers(left.path, right.path) || globCovers(right.path, left.path),
      ),
    )
  );
}
