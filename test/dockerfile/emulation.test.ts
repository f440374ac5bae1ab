import { readdirSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { arm64Program } from '../support/arm64-program.ts'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const dockerfile = 'FROM scratch\nCOPY --chmod=755 program /\nRUN ["/program"]\n'
const files = { program: arm64Program() }
const platform = ['--platform', 'linux/arm64']

/** Handlers that the machine itself has. */
const handlers = (): readonly string[] => readdirSync('/proc/sys/fs/binfmt_misc')

function obstacle(): Obstacle {
  if (process.arch !== 'x64') return 'only tried on x86-64'
  const [major = 0, minor = 0] = release().split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 7)) return 'needs Linux 6.7'
  return withoutRoot() ?? withoutPrograms('qemu-aarch64-static')
}

const ordinary = await withoutOrdinaryUser()

describe.skipIf(obstacle() !== undefined)(titled('RUN for another processor', obstacle()), () => {
  test.for(['auto', 'userns', 'confined'])(
    'works with the emulator of the machine, which itself learns nothing of it, isolation %s',
    async (isolation, { build }) => {
      const before = handlers()
      const image = await build(`${dockerfile}RUN ["/program"]\n`, {
        files,
        args: [...platform, '--no-cache', '--isolation', isolation],
      })
      expect([image.lines(-2), image.lines(-1)]).toEqual([['d 755 0:0 made/'], []])
      expect(handlers()).toEqual(before)
    },
  )

  test.skipIf(ordinary !== undefined)(titled('works for an ordinary user', ordinary), async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: true })
    const { uid, gid, home, env } = user
    await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, ...files })
    const args = [
      '--progress=plain',
      ...platform,
      '-o',
      `type=local,dest=${join(home, 'out')}`,
      join(directory, 'context'),
    ]
    const { code, stderr } = await runProgram(tsbuildPath, args, { env, cwd: home, user: { uid, gid } })
    expect(code, stderr).toBe(0)
    expect(readdirSync(join(home, 'out')).sort()).toEqual(['made', 'program'])
  })

  test.skipIf(handlers().length > 0)(
    'is an error that says what would help (skipped where emulators are registered)',
    async ({ failBuild }) => {
      const { stderr } = await failBuild(dockerfile, {
        files,
        args: [...platform, '--no-cache', '--isolation', 'root'],
      })
      expect(stderr).toContain('exec /program: exec format error')
      expect(stderr).toContain(
        'hint: register an emulator for arm64 with the kernel (binfmt_misc), or install qemu-aarch64-static',
      )
    },
  )
})
