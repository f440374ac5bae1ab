import { chmod, readFile, writeFile } from 'node:fs/promises'
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { type InputOptions, type OutputChunk, type Plugin, rolldown, type RolldownOutput } from 'rolldown'

/**
 * A module that is started by its file, as a process or a worker:
 * `new URL('../agent/agent-main.ts', import.meta.url)`. Groups: path and name.
 */
const startedByFile = /new URL\(\s*'(\.{1,2}\/(?:[\w.-]+\/)*([\w-]+)\.ts)'\s*,\s*import\.meta\.url\s*\)/g

/** A dependency with native code. */
const nativeModule = /createRequire\(import\.meta\.url\)\(('[\w@/.-]+')\)/g

/** CommonJS dependencies that are loaded on first use. */
const importedLater = /\bimport\(('(?:undici|unbzip2-stream|xz-decompress)')\)/g

/**
 * `cli.js` itself loads only the module that finds the compile cache, so that even the first module
 * of the program comes from there, and nothing before a Node that is too old has said so.
 */
function cliLoader(root: string): string {
  const [major, minor] = oldestNode(root)
  return `#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < ${major} || (major === ${major} && minor < ${minor})) {
  console.error(\`error: tsbuild needs Node ${major}.${minor} or newer, this is \${process.versions.node}\`)
  console.error('hint: the executable of tsbuild has its own Node: npm run executable in a clone')
  process.exit(2)
}
const { useCompileCache } = await import('./compile-cache.js')
useCompileCache()
await import('./main.js')
`
}

/** The first version of Node that package.json promises to run on. */
function oldestNode(root: string): readonly [major: string, minor: string] {
  const { engines }: { readonly engines: { readonly node: string } } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? []
  if (major === undefined || minor === undefined)
    throw new Error(`Cannot bundle: engines.node in package.json is "${engines.node}", not ">=MAJOR.MINOR"`)
  return [major, minor]
}

/**
 * Syntax and globals that the oldest Node lacks become something it has: `await using` and its
 * stack.
 */
function forOldestNode(root: string): NonNullable<InputOptions['transform']> {
  return {
    target: `node${oldestNode(root).join('.')}`,
    inject: {
      AsyncDisposableStack: [join(root, 'scripts/async-disposable-stack.ts'), 'AsyncStack'],
      ownFile: [join(root, 'scripts/own-files.ts'), 'ownFile'],
      ownModule: [join(root, 'scripts/own-files.ts'), 'ownModule'],
      importOwn: [join(root, 'scripts/own-files.ts'), 'importOwn'],
    },
  }
}

/**
 * Modules that are always loaded together are one file: each costs half a millisecond of every
 * start. An agent loads the first, commands on stored images the first two.
 */
const groups = [
  {
    name: 'layers',
    // A module that is started by its file acts as soon as it is loaded.
    test: /^(?!.*-main\.ts$).*(\/packages\/(errors|oci|tar|content|tree)\/|\/src\/layer\/|\/scripts\/)/,
  },
  { name: 'registry', test: /\/packages\/registry\/|\/src\/build\/image-sources\./ },
  {
    name: 'engine',
    test: /\/packages\/dockerfile\/|\/src\/(graph|solve|op|image|export|cache|frontend)\/|\/src\/build(\/(session|inputs|contexts|outputs))?\.ts/,
  },
]

/**
 * Bundles the command line, the library and every module started by its file into `directory`, side
 * by side, workspace packages included. Packages of others stay imports; throws when they are not
 * exactly the `dependencies` of package.json. Returns the names of the files.
 */
export async function bundle(root: string, directory: string): Promise<readonly string[]> {
  const output = await bundleModules(root, directory, {
    modules: { main: 'src/cli/main.ts', index: 'src/index.ts', 'compile-cache': 'src/compile-cache.ts' },
  })
  await checkDependencies(
    root,
    output.filter((file) => file.type === 'chunk'),
  )
  await bundleModules(root, join(directory, 'worker'), {
    modules: { 'worker-main': 'src/remote/worker/worker-main.ts' },
    external: (specifier) => isBuiltin(specifier) || specifier === 'koffi',
  })
  await writeFile(join(directory, 'cli.js'), cliLoader(root))
  await chmod(join(directory, 'cli.js'), 0o755)
  return [...output.map(({ fileName }) => fileName), 'cli.js']
}

