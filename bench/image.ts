import { benchCommit } from './commit.ts';
import { benchEdits } from './edits.ts';
import { benchPush } from './push.ts';
import { benchTags } from './tags.ts';
import { benchTree } from './tree.ts';

/** Sizes of one run. */
export interface ImageBench {
  readonly tags: number;
  readonly files: number;
  /** Repositories that are cloned, in MB. */
  readonly sizes: readonly number[];
  readonly pushes: number;
  readonly rounds: number;
}

/** Every number of images that the design names, one after another in one run. */
export async function benchImage({ tags, files, sizes, pushes, rounds }: ImageBench): Promise<void> {
  const parts: readonly (readonly [string, () => unknown])[] = [
    ['edits, byte for byte', () => benchEdits(rounds)],
    ['ranking tags', () => benchTags({ tags })],
    ['a tree of files', async () => await benchTree(files)],
    ['requests for a commit, against clones', async () => await benchCommit(sizes)],
    ['push to commit', async () => await benchPush({ pushes, pause: 18 })],
  ];
  for (const [title, run] of parts) {
    console.log(`\n${title}`);
    await run();
  }
}
