import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Obstacle, withoutPrograms, withoutRoot } from './obstacle.ts'
import { runOrThrow, runProgram } from './run-program.ts'
import { tsbuildPath } from './tsbuild.ts'

/** A user of this machine who may do nothing special. */
export interface OrdinaryUser extends AsyncDisposable {
  readonly uid: number
  readonly gid: number
  /** Empty, and the user's own. */
  readonly home: string
  /** Environment that belongs to the user; nothing of root's directories. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Reason why no ordinary user can be made here who could run the checkout. */
export async function withoutOrdinaryUser(): Promise<Obstacle> {
  const obstacle = withoutRoot() ?? withoutPrograms('useradd', 'userdel')
  if (obstacle !== undefined) return obstacle
  const { code } = await runProgram('test', ['-x', tsbuildPath], { user: { uid: 65534, gid: 65534 } })
  return code === 0 ? undefined : 'the checkout is in a directory that ordinary users cannot enter'
}

/**
 * Makes a user, with or without subordinate ids, who is removed with all files at the end of the
 * scope. Needs root.
 */
export async function makeOrdinaryUser({
  subordinateIds,
}: {
  readonly subordinateIds: boolean
}): Promise<OrdinaryUser> {
  const name = `tsbuild-${randomBytes(4).toString('hex')}`
  const home = `/home/${name}`
  // A system user gets no subordinate ids.
  await runOrThrow('useradd', ['-m', '-d', home, ...(subordinateIds ? [] : ['-r']), name])
  const [, , uid = '', gid = ''] = (await runOrThrow('getent', ['passwd', name])).split(':')
  const ranges = await readFile('/etc/subuid', 'utf8').catch(() => '')
  if (subordinateIds && !ranges.includes(`${name}:`))
    await runOrThrow('usermod', ['--add-subuids', '500000-565535', '--add-subgids', '500000-565535', name])
  return {
    uid: Number(uid),
    gid: Number(gid),
    home,
    env: {
      HOME: home,
      USER: name,
      LOGNAME: name,
      XDG_RUNTIME_DIR: undefined,
      XDG_DATA_HOME: undefined,
      XDG_CACHE_HOME: undefined,
      DOCKER_CONFIG: undefined,
    },
    [Symbol.asyncDispose]: async () => {
      await runProgram('userdel', ['-f', '-r', name])
    },
  }
}
