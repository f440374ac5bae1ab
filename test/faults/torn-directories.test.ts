import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { checkStore } from '../../src/index.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
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

// Layers mounted over each other, and copied.
test.skipIf(obstacle !== undefined).for(['root', 'confined'])(
  titled('%s: no step sees directories that a power failure has torn', obstacle),
  async (isolation, { directory, base }) => {
    const place = (name: string): string => join(directory, name)
    const [root, boot] = [place('store'), place('boot-id')]
    await writeFile(boot, 'another-start\n')
    const text = 'FROM base\nCOPY f /f\nRUN cat /f > /out\nRUN cat /f /out > /out2\n'
    await writeTree(place('context'), { Dockerfile: text, f: 'whole' })
    const build = (dest: string, prefix: readonly string[] = []): Promise<ProgramResult> => {
      const args = ['build', '--root', root, '--isolation', isolation, '--no-cache', '-o', `type=local,dest=${dest}`]
      const context = ['--build-context', `base=oci-layout://${base}:latest`, place('context')]
      const [program = '', ...rest] = [...prefix, tsbuildPath, ...args, ...context]
      return runProgram(program, rest)
    }
    expect(await build(place('first'))).toMatchObject({ code: 0 })
    const torn = (await tear(join(root, 'v1/unpacked'))) + (await tear(join(root, 'v1/trees')))
    expect(torn).toBeGreaterThan(0)
    const again = await build(place('second'), ['unshare', '--mount', 'sh', '-euc', afterStart, 'sh', boot])
    expect(again).toMatchObject({ code: 0 })
    expect(await readFile(join(place('second'), 'out2'), 'utf8')).toBe('wholewhole')
    expect((await checkStore({ root })).problems).toEqual([])
  },
)
