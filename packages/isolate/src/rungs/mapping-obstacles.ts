import { statSync } from 'node:fs'
import { findInPath } from '../machine/find-in-path.ts'
import { IsolationError } from '../model/errors.ts'
import { readIdMaps, requireMappers } from '../model/id-map.ts'
import type { Availability } from '../model/process.ts'
import { capability, capabilitySet } from '../plan/capabilities.ts'
import { boundingCapabilities, hasNoNewPrivileges } from '../plan/host.ts'

/** Everything that an ordinary user lacks: who lifts one restriction must not meet the next. */
export function obstacleToMapping(): Availability | undefined {
  if (process.geteuid?.() === 0) return undefined
  const errors = [requireNewPrivileges, readIdMaps, requireMappers, requireMapperRights].flatMap(findRefusal)
  if (errors.length === 0) return undefined
  return {
    available: false,
    reason: errors.map(({ message }) => message).join('; '),
    hint: errors.map(({ hint }) => hint).join('; '),
    obstacles: errors.flatMap(({ obstacles }) => obstacles),
  }
}

function findRefusal(require: () => unknown): readonly IsolationError[] {
  try {
    require()
    return []
  } catch (error) {
    if (error instanceof IsolationError) return [error]
    throw error
  }
}

function requireNewPrivileges(): void {
  if (!hasNoNewPrivileges()) return
  throw new IsolationError('RUNG_UNAVAILABLE', 'newuidmap cannot work under no_new_privs', {
    hint: "run without no-new-privileges, or as root with the container engine's default capabilities",
    obstacles: ['no-new-privileges'],
  })
}

/**
 * A program of root opens the map of another user with CAP_SYS_ADMIN, which it cannot gain in a
 * container. With capabilities of its own, it stays the owner of the namespace and needs only those
 * of the ids (user_namespaces(7) § Defining user and group ID mappings).
 */
function requireMapperRights(): void {
  const bounding = boundingCapabilities()
  const has = (...capabilities: readonly number[]): boolean => {
    const set = capabilitySet(capabilities)
    return (bounding & set) === set
  }
  if (!has(capability.SETUID, capability.SETGID))
    throw new IsolationError('RUNG_UNAVAILABLE', 'newuidmap needs the capabilities SETUID and SETGID', {
      hint: 'run with --cap-add SETUID --cap-add SETGID',
      obstacles: ['id-capabilities'],
    })
  if (has(capability.SYS_ADMIN) || !['newuidmap', 'newgidmap'].some(isOfRoot)) return
  throw new IsolationError(
    'RUNG_UNAVAILABLE',
    'newuidmap is a set-user-ID program, which needs the capability SYS_ADMIN',
    { hint: `as root: ${giveCapabilities}`, obstacles: ['mapper-capabilities'] },
  )
}

const giveCapabilities =
  'chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap; setcap cap_setuid+ep /usr/bin/newuidmap; ' +
  'setcap cap_setgid+ep /usr/bin/newgidmap'

/** True also for a missing program: packages install it with the bit. */
function isOfRoot(program: string): boolean {
  const path = findInPath(program)
  return path === undefined || (statSync(path).mode & S_ISUID) !== 0
}

const S_ISUID = 0o4000
