import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { bundleProgram } from '../bundle.ts'
import type { Pack, PackedFile } from './pack.ts'
import { type Architecture, findTarget, koffiDirectory, type Target } from './target.ts'

/** The word in Node's executable that says whether an application is inside. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

export interface ExecutableOptions {
  /** The checkout. */
  readonly root: string
  readonly arch: Architecture
  /** The file to write. */
  readonly path: string
}

/**
 * Makes the command line one file: Node with the bundle, koffi and its native code inside, as a
 * [single executable application](https://nodejs.org/api/single-executable-applications.html).
 */
export async function makeExecutable({ root, arch, path }: ExecutableOptions): Promise<void> {
  const cache = join(root, '.tmp/executable')
  const work = join(cache, `${arch}-${process.pid}`)
  try {
    const target = await findTarget(arch, cache)
    const files = join(work, 'files')
    const started = await writeFiles(root, files, target)
    const blob = await makeBlob(root, work, await describePack(files, started))
    const unfinished = join(work, 'tsbuild')
    await copyFile(target.node, unfinished)
    await chmod(unfinished, 0o755)
    runNode([postject(), unfinished, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse])
    await mkdir(dirname(path), { recursive: true })
    await rename(unfinished, path)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Writes all that the program needs, laid out as the installed package is. */
async function writeFiles(root: string, directory: string, { native }: Target): Promise<readonly string[]> {
  const started = await bundleProgram(root, directory)
  const { name, version } = await packageOf(root)
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name, version, type: 'module' }))
  for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES.txt']) await cp(join(root, file), join(directory, file))
  // That of Node 24, which the package of Node does not have.
  await cp(join(import.meta.dirname, 'NODE-LICENSE.txt'), join(directory, 'NODE-LICENSE.txt'))
  // The embedded script may load ES modules only through a file.
  await writeFile(join(directory, 'import.cjs'), 'module.exports = (url) => import(url)\n')
  const packages = join(directory, 'node_modules')
  for (const file of globSync(['package.json', 'LICENSE.txt', 'index.cjs', 'src/**/*.cjs'], { cwd: koffiDirectory() }))
    await cp(join(koffiDirectory(), file), join(packages, 'koffi', file))
  await cp(native, join(packages, (await packageOf(native)).name), { recursive: true })
  return started
}

async function packageOf(directory: string): Promise<{ readonly name: string; readonly version: string }> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
}

async function describePack(directory: string, started: readonly string[]): Promise<Pack> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
    .sort()
  const files = await Promise.all(
    paths.map(async (path): Promise<PackedFile> => {
      const bytes = await readFile(join(directory, path))
      return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    }),
  )
  const native = paths.find((path) => path.endsWith('.node'))
  if (native === undefined) throw new Error('Cannot make the executable: koffi has no native code')
  const content = { files, started, native }
  return { id: createHash('sha256').update(JSON.stringify(content)).digest('hex'), ...content }
}

/** Makes the file that Node's executable takes its application from; returns its path. */
async function makeBlob(root: string, work: string, pack: Pack): Promise<string> {
  const main = join(work, 'start.cjs')
  const build = await rolldown({
    cwd: root,
    input: { start: 'scripts/executable/start.ts' },
    platform: 'node',
    external: isBuiltin,
  })
  await build.write({ file: main, format: 'cjs', minify: true })
  await build.close()
  await writeFile(join(work, 'pack.json'), JSON.stringify(pack))
  const output = join(work, 'blob')
  const config = {
    main,
    output,
    disableExperimentalSEAWarning: true,
    // Both would be for this processor only.
    useCodeCache: false,
    useSnapshot: false,
    assets: {
      'pack.json': join(work, 'pack.json'),
      ...Object.fromEntries(pack.files.map(({ path }) => [path, join(work, 'files', path)])),
    },
  }
  await writeFile(join(work, 'config.json'), JSON.stringify(config))
  runNode(['--experimental-sea-config', join(work, 'config.json')])
  return output
}

/** The program that puts data into an executable. Its warnings are about debug information. */
function postject(): string {
  return join(dirname(createRequire(import.meta.url).resolve('postject')), 'cli.js')
}

function runNode(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot make the executable: ${stdout}${stderr}`)
}