/**
 * The same for a program that is installed without npm: of the packages of others, only the one
 * with native code stays an import. Returns the names of the modules that are started by their
 * files.
 */
export async function bundleProgram(root: string, directory: string): Promise<readonly string[]> {
  const external = (specifier: string): boolean => isBuiltin(specifier) || specifier === 'koffi'
  await bundleModules(root, directory, { modules: { main: 'src/cli/main.ts' }, external })
  const worker = { 'worker-main': 'src/remote/worker/worker-main.ts' }
  await bundleModules(root, join(directory, 'worker'), { modules: worker, external })
  return [...Object.keys(entriesStartedByFile(root)), 'worker/worker-main'].map((name) => `${name}.js`)
}

/**
 * Bundles modules, by the names of their files, and every module started by its file. `external`
 * tells what stays an import: by default packages of others.
 */
export async function bundleModules(
  root: string,
  directory: string,
  {
    modules,
    external = isForeign,
  }: { readonly modules: Readonly<Record<string, string>>; readonly external?: (specifier: string) => boolean },
): Promise<RolldownOutput['output']> {
  const build = await rolldown({
    cwd: root,
    input: { ...modules, ...entriesStartedByFile(root) },
    platform: 'node',
    external,
    plugins: [ownFiles(external)],
    transform: forOldestNode(root),
    checks: { pluginTimings: false },
  })
  const { output } = await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups },
    minify: { mangle: false, compress: false, codegen: { removeWhitespace: false } },
  })
  await build.close()
  return output
}

/**
 * Modules that are started by their files, by name; the name has to be unique, since all land in
 * one directory.
 */
function entriesStartedByFile(root: string): Readonly<Record<string, string>> {
  const entries: Record<string, string> = {}
  for (const path of globSync(['src/**/*.ts', 'packages/*/src/**/*.ts'], { cwd: root })) {
    if (path.endsWith('.test.ts')) continue
    for (const [, file = '', name = ''] of readFileSync(join(root, path), 'utf8').matchAll(startedByFile)) {
      const target = join(path, '..', file)
      if (name in entries && entries[name] !== target)
        throw new Error(`Cannot bundle ${target}: ${entries[name]} has the same name`)
      entries[name] = target
    }
  }
  return entries
}

/**
 * Files and dependencies that no bundler can include, or that are not to be, are looked up when
 * they are needed.
 */
function ownFiles(external: (specifier: string) => boolean): Plugin {
  return {
    name: 'own-files',
    transform: (code, id) =>
      id.endsWith('/own-files.ts')
        ? null
        : code
            .replaceAll(startedByFile, "ownFile('$2.js', import.meta.url)")
            .replaceAll(nativeModule, 'ownModule($1, import.meta.url)')
            .replaceAll(importedLater, (call: string, quoted: string) =>
              external(quoted.slice(1, -1)) ? `importOwn(${quoted}, import.meta.url)` : call,
            ),
  }
}

/**
 * Prefixes of modules that become part of the bundle; helpers of lowered syntax come from the last.
 */
const own = ['.', '/', '\0', 'src/', '@tsbuild/', '@oxc-project/runtime/']

function isForeign(specifier: string): boolean {
  return !own.some((prefix) => specifier.startsWith(prefix))
}

async function checkDependencies(root: string, chunks: readonly OutputChunk[]): Promise<void> {
  const own = new Set(chunks.map(({ fileName }) => fileName))
  const specifiers = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
  const looked = chunks.flatMap(({ code }) =>
    [...code.matchAll(/(?:ownModule|importOwn)\("([\w@/.-]+)"/g)].map(([, name = '']) => name),
  )
  const foreign = [...specifiers, ...looked].filter(
    (specifier) => !own.has(basename(specifier)) && !isBuiltin(specifier),
  )
  const imported = [
    ...new Set(foreign.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier)),
  ].sort()
  const manifest: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  )
  // Types are for compilers.
  const declared = Object.keys(manifest.dependencies ?? {})
    .filter((name) => !name.startsWith('@types/'))
    .sort()
  if (imported.join() === declared.join()) return
  throw new Error(
    `Cannot bundle: the bundles import ${imported.join(' ')}, but "dependencies" in package.json has ${declared.join(' ')}`,
  )
}
