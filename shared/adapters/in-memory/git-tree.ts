import { comparePaths, gitObjectId } from '../../domain/git-object.ts';
import type { TreeEntry } from '../../ports/git-repository.ts';

interface Directory {
  readonly children: Map<string, Directory | TreeEntry>;
}

/** Git's id of the tree that holds exactly `entries`. */
export function treeId(entries: readonly TreeEntry[]): string {
  const root: Directory = { children: new Map() };
  for (const entry of entries) {
    place(root, entry);
  }
  return directoryId(root);
}

/** `entries` with `changed` in place of what was at its path; a file replaces a directory and the other way round. */
export function withEntry(entries: readonly TreeEntry[], changed: TreeEntry): readonly TreeEntry[] {
  const kept = entries.filter(
    ({ path }) => path !== changed.path && !path.startsWith(`${changed.path}/`) && !changed.path.startsWith(`${path}/`),
  );
  return [...kept, changed].sort((a, b) => comparePaths(a.path, b.path));
}

function place(root: Directory, entry: TreeEntry): void {
  const names = entry.path.split('/');
  const file = names.pop() ?? '';
  let directory = root;
  for (const name of names) {
    const child = directory.children.get(name);
    const next =
      child !== undefined && 'children' in child ? child : { children: new Map<string, Directory | TreeEntry>() };
    directory.children.set(name, next);
    directory = next;
  }
  directory.children.set(file, entry);
}

function directoryId({ children }: Directory): string {
  const parts = [...children]
    // Git sorts a directory as if its name ended in a slash.
    .sort(([a, one], [b, two]) => comparePaths(sortName(a, one), sortName(b, two)))
    .map(([name, child]) => {
      const [mode, id] = 'children' in child ? ['40000', directoryId(child)] : [child.mode, child.oid];
      return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    });
  return gitObjectId('tree', Buffer.concat(parts));
}

function sortName(name: string, child: Directory | TreeEntry): string {
  return 'children' in child ? `${name}/` : name;
}
