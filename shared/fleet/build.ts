import { boundFleet } from './check/bound.ts';
import type { Ceiling } from './ceiling.ts';
import { checkEdges } from './check/edges.ts';
import { expandFleet } from './expand/expand.ts';
import { sortFindings, type Finding } from './findings.ts';
import { checkImages } from './check/images.ts';
import { mergeParts, type MergedFleet } from './read/merge.ts';
import type { LoadedFleet } from './model.ts';
import { parsePart, type FleetPart, type PartText, type ParsedPart } from './read/part.ts';
import { checkReferences } from './check/references.ts';
import { checkSelections } from './check/selections.ts';

/** A file as it is now, and as it was when it last was good. At least one of the two. */
export interface PartChoice {
  readonly current?: PartText;
  readonly lastGood?: PartText;
}

/** `left-out`: bad, and no good version known. */
type PartState = 'current' | 'last-good' | 'left-out';

export interface PartReport {
  readonly file: string;
  /** Of the text in force; of the bad text where it is left out. */
  readonly version: string;
  readonly state: PartState;
}

export interface BuiltFleet {
  /** Absent if not even the root file's last good version can be used. */
  readonly fleet?: LoadedFleet;
  readonly findings: readonly Finding[];
  readonly parts: readonly PartReport[];
  /** The texts that `fleet` was made of, root first. */
  readonly texts: readonly PartText[];
}

interface Chosen {
  readonly choice: PartChoice;
  readonly state: PartState;
}

interface Round {
  readonly findings: readonly Finding[];
  readonly merged?: MergedFleet;
}

/**
 * Builds the fleet from its files, the root file first. A bad file holds only its owner's part: its last good version
 * stays in force, or it is left out. Pure, and never throws for what the texts hold.
 */
export function buildFleet(choices: readonly PartChoice[], ceiling: Ceiling): BuiltFleet {
  let chosen: readonly Chosen[] = choices.map((choice) => ({
    choice,
    state: choice.current === undefined ? 'last-good' : 'current',
  }));
  const parse = parseOnce();
  const findings: Finding[] = [];
  for (;;) {
    const round = lookAt(chosen, parse);
    findings.push(...round.findings);
    const bad = new Set(round.findings.filter(({ severity }) => severity === 'error').map(({ file }) => file));
    if (bad.size === 0) {
      return finish(chosen, round.merged, { findings, ceiling });
    }
    // Each round takes a step back for at least one file, so this ends.
    chosen = chosen.map((each) => (bad.has(textOf(each)?.file ?? '') ? stepBack(each) : each));
  }
}

/** The same text is parsed once, however many rounds it takes. */
function parseOnce(): (text: PartText) => ParsedPart {
  const parsed = new Map<PartText, ParsedPart>();
  return (text) => {
    const known = parsed.get(text) ?? parsePart(text);
    parsed.set(text, known);
    return known;
  };
}

function lookAt(chosen: readonly Chosen[], parse: (text: PartText) => ParsedPart): Round {
  const parsed = chosen.flatMap((each) => {
    const text = textOf(each);
    return text === undefined ? [] : [parse(text)];
  });
  const findings = parsed.flatMap((each) => each.findings);
  const [root, ...included] = parsed;
  if (findings.length > 0 || root?.part === undefined || root.root === undefined) {
    return { findings };
  }
  const parts = included.map(({ part }) => part).filter((part): part is FleetPart => part !== undefined);
  const { merged, findings: conflicts } = mergeParts({ part: root.part, root: root.root }, parts);
  const checks = [
    ...conflicts,
    ...checkReferences(merged),
    ...checkImages(merged),
    ...checkEdges(merged),
    ...checkSelections(merged),
    ...notes(merged),
  ];
  return { findings: checks, merged };
}

function notes({ discover }: MergedFleet): readonly Finding[] {
  const message = 'discovery is not active yet: clusters come from `clusters` for now';
  return discover === undefined
    ? []
    : [
        discover.part.document.remark(discover.path, {
          severity: 'note',
          code: 'discovery-later',
          message,
          atKey: true,
        }),
      ];
}

function textOf({ choice, state }: Chosen): PartText | undefined {
  return state === 'left-out' ? undefined : choice[state === 'current' ? 'current' : 'lastGood'];
}

function stepBack({ choice, state }: Chosen): Chosen {
  const isNew = choice.lastGood !== undefined && choice.lastGood.text !== choice.current?.text;
  return { choice, state: state === 'current' && isNew ? 'last-good' : 'left-out' };
}

function finish(
  chosen: readonly Chosen[],
  merged: MergedFleet | undefined,
  { findings, ceiling }: { readonly findings: readonly Finding[]; readonly ceiling: Ceiling },
): BuiltFleet {
  const parts = chosen.map(reportOf);
  const texts = chosen.flatMap((each) => textOf(each) ?? []);
  if (merged === undefined) {
    return { findings: sortFindings(findings), parts, texts };
  }
  const held = chosen.flatMap(holdOf);
  const bounded = boundFleet(merged, ceiling);
  return {
    fleet: expandFleet(bounded.merged, fleetFilesOf(chosen)),
    findings: sortFindings([...findings, ...held, ...bounded.findings]),
    parts,
    texts,
  };
}

function reportOf({ choice, state }: Chosen): PartReport {
  const text = textOf({ choice, state }) ?? choice.current ?? choice.lastGood;
  return { file: text?.file ?? '', version: text?.version ?? '', state };
}

function holdOf(each: Chosen): readonly Finding[] {
  const { file, version, state } = reportOf(each);
  const message = {
    current: '',
    'last-good': `its last good version ${version.slice(0, 12)} stays in force`,
    'left-out': 'it is left out: no good version of it is known',
  }[state];
  return state === 'current'
    ? []
    : [{ severity: 'warning', code: 'last-good', file, line: 1, column: 1, path: '', message }];
}

/** A bad fleet file is one as well: nothing may write it into a better shape. */
function fleetFilesOf(chosen: readonly Chosen[]): LoadedFleet['fleetFiles'] {
  const files = new Map<string, string[]>();
  for (const { choice } of chosen) {
    const stored = (choice.current ?? choice.lastGood)?.stored;
    if (stored !== undefined) {
      const repo = stored.repo.toLowerCase();
      files.set(repo, [...new Set([...(files.get(repo) ?? []), stored.path])].sort());
    }
  }
  return Object.fromEntries(files);
}
