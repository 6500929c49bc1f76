import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { buildApp } from '../../scripts/build.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflex-bundle-'));
  await buildApp(directory);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('loads as the worker loads it: every entry point registers one function of its own name', async () => {
  const loader = join(ROOT, 'bench/register.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [loader, directory, 'functions/*.js'], { cwd: ROOT });
  const { files, registered } = JSON.parse(stdout) as { files: string[]; registered: { name: string }[] };
  const sources = (await readdir(join(ROOT, 'functions'), { recursive: true })).filter((name) => name.endsWith('.ts'));

  expect(registered.map(({ name }) => name).toSorted()).toEqual(
    sources.map((file) => basename(file, '.ts')).toSorted(),
  );
  expect(files).toHaveLength(sources.length);
});
