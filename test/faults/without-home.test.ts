import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { titled } from '../support/obstacle.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutOrdinaryUser()

/** A user id without an entry in the user database, as clusters choose them. */
const stranger = { uid: 61_234, gid: 61_234 }

test.skipIf(obstacle !== undefined)(
  titled('a user without a home directory builds with TSBUILD_ROOT', obstacle),
  async ({ directory }) => {
    const context = join(directory, 'context')
    await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY f /\n', f: 'x', 'store/keep': '' })
    await chmod(directory, 0o755)
    await chmod(join(context, 'store'), 0o777)
    const run = (env: Readonly<Record<string, string | undefined>>): Promise<ProgramResult> =>
      runProgram(tsbuildPath, ['-t', 'app', context], {
        cwd: context,
        user: stranger,
        env: { XDG_DATA_HOME: undefined, TSBUILD_ROOT: undefined, ...env },
      })
    for (const HOME of [undefined, '']) {
      expect(await run({ HOME, TSBUILD_ROOT: join(context, 'store') })).toMatchObject({ code: 0 })
      const refused = await run({ HOME })
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot use "/.local/share/tsbuild"') })
      // A hint to take over the root directory of the machine would do harm.
      expect(refused.stderr).toMatch(/^hint: set TSBUILD_ROOT or --root to a writable directory$/m)
    }
  },
)
