import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'
import { type Bytes, oneChunk } from '@tsbuild/content'
import { type Arch, buildStarter, nodePath } from '@tsbuild/isolate'
import { hostPlatform } from '@tsbuild/oci'
import type { InputFile } from '@tsbuild/reapi'
import pLimit from 'p-limit'
import { RootfsError } from '../rootfs/protocol/rootfs-error.ts'
import { ownMounts, taskFiles } from './worker-task.ts'

/** A file of an input root, and its bytes. */
export interface ProgramFile extends InputFile {
  open(): Bytes
}

/** The program that workers run, and the command that starts it. */
export interface WorkerProgram {
  readonly files: readonly ProgramFile[]
  readonly args: readonly string[]
}

/** Names of processors in packages of koffi (Node's), by those of Go. */
const nodeNames: Readonly<Record<string, string>> = { amd64: 'x64', '386': 'ia32' }

/**
 * Finds the program for workers with a processor: the bundle beside this module, the native module,
 * and this Node unless `node` names one of the worker. Throws `RootfsError` `PACKAGE_INCOMPLETE`
 * where a part of it is not installed.
 */
export async function findWorkerProgram(architecture: string, node: string | undefined): Promise<WorkerProgram> {
  const bundle = besideThisModule()
  const main = join(bundle, 'worker-main.js')
  if (!existsSync(main)) throw incomplete(main, 'run the installed package; in a clone: npm run build')
  const own = node === undefined && architecture === hostPlatform().architecture
  if (own && isSea())
    throw new RootfsError('PACKAGE_INCOMPLETE', 'the one-file executable has no Node that it can send to workers', {
      hint: 'name a Node of the workers with node=PATH, or install tsbuild with npm',
    })
  const koffi = packageDirectory('koffi', main)
  const native = findNative(koffi, nodeNames[architecture] ?? architecture)
  const packages = join(taskFiles.program, 'node_modules')
  const files = [
    ...(await listFiles(bundle, join(taskFiles.program, 'worker'))),
    ...(await listFiles(koffi, join(packages, 'koffi'))),
    ...(await listFiles(native.path, join(packages, native.name))),
    ...(own ? [{ from: nodePath(), path: `${taskFiles.program}/node`, executable: true }] : []),
  ]
  const limit = pLimit(16)
  const described = await Promise.all(files.map((file) => limit(() => describeFile(file))))
  const command = [
    own ? `./${taskFiles.program}/node` : (node ?? 'node'),
    `./${taskFiles.program}/worker/worker-main.js`,
  ]
  const packageJson = madeFile('package.json', Buffer.from('{"type":"module"}\n'))
  const arch = launcherArch[architecture]
  if (arch === undefined) return { files: [...described, packageJson], args: command }
  const starter = { ...madeFile('start', startCommand(command, arch)), executable: true }
  return { files: [...described, packageJson, starter], args: [`./${starter.path}`] }
}

/** Processors that a starter can be made for, by Go's names. */
const launcherArch: Readonly<Record<string, Arch>> = { amd64: 'x64', arm64: 'arm64' }

/** Search path of the worker, for Node and for the tools of a rung. */
export const workerPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * With a mount namespace from the start, the program can mount in its own process and needs no
 * second Node.
 */
function startCommand([program = '', ...args]: readonly string[], arch: Arch): Uint8Array {
  const env = [['PATH', workerPath]] as const
  return buildStarter({ program, env, args: (has) => [program, ...args, ...(has ? [ownMounts] : [])] }, arch)
}

function madeFile(name: string, bytes: Uint8Array): ProgramFile {
  return {
    path: `${taskFiles.program}/${name}`,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
    open: () => oneChunk(bytes),
  }
}

/** The bundle for workers, found so that no bundler of another program takes it for a module. */
function besideThisModule(): string {
  try {
    return join(dirname(fileURLToPath(import.meta.url)), 'worker')
  } catch {
    // A CommonJS bundle has no `import.meta`.
    return 'worker'
  }
}

function findNative(koffi: string, name: string): { readonly name: string; readonly path: string } {
  const native = `@koromix/koffi-linux-${name}`
  try {
    return { name: native, path: packageDirectory(native, join(koffi, 'package.json')) }
  } catch {
    throw incomplete(native, `install it beside tsbuild: npm install --no-save --force ${native}`)
  }
}

/** Directory of a package as a file finds it; packages need not export their package.json. */
function packageDirectory(name: string, from: string): string {
  let directory = dirname(createRequire(from).resolve(name))
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory))
    directory = dirname(directory)
  return directory
}

function incomplete(what: string, hint: string): RootfsError {
  return new RootfsError('PACKAGE_INCOMPLETE', `remote execution needs a file of tsbuild that is missing: ${what}`, {
    hint,
  })
}

interface LocalFile {
  /** On this machine. */
  readonly from: string
  /** In the input root. */
  readonly path: string
  readonly executable?: boolean
}

/** Files that a program needs: sources and pages of packages stay here. */
const needed = /\.(js|cjs|json|node)$/

async function listFiles(directory: string, target: string): Promise<readonly LocalFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && needed.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/[\\/](doc|vendor|node_modules)[\\/]/.test(path.slice(directory.length)))
    .map((from) => ({ from, path: [target, ...relative(directory, from).split(sep)].join('/') }))
}

async function describeFile({ from, path, executable }: LocalFile): Promise<ProgramFile> {
  const hash = createHash('sha256')
  await using file = await open(from)
  const { size } = await file.stat()
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) hash.update(chunk)
  const digest = `sha256:${hash.digest('hex')}` as const
  return { path, digest, size, ...(executable && { executable }), open: () => createReadStream(from) }
}
