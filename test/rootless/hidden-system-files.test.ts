import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = withoutRoot() ?? withoutPrograms('bwrap') ?? (await withoutRun())

/**
 * RUN that leaves a process running, which nothing but the kernel or a list of processes can end.
 */
const dockerfile = 'FROM base\nRUN (sleep 1000 &) ; id -u > /id && mkdir /d && chown 5:6 /d\nRUN cat /id && rm /id\n'

test.skipIf(obstacle !== undefined)(
  titled('without /proc, each rung works or names the reason', obstacle),
  async ({ base, directory }) => {
    const sandbox = ['bwrap', '--dev-bind', '/', '/', '--tmpfs', '/proc']
    const { stdout, code } = await inSandbox(sandbox, ['doctor', '--root', join(directory, 'store')])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ *> root +works$/m)])
    expect(stdout).toMatch(/userns +refused: .*\/proc is missing.*\n +mount a file system of type proc on \/proc$/m)
    expect(stdout).toMatch(/chroot +works/)
    const digests = []
    for (const isolation of ['root', 'chroot']) digests.push(await digestOf(sandbox, { base, directory, isolation }))
    expect(new Set([...digests, await digestOf([], { base, directory, isolation: 'auto' })])).toHaveLength(1)
  },
)

test.skipIf(obstacle !== undefined)(titled('without /sys, RUN works', obstacle), async ({ base, directory }) => {
  const sandbox = ['bwrap', '--dev-bind', '/', '/', '--tmpfs', '/sys']
  for (const isolation of ['root', 'userns', 'chroot']) await digestOf(sandbox, { base, directory, isolation })
})

test.skipIf(obstacle !== undefined)(
  titled('without device files, doctor names the one that is missing', obstacle),
  async ({ directory }) => {
    const sandbox = ['bwrap', '--bind', '/', '/', '--proc', '/proc', '--tmpfs', '/dev']
    const { stdout, code } = await inSandbox(sandbox, ['doctor', '--root', join(directory, 'store')])
    expect([code, stdout]).toEqual([
      3,
      expect.stringMatching(/root +refused: \/dev\/null is missing\n +give this sandbox/),
    ])
  },
)

const gvisor = ['runsc', '--network=none', 'do', '--']
const gvisorObstacle = obstacle ?? withoutPrograms('runsc') ?? (await withoutGvisor())

test.skipIf(gvisorObstacle !== undefined)(
  titled('in gVisor, RUN works and makes the same image', gvisorObstacle),
  async ({ base, directory }) => {
    const { stdout, code } = await inSandbox(gvisor, ['doctor', '--root', join(directory, 'store')])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^RUN is isolated with "/)])
    expect(await digestOf(gvisor, { base, directory, isolation: 'auto' })).toBe(
      await digestOf([], { base, directory, isolation: 'auto' }),
    )
  },
)

/** Some builds of gVisor crash as soon as Node runs in them. */
async function withoutGvisor(): Promise<Obstacle> {
  const { code } = await inSandbox(gvisor, ['--version'])
  return code === 0 ? undefined : 'this runsc cannot run Node'
}

function inSandbox(sandbox: readonly string[], args: readonly string[]): ReturnType<typeof runProgram> {
  const [program, ...rest] = [...sandbox, tsbuildPath, ...args]
  return runProgram(program ?? tsbuildPath, rest, { env: { SOURCE_DATE_EPOCH: '1500000000' } })
}

interface Build {
  readonly base: string
  readonly directory: string
  readonly isolation: string
}

/** The digest of the image, as printed: what is written in gVisor stays there. */
async function digestOf(sandbox: readonly string[], { base, directory, isolation }: Build): Promise<string> {
  const at = (name: string): string => join(directory, `${sandbox[0] ?? 'plain'}-${isolation}`, name)
  await writeTree(at('context'), { Dockerfile: dockerfile })
  await cp(base, at('base'), { recursive: true })
  const args = [
    '--root',
    at('store'),
    '--isolation',
    isolation,
    '--build-context',
    `base=oci-layout://${at('base')}:latest`,
    at('context'),
  ]
  const { code, stdout, stderr } = await inSandbox(sandbox, ['build', '--quiet', ...args])
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^sha256:/)
  return stdout
}
