import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { checkStore } from '../../src/index.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { makeRepository } from '../support/serve-repositories.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/** Runs a program on a machine that was started again. */
const afterStart = 'mount --bind "$1" /proc/sys/kernel/random/boot_id; shift; exec "$@"'

async function withoutMounts(): Promise<string | undefined> {
  const { code } = await runProgram('unshare', ['--mount', 'true'])
  return code === 0 ? undefined : 'mount namespaces are forbidden here'
}

const obstacle = withoutRoot() ?? withoutPrograms('unshare', 'mount') ?? (await withoutMounts()) ?? (await withoutRun())

type Build = (dest: string, options?: { readonly starts?: boolean }) => Promise<ProgramResult>

/** Builds a context in a store anew, after a start of the machine with `starts`. */
async function prepare(
  directory: string,
  files: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Build> {
  const [boot, context] = [join(directory, 'boot-id'), join(directory, 'context')]
  await writeFile(boot, 'another-start\n')
  await writeTree(context, files)
  return (dest, { starts = false } = {}) => {
    const prefix = starts ? ['unshare', '--mount', 'sh', '-euc', afterStart, 'sh', boot] : []
    const output = ['-o', `type=local,dest=${join(directory, dest)}`]
    const args = ['build', '--root', join(directory, 'store'), '--no-cache', ...flags, ...output, context]
    const [program = '', ...rest] = [...prefix, tsbuildPath, ...args]
    return runProgram(program, rest)
  }
}

/** Leaves the files below a directory as a power failure may: with their sizes, and zeros. */
async function tear(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  for (const file of files) {
    const { size } = await stat(file)
    await truncate(file, 0)
    await truncate(file, size)
  }
  return files.length
}

test.skipIf((obstacle ?? withoutPrograms('git')) !== undefined)(
  titled('no build sees a git checkout that a power failure has torn', obstacle ?? withoutPrograms('git')),
  async ({ directory }) => {
    const repositories = join(directory, 'repositories')
    await makeRepository(repositories, 'r.git', { f: 'whole' })
    await using server = await serveGitHttp(repositories)
    const text = `FROM scratch\nADD ${server.url}/r.git /\n`
    const build = await prepare(directory, { Dockerfile: text })
    expect(await build('first')).toMatchObject({ code: 0 })
    expect(await tear(join(directory, 'store/v1/sources'))).toBeGreaterThan(0)
    expect(await build('second', { starts: true })).toMatchObject({ code: 0 })
    expect(await readFile(join(directory, 'second/f'), 'utf8')).toBe('whole')
  },
)

// Layers mounted over each other, and copied.
test.skipIf(obstacle !== undefined).for(['root', 'confined'])(
  titled('%s: no step sees directories that a power failure has torn', obstacle),
  async (isolation, { directory, base }) => {
    const text = 'FROM base\nCOPY f /f\nRUN cat /f > /out\nRUN cat /f /out > /out2\n'
    const flags = ['--isolation', isolation, '--build-context', `base=oci-layout://${base}:latest`]
    const build = await prepare(directory, { Dockerfile: text, f: 'whole' }, flags)
    expect(await build('first')).toMatchObject({ code: 0 })
    const root = join(directory, 'store')
    const torn = (await tear(join(root, 'v1/unpacked'))) + (await tear(join(root, 'v1/trees')))
    expect(torn).toBeGreaterThan(0)
    expect(await build('second', { starts: true })).toMatchObject({ code: 0 })
    expect(await readFile(join(directory, 'second/out2'), 'utf8')).toBe('wholewhole')
    expect((await checkStore({ root })).problems).toEqual([])
  },
)
