import { chmod, cp, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { withoutShell } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutOrdinaryUser()

test.skipIf(obstacle !== undefined)(
  titled('a build without RUN needs nothing at all', obstacle),
  async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    const context = join(directory, 'context')
    await writeTree(context, {
      Dockerfile: 'FROM scratch\nCOPY --chown=33:44 --chmod=4755 a /a\nWORKDIR /w\n',
      a: 'hello',
    })
    const output = ['--sbom=true', '-t', 'app:1', '-o', 'type=image', '-o', `type=local,dest=${join(home, 'out')}`]
    const run = (...args: readonly string[]): ReturnType<typeof runProgram> =>
      runProgram(tsbuildPath, args, { env: { ...env, TSBUILD_ROOT: undefined }, cwd: home, user: { uid, gid } })
    const { code, stderr } = await run(...output, context)
    expect(code, stderr).toBe(0)
    for (const name of ['a', 'sbom.spdx.json']) expect((await stat(join(home, 'out', name))).uid).toBe(uid)
    // The store is where the XDG base directories say.
    expect((await stat(join(home, '.local/share/tsbuild'))).isDirectory()).toBe(true)
    expect((await run('images')).stdout).toContain('app')
  },
)

test.skipIf(obstacle !== undefined)(
  titled('a file that may not be read is reported as such', obstacle),
  async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    const context = join(directory, 'context')
    await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY . /\n', secret: { text: 'x', mode: 0o600 } })
    const args = ['-o', 'type=cacheonly', context]
    const { code, stderr } = await runProgram(tsbuildPath, args, { env, cwd: home, user: { uid, gid } })
    expect(code).toBe(1)
    expect(stderr).toContain('cannot read file "secret": permission denied')
    expect(stderr).toContain('hint: make it readable, or exclude it in .dockerignore')
  },
)

test.skipIf(obstacle !== undefined)(
  titled('where nothing isolates, RUN is exit code 3, and doctor says what would help', obstacle),
  async ({ base, directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    // In a user namespace with one id in which no other can be made, and without a directory that
    // programs can be executed from.
    const noPrograms = 'mkdir "$TSBUILD_ROOT"; mount -t tmpfs -o noexec none "$TSBUILD_ROOT"'
    const forbid = `${noPrograms} && echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"`
    const run = (...args: readonly string[]): ReturnType<typeof runProgram> =>
      runProgram('unshare', ['-Urm', 'sh', '-c', forbid, tsbuildPath, ...args], {
        env: { ...env, TSBUILD_ROOT: join(home, 'store') },
        cwd: home,
        user: { uid, gid },
      })
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM base\nRUN true\n' })
    await cp(base, join(directory, 'base'), { recursive: true })
    const rest = ['--build-context', `base=oci-layout://${join(directory, 'base')}:latest`, join(directory, 'context')]
    const { code, stderr } = await run('-o', 'type=cacheonly', ...rest)
    expect(code, stderr).toBe(3)
    expect(stderr).toMatch(/^hint: .+/m)
    const named = await run('--isolation', 'root', '-o', 'type=cacheonly', ...rest)
    expect([named.code, named.stderr]).toEqual([
      3,
      expect.stringMatching(/cannot isolate processes as asked: .+\n[^]*^hint: .+/m),
    ])
    const { stdout } = await run('doctor')
    for (const rung of ['root', 'userns', 'userns-single', 'chroot', 'confined'])
      expect(stdout).toMatch(new RegExp(`^ *${rung} +refused: .+$`, 'm'))
  },
)

test.skipIf(obstacle !== undefined)(
  titled(
    'a directory or Dockerfile that may not be read is named, with what helps; an ignored one is not read',
    obstacle,
  ),
  async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    const context = join(directory, 'context')
    const build = (): ReturnType<typeof runProgram> =>
      runProgram(tsbuildPath, ['-o', 'type=cacheonly', context], { env, cwd: home, user: { uid, gid } })
    await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY . /\n', 'private/f': 'f' })
    await chmod(join(context, 'private'), 0o700)
    const refused = await build()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('error: cannot read directory "private": permission denied\n')
    expect(refused.stderr).toContain('hint: make it readable, or exclude it in .dockerignore')
    await writeTree(context, { '.dockerignore': 'private\n' })
    expect((await build()).code).toBe(0)
    await chmod(join(context, 'Dockerfile'), 0o600)
    expect((await build()).stderr).toContain(`error: cannot open "${context}/Dockerfile": permission denied\nhint: `)
  },
)

const runObstacle = obstacle ?? withoutShell()
test.skipIf(runObstacle !== undefined)(
  titled('an owner beyond the subordinate ids is named with the range and the file', runObstacle),
  async ({ base, directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: true })
    const { uid, gid, home, env } = user
    await writeTree(join(directory, 'context'), {
      Dockerfile: 'FROM base\nCOPY --chown=1000000:5 Dockerfile /a\nRUN true\n',
    })
    await cp(base, join(directory, 'base'), { recursive: true })
    const args = [
      '--build-context',
      `base=oci-layout://${join(directory, 'base')}:latest`,
      '-o',
      'type=cacheonly',
      join(directory, 'context'),
    ]
    const { code, stderr } = await runProgram(tsbuildPath, ['--isolation', 'userns', ...args], {
      env,
      cwd: home,
      user: { uid, gid },
    })
    expect(code).toBe(1)
    expect(stderr).toContain('error: cannot unpack "a": its owner 1000000:5 has no id in this user namespace')
    expect(stderr).toMatch(/^hint: this user has the ids 0 to \d+: .*\/etc\/subuid/m)
  },
)
