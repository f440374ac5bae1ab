import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { makeOrdinaryUser, withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const mtime = new Date(1_500_000_000_000)

/**
 * Archive with all kinds of entries: owners, setuid, links, a device, a pipe, read-only
 * directories.
 */
async function archive(): Promise<Buffer> {
  const tar = pack()
  const owned = { uid: 1000, gid: 1001, mtime }
  tar.entry({ ...owned, name: 'closed', type: 'directory', mode: 0o555 })
  tar.entry({ ...owned, name: 'closed/f', mode: 0o4755 }, 'setuid')
  tar.entry({ ...owned, name: 'hard', type: 'link', linkname: 'closed/f' })
  tar.entry({ ...owned, name: 'soft', type: 'symlink', linkname: '../away' })
  tar.entry({ ...owned, name: 'null', type: 'character-device', devmajor: 1, devminor: 3 })
  tar.entry({ ...owned, name: 'pipe', type: 'fifo' })
  tar.finalize()
  return buffer(tar)
}

const dockerfile = 'FROM scratch\nADD files.tar /\n'
const userObstacle = await withoutOrdinaryUser()

test.skipIf(userObstacle !== undefined)(
  titled('an ordinary user owns everything, without devices, and may write it again', userObstacle),
  async ({ directory }) => {
    await using user = await makeOrdinaryUser({ subordinateIds: false })
    const { uid, gid, home, env } = user
    await writeTree(join(directory, 'context'), { Dockerfile: dockerfile })
    await writeFile(join(directory, 'context/files.tar'), await archive())
    const run = async (...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await runProgram(tsbuildPath, [...args, join(directory, 'context')], {
        env,
        cwd: home,
        user: { uid, gid },
      })
      expect(code, stderr).toBe(0)
    }
    for (const mode of ['copy', 'delete']) {
      await run('-o', `type=local,dest=out,mode=${mode}`)
      expect((await readdir(join(home, 'out'))).sort()).toEqual(['closed', 'hard', 'pipe', 'soft'])
      const { uid: owner, mode: bits, ino, mtimeMs } = await lstat(join(home, 'out/closed/f'))
      expect([owner, bits & 0o7777, ino, mtimeMs]).toEqual([
        uid,
        0o4755,
        (await lstat(join(home, 'out/hard'))).ino,
        mtime.getTime(),
      ])
      expect((await lstat(join(home, 'out/closed'))).mode & 0o7777).toBe(0o555)
    }
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY Dockerfile /closed/other\n' })
    await run('-o', 'type=local,dest=out,mode=delete')
    expect(await readdir(join(home, 'out'), { recursive: true })).toEqual(['closed', 'closed/other'])
  },
)

test.skipIf(withoutRoot() !== undefined)(
  titled('root owns everything, devices included', withoutRoot()),
  async ({ store, directory }) => {
    await writeTree(join(directory, 'context'), { Dockerfile: dockerfile })
    await writeFile(join(directory, 'context/files.tar'), await archive())
    await tsbuild(['-o', 'out', 'context'], { root: store, cwd: directory })
    const device = await lstat(join(directory, 'out/null'))
    expect([device.isCharacterDevice(), device.rdev, (await lstat(join(directory, 'out/closed/f'))).uid]).toEqual([
      true,
      0x103,
      0,
    ])
  },
)

const tarObstacle = withoutPrograms('tar', 'setfattr') ?? withoutRoot()
test.skipIf(tarObstacle !== undefined)(
  titled('a tar keeps numbers of owners, long names and capabilities', tarObstacle),
  async ({ store, directory }) => {
    const long = `${'d'.repeat(120)}/${'ü'.repeat(90)}`
    await writeTree(join(directory, 'context'), {
      Dockerfile: `FROM scratch\nADD files.tar /\nCOPY --chown=70000:80000 x /${long}\n`,
      x: { text: 'x', mode: 0o755 },
    })
    await writeFile(join(directory, 'context/files.tar'), await archive())
    const capability = '0x0100000200200000000000000000000000000000'
    await runOrThrow('setfattr', ['-n', 'security.capability', '-v', capability, join(directory, 'context/x')])
    await tsbuild(['-o', 'type=tar,dest=out.tar', 'context'], { root: store, cwd: directory })
    await mkdir(join(directory, 'unpacked'))
    await runOrThrow('tar', [
      '--xattrs',
      '--xattrs-include=*',
      '-xpf',
      join(directory, 'out.tar'),
      '-C',
      join(directory, 'unpacked'),
    ])
    const at = (path: string): string => join(directory, 'unpacked', path)
    const { uid, gid } = await lstat(at(long))
    expect([uid, gid]).toEqual([70_000, 80_000])
    expect(
      await runOrThrow('getfattr', ['-e', 'hex', '-d', '-m', 'security.capability', '--absolute-names', at(long)]),
    ).toContain(capability)
    const set = await lstat(at('closed/f'))
    expect([set.uid, set.gid, set.mode & 0o7777, set.ino]).toEqual([1000, 1001, 0o4755, (await lstat(at('hard'))).ino])
    expect((await lstat(at('null'))).isCharacterDevice()).toBe(true)
  },
)

test('mode=delete stays below the working directory unless it is allowed elsewhere', async ({ store, directory }) => {
  await writeTree(join(directory, 'work/context'), { Dockerfile: 'FROM scratch\nCOPY Dockerfile /new\n' })
  await writeTree(join(directory, 'elsewhere'), { precious: 'precious' })
  const clear = (...args: string[]) =>
    tsbuild(['-o', 'type=local,dest=../elsewhere,mode=delete', ...args, 'context'], {
      root: store,
      cwd: join(directory, 'work'),
    })
  const refused = await clear()
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('requires --allow=buildx.local.delete')])
  expect(await readFile(join(directory, 'elsewhere/precious'), 'utf8')).toBe('precious')
  expect(await clear('--allow', 'buildx.local.delete')).toMatchObject({ code: 0 })
  expect(await readdir(join(directory, 'elsewhere'))).toEqual(['new'])
})
