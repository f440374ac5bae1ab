import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { runProgram, type ProgramResult } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

const userObstacle =
  (await withoutRun()) ??
  (await withoutOrdinaryUser()) ??
  withoutPrograms('newuidmap') ??
  (await withoutUserNamespaces())

test.skipIf(userObstacle !== undefined)(
  titled('the owner of a store goes on after root has used it, with a warning that names root', userObstacle),
  async () => {
    await using user = await makeOrdinaryUser({ subordinateIds: true })
    const { uid, gid, home } = user
    const root = join(home, 'store')
    const env = { ...user.env, TSBUILD_ROOT: root, NO_COLOR: '1' }
    const asUser = (...args: readonly string[]): Promise<ProgramResult> =>
      runProgram(tsbuildPath, args, { env, cwd: home, user: { uid, gid } })
    const asRoot = (...args: readonly string[]): Promise<ProgramResult> =>
      runProgram(tsbuildPath, args, { env, cwd: home })
    await writeBaseImage(join(home, 'base'))
    const dockerfile = 'FROM base\nCOPY a /a\nRUN --mount=type=cache,target=/cache echo hi | tee /x >> /cache/x\n'
    await writeTree(join(home, 'context'), { Dockerfile: dockerfile, a: 'hello' })
    const build = [
      '--progress=plain',
      '--build-context',
      `base=oci-layout://${join(home, 'base')}:latest`,
      '-t',
      'app:1',
      'context',
    ]
    expect((await asUser('images')).code).toBe(0)
    const rooted = await asRoot(...build)
    expect(rooted.code, rooted.stderr).toBe(0)
    const first = await asUser('--no-cache', ...build)
    expect(first.code, first.stderr).toBe(0)
    for (const folder of ['cache', 'indexes', 'layers']) {
      expect(first.stderr).toMatch(
        new RegExp(
          `"${root}/v1/${folder}(?:/\\w\\w)?" belonged to root and was replaced by a copy; remove ".*" as root`,
        ),
      )
    }
    const second = await asUser('--no-cache', ...build)
    expect(second.code, second.stderr).toBe(0)
    expect(second.stderr).not.toMatch(/belonged/)
    const pruned = await asUser('prune', '--all', '--force')
    expect(pruned.code, pruned.stderr).toBe(0)
    expect(pruned.stderr).toMatch(/^warning: \d+ objects of root stay: prune as root to remove them\n$/)
    expect((await asRoot('prune', '--all', '--force')).stderr).toBe('')
    expect((await readdir(join(root, 'v1'), { recursive: true })).filter((name) => name.includes('.of-'))).toEqual([])
  },
)

test.skipIf(userObstacle !== undefined)(
  titled('a store of root names its owner and can be read by others', userObstacle),
  async ({ base }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    const root = join(home, '..', `${home}-root-store`)
    await writeTree(join(home, 'context'), { Dockerfile: 'FROM base\nCOPY a /a\n', a: 'hello' })
    const context = ['--build-context', `base=oci-layout://${base}:latest`]
    try {
      expect((await tsbuild([...context, '-t', 'app:1', join(home, 'context')], { root })).code).toBe(0)
      const asUser = (...args: readonly string[]): Promise<ProgramResult> =>
        runProgram(tsbuildPath, args, { env: { ...env, TSBUILD_ROOT: root }, cwd: home, user: { uid, gid } })
      expect((await asUser('images')).stdout).toContain('app:1')
      const refused = await asUser('tag', 'app:1', 'other:1')
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`"${root}/v1" belongs to root`)])
      expect(refused.stderr).toMatch(/^hint: .*--root/m)
    } finally {
      await runProgram('rm', ['-rf', root])
    }
  },
)

const mountObstacle = withoutRoot() ?? withoutPrograms('unshare', 'mount')

describe('a store on a read-only file system', () => {
  test.skipIf(mountObstacle !== undefined)(
    titled('can be listed, inspected, saved and copied from', mountObstacle),
    async ({ base, directory }) => {
      const root = join(directory, 'own-store')
      await writeTree(join(directory, 'context'), { Dockerfile: 'FROM base\nCOPY a /a\n', a: 'hello' })
      const build = ['--build-context', `base=oci-layout://${base}:latest`, '-t', 'app:1', join(directory, 'context')]
      expect((await tsbuild(build, { root })).code).toBe(0)
      const run = (...commands: readonly string[]): Promise<ProgramResult> => {
        const script = `mount --bind ${root} ${root} && mount -o remount,ro,bind ${root} || exit 99
          ${commands.map((command) => `${tsbuildPath} ${command}; echo "= $?"`).join('\n')}`
        return runProgram('unshare', ['--mount', 'sh', '-c', script], {
          env: { TSBUILD_ROOT: root, NO_COLOR: '1' },
          cwd: directory,
        })
      }
      const read = [
        'images',
        'inspect app:1',
        'history app:1',
        'du',
        'save -o saved.tar app:1',
        'copy -q store:app:1 oci:copied',
      ]
      const { stdout, stderr } = await run(...read)
      expect(stdout.match(/^= .*$/gm), stderr).toEqual(read.map(() => '= 0'))
      expect((await openImage(join(directory, 'copied'))).layers.at(-1)?.map(({ line }) => line)).toEqual([
        'f 644 0:0 a',
      ])

      const doctor = await run('doctor')
      expect(doctor.stdout, doctor.stderr).toMatch(/^RUN is isolated with/)
      expect(doctor.stdout).toContain('it is on a read-only file system')

      const write = [
        'tag app:1 b:1',
        'rm app:1',
        'prune --force',
        'load < saved.tar',
        'copy -q oci:copied store:c:1',
        build.join(' '),
      ]
      const refused = await run(...write)
      expect(refused.stdout.match(/^= .*$/gm), refused.stderr).toEqual(write.map(() => '= 1'))
      expect(refused.stderr.match(/it is on a read-only file system$/gm)).toHaveLength(write.length)
      expect(refused.stderr.match(/^hint: set TSBUILD_ROOT or --root to a writable directory$/gm)).toHaveLength(
        write.length,
      )
    },
  )
})
