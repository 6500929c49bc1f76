import { rm, writeFile } from 'node:fs/promises';

import { build } from 'esbuild';

/** ESM output of CommonJS packages asks for `require`, which ES modules lack. */
const REQUIRE_BANNER =
  "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);";

/**
 * Bundles every entry point into `dist/functions/`, one file each, shared code split into chunks beside them: without
 * splitting each entry point would hold its own copy of the composition and its singletons.
 * `@azure/functions-core` stays a require: the worker answers it.
 */
export async function buildApp(outdir = 'dist'): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: ['functions/intake/*.ts', 'functions/actor/*.ts'],
    entryNames: 'functions/[name]',
    chunkNames: 'chunks/[name]-[hash]',
    outdir,
    outbase: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'linked',
    external: ['@azure/functions-core'],
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  });
  await writeFile(`${outdir}/package.json`, `${JSON.stringify({ type: 'module' })}\n`);
}

if (import.meta.main) {
  await buildApp();
  console.log('built dist/functions');
}
