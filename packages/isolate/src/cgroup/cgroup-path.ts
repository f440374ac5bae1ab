import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Control groups as the calling process sees them. */
export interface CgroupView {
  /** Text of /proc/self/mountinfo. */
  readonly mounts: string
  /** Text of /proc/self/cgroup. */
  readonly groups: string
}

/** Reads them from /proc. */
export function readCgroupView(): CgroupView {
  return { mounts: readText('/proc/self/mountinfo'), groups: readText('/proc/self/cgroup') }
}

/** True where a controller belongs to a hierarchy of cgroup v1. */
export function usesVersion1({ groups }: CgroupView): boolean {
  return /^\d+:(?:[^:]*,)?(?:memory|pids)(?:,[^:]*)?:/m.test(groups)
}

/**
 * Directories of the calling process's control group and its visible ancestors, nearest first;
 * empty without a mount of cgroup v2 that shows it.
 */
export function cgroupPath({ mounts, groups }: CgroupView): readonly string[] {
  const own = /^0::(\/.*)$/m.exec(groups)?.[1]
  if (own === undefined) return []
  return (
    mounts
      .split('\n')
      .map((line) => pathWithin(cgroup2Mount(line), own))
      .findLast((path) => path.length > 0) ?? []
  )
}

/**
 * Empty where the mount shows other groups: its root is another one, or lies outside of the cgroup
 * namespace and begins with `/..`.
 */
function pathWithin(mount: CgroupMount | undefined, own: string): readonly string[] {
  if (mount === undefined) return []
  const root = mount.root === '/' ? '' : mount.root
  if (own.startsWith('/..') || !`${own}/`.startsWith(`${root}/`)) return []
  const directories = [join(mount.point, own.slice(root.length)).replace(/\/$/, '')]
  for (let at = directories[0] ?? ''; at.length > mount.point.length; directories.push(at)) at = dirname(at)
  return directories
}

interface CgroupMount {
  readonly root: string
  readonly point: string
}

/**
 * proc_pid_mountinfo(5): the root within the file system and the mount point are fields 4 and 5,
 * the type follows a dash.
 */
function cgroup2Mount(line: string): CgroupMount | undefined {
  const [, root = '', point = ''] = /^\d+ \d+ \S+ (\S+) (\S+) .* - cgroup2 /.exec(line) ?? []
  return root === '' ? undefined : { root: unescape(root), point: unescape(point) }
}

function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
