import { existsSync } from 'node:fs'
import { chmod, copyFile, cp, lchown, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerRow } from '@tsbuild/isolate'
import { debianArchive, withoutDebian } from '../../test/support/debian-archive.ts'
import { findProgram } from '../../test/support/obstacle.ts'
import { runOrThrow } from '../../test/support/run-program.ts'
import { install, npmPackages, packages } from './works.ts'
import type { Way } from './ways.ts'

/** Root directories of the works by name. */
export type Roots = Readonly<Record<'base' | 'tools', string>>

/**
 * Makes the root directories below `directory` unless they exist: a small Debian that has
 * downloaded packages, and the same with these installed, a C program and a Node project. Takes
 * some minutes and the network.
 */
export async function makeRoots(directory: string): Promise<Roots> {
  const roots = { base: join(directory, 'base'), tools: join(directory, 'tools') }
  const unfinished = join(directory, 'unfinished')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  if (!existsSync(roots.base)) {
    const obstacle = await withoutDebian()
    if (obstacle !== undefined) throw new Error(`Cannot make the root directories: ${obstacle}`)
    await mkdir(unfinished)
    await runOrThrow('tar', ['-xf', debianArchive, '-C', unfinished])
    await copyFile('/etc/resolv.conf', join(unfinished, 'etc/resolv.conf'))
    // No daemon is started, which would stay behind.
    await writeFile(join(unfinished, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    await inside(
      unfinished,
      `apt-get update -qq && apt-get install -qq --download-only --no-install-recommends ${packages}`,
    )
    await rename(unfinished, roots.base)
  }
  if (!existsSync(roots.tools)) {
    await runOrThrow('cp', ['-a', roots.base, unfinished])
    await inside(unfinished, install)
    await addNode(unfinished)
    await addProgram(join(unfinished, 'srv/c'))
    await rename(unfinished, roots.tools)
  }
  return roots
}

async function inside(root: string, script: string): Promise<void> {
  const mounts = `mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" sh -ec "$1"`
  await runOrThrow('unshare', ['--mount', 'sh', '-c', mounts, root, script])
}

/** Node and npm of this machine, and a project whose packages are in npm's cache. */
async function addNode(root: string): Promise<void> {
  const npm = dirname(dirname(await runOrThrow('readlink', ['-f', findProgram('npm') ?? 'npm'])))
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'))
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, verbatimSymlinks: true })
  await writeFile(
    join(root, 'usr/local/bin/npm'),
    '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n',
    { mode: 0o755 },
  )
  const project = join(root, 'srv/npm')
  await mkdir(project, { recursive: true })
  const description = { name: 'project', version: '1.0.0', private: true, dependencies: npmPackages }
  await writeFile(join(project, 'package.json'), JSON.stringify(description))
  // With the certificates that npm is set up for here. The lock file names the archives: without
  // their addresses `npm ci` asks for descriptions of all versions, which the cache lacks.
  const cache = ['--cache', join(root, 'root/.npm'), '--omit-lockfile-registry-resolved=false']
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', ...cache], { cwd: project })
}

const sourceFiles = 40

/** A C program of files that each include some headers of the system. */
async function addProgram(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const numbers = Array.from({ length: sourceFiles }, (_, index) => index)
  for (const number of numbers) {
    const headers = ['stdio', 'stdlib', 'string', 'math', 'time', 'unistd', 'sys/stat', 'sys/socket', 'pthread']
    const functions = numbers.map((one) => `int f${number}_${one}(int x) { return x * ${one} + ${number}; }\n`)
    const main = `int f1_1(int); int main(void) { puts("works"); return f1_1(-1); }\n`
    await writeFile(
      join(directory, `file${number}.c`),
      [...headers.map((name) => `#include <${name}.h>\n`), ...functions, number === 0 ? main : ''].join(''),
    )
  }
  const objects = numbers.map((number) => `file${number}.o`).join(' ')
  await writeFile(
    join(directory, 'Makefile'),
    `program: ${objects}\n\t$(CC) -o $@ $^\nclean:\n\trm -f program ${objects}\n`,
  )
}

/**
 * Copies a root directory to where it does not exist yet, in the form in which tsbuild keeps it for
 * a way to run. Returns the rows of the ledger.
 */
export async function copyRoot(
  root: string,
  target: string,
  { ledger }: Pick<Way, 'ledger'>,
): Promise<readonly LedgerRow[]> {
  await runOrThrow('cp', ['-a', '--reflink=auto', root, target])
  if (ledger === 'none') return []
  const rows: LedgerRow[] = []
  const entries = (await runOrThrow('find', [target, '-xdev', '-print0'])).split('\0').slice(0, -1)
  for (const entry of entries) {
    const status = await lstat(entry)
    const { dev, ino, uid, gid, mode } = status
    const owned = uid !== 0 || gid !== 0
    if (owned) await lchown(entry, 0, 0)
    const permissions = mode & 0o7777
    const kept = ledger === 'owners' ? permissions : (permissions & 0o1777) | (status.isDirectory() ? 0o700 : 0o600)
    if (!status.isSymbolicLink() && (owned || kept !== permissions)) await chmod(entry, kept)
    const hasOtherMode = !status.isSymbolicLink() && kept !== permissions
    if (owned || hasOtherMode) rows.push({ dev, ino, uid, gid, ...(hasOtherMode && { mode: permissions }) })
  }
  return rows
}
