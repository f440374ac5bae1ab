import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { descendants } from './kill-descendants.ts'
import { obstacleToWriting, readProcesses, readWords } from './cgroup-files.ts'
import { cgroupPath, type CgroupView, readCgroupView, usesVersion1 } from './cgroup-path.ts'
import { type Controller, controllers } from './limits.ts'

/** A control group that can be the parent of new ones. */
export interface CgroupPlace {
  readonly directory: string
  /** Controllers that new groups can use. */
  readonly controllers: readonly Controller[]
  /** Those of `controllers` that it does not pass on yet. */
  readonly toEnable: readonly Controller[]
  /**
   * Its own processes must move into a new group before: a group with processes has no controllers
   * for groups below it.
   */
  readonly occupied: boolean
}

/** A limit that cannot be set here, and what would change that. */
export interface LimitObstacle {
  readonly reason: string
  readonly hint?: string
}

/** The place that limits most of what is wanted, and why not the rest. */
export interface CgroupSearch {
  readonly place?: CgroupPlace
  readonly missing: readonly Controller[]
  /** Present if something is missing. */
  readonly obstacle?: LimitObstacle
}

/**
 * Finds where control groups with these controllers can be made, without changing anything: in the
 * calling process's own group if it holds no foreign process, so that limits of that group stay in
 * force, else in the nearest ancestor.
 */
export function findCgroup(wanted: readonly Controller[], view: CgroupView = readCgroupView()): CgroupSearch {
  const path = cgroupPath(view)
  const places = path.map((directory, index) =>
    placeAt(directory, { wanted, isOwn: index === 0, isTop: index === path.length - 1 }),
  )
  const most = Math.max(1, ...places.map((place) => place?.controllers.length ?? 0))
  const place = places.find((candidate) => candidate?.controllers.length === most)
  const missing = wanted.filter((controller) => place === undefined || !place.controllers.includes(controller))
  return {
    ...(place && { place }),
    missing,
    ...(missing.length > 0 && { obstacle: obstacleTo(missing, { place, path, view }) }),
  }
}

interface Position {
  readonly wanted: readonly Controller[]
  readonly isOwn: boolean
  readonly isTop: boolean
}

/** Undefined for a group that the caller may not change. */
function placeAt(directory: string, { wanted, isOwn, isTop }: Position): CgroupPlace | undefined {
  if (
    ['', 'cgroup.procs', 'cgroup.subtree_control'].some(
      (file) => obstacleToWriting(join(directory, file)) !== undefined,
    )
  )
    return undefined
  const passed = wanted.filter((name) => readWords(directory, 'cgroup.subtree_control').includes(name))
  const offered = wanted.filter((name) => readWords(directory, 'cgroup.controllers').includes(name))
  // The root of all groups, which has no type, may have processes.
  const processes = existsSync(join(directory, 'cgroup.type')) ? readProcesses(directory) : []
  const occupied = processes.length > 0
  const canMove = isOwn && !processes.includes(0) && (isTop || areOwn(processes))
  if (occupied && !canMove) return { directory, controllers: passed, toEnable: [], occupied: false }
  return { directory, controllers: offered, toEnable: offered.filter((name) => !passed.includes(name)), occupied }
}

/** True if all are this process and what it has started. */
function areOwn(processes: readonly number[]): boolean {
  const own = new Set([process.pid, ...descendants()])
  return processes.every((pid) => own.has(pid))
}

interface Found {
  readonly place: CgroupPlace | undefined
  readonly path: readonly string[]
  readonly view: CgroupView
}

function obstacleTo(missing: readonly Controller[], { place, path, view }: Found): LimitObstacle {
  const [own] = path
  const offered = path.some((directory) =>
    controllers.some((name) => readWords(directory, 'cgroup.controllers').includes(name)),
  )
  if (!offered && usesVersion1(view))
    return {
      reason: 'the control groups of this machine are of version 1',
      hint: 'boot with systemd.unified_cgroup_hierarchy=1 for cgroup v2, or limit the container or service that tsbuild runs in',
    }
  if (own === undefined)
    return {
      reason: 'no control groups (cgroup v2) are mounted',
      hint: 'mount a file system of type cgroup2 on /sys/fs/cgroup',
    }
  if (obstacleToWriting(own) === 'EROFS') return { reason: `${own} is read-only`, hint: writableContainer }
  if (place === undefined)
    return {
      reason: `the control group ${own} belongs to another user, or holds processes besides this build`,
      hint: 'start the build in a control group of its own: systemd-run --user --scope -p Delegate=yes tsbuild …',
    }
  return {
    reason: `the control group ${place.directory} has no controller ${missing.join(', ')} to pass on`,
    hint: 'delegate it: systemctl edit user@.service, [Service] Delegate=cpu cpuset memory pids',
  }
}

const writableContainer =
  'docker run --security-opt writable-cgroups=true (Docker 28), podman run --security-opt unmask=/sys/fs/cgroup, or limit the whole container: docker run --memory'
