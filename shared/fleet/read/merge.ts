import { compareText, type Finding, type FleetPath } from '../findings.ts';
import type { FleetPart } from './part.ts';
import {
  NAMED_SECTIONS,
  type Defaults,
  type Discover,
  type Freeze,
  type Include,
  type NamedSection,
  type RootFile,
  type SectionEntry,
} from '../schema.ts';

/** One entry of a section and the file that defines it. */
export interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly part: FleetPart;
  readonly path: FleetPath;
}

export type Entries<S extends NamedSection> = ReadonlyMap<string, Entry<SectionEntry[S]>>;

/** All files as one; names are unique over all of them. */
export interface MergedFleet {
  readonly name: string;
  readonly root: FleetPart;
  readonly defaults: Defaults;
  readonly include: readonly Include[];
  readonly sections: { readonly [S in NamedSection]: Entries<S> };
  readonly discover: Entry<Discover> | undefined;
  readonly freezes: readonly Entry<Freeze>[];
}

/** The root file with its part. */
export interface RootPart {
  readonly part: FleetPart;
  readonly root: RootFile;
}

/** Puts valid files together. Of two entries of one name the earlier file's counts, and the later file is told. */
export function mergeParts(
  { part: root, root: file }: RootPart,
  included: readonly FleetPart[],
): { merged: MergedFleet; findings: readonly Finding[] } {
  const parts = [root, ...included];
  const findings: Finding[] = [];
  const sections = Object.fromEntries(
    NAMED_SECTIONS.map((section) => [section, collect(section, parts, findings)]),
  ) as unknown as MergedFleet['sections'];
  const [discover, ...more] = parts.flatMap((part) => single(part));
  for (const other of more) {
    findings.push(conflict(other, discover?.part));
  }
  const freezes = parts.flatMap((part) =>
    (part.data.freezes ?? []).map((value, index) => ({ name: String(index), value, part, path: ['freezes', index] })),
  );
  const merged = {
    name: file.fleet,
    root,
    defaults: file.defaults,
    include: file.include,
    sections,
    discover,
    freezes,
  };
  return { merged, findings };
}

function collect<S extends NamedSection>(section: S, parts: readonly FleetPart[], findings: Finding[]): Entries<S> {
  const found = new Map<string, Entry<SectionEntry[S]>>();
  for (const part of parts) {
    const entries = (part.data[section] ?? {}) as Readonly<Record<string, SectionEntry[S]>>;
    for (const [name, value] of Object.entries(entries)) {
      const entry = { name, value, part, path: [section, name] };
      const earlier = found.get(name);
      if (earlier === undefined) {
        found.set(name, entry);
      } else {
        findings.push(conflict(entry, earlier.part));
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => compareText(a, b)));
}

function single(part: FleetPart): readonly Entry<Discover>[] {
  const { discover } = part.data;
  return discover === undefined ? [] : [{ name: 'discover', value: discover, part, path: ['discover'] }];
}

function conflict({ part, path, name }: Entry<unknown>, earlier: FleetPart | undefined): Finding {
  const there = earlier?.document.remark(path, { code: 'conflict', message: '', atKey: true });
  return part.document.remark(path, {
    code: 'conflict',
    message: `\`${name}\` is defined in ${there?.file ?? ''} too (line ${there?.line ?? 0}): names are unique over all files`,
    atKey: true,
  });
}
