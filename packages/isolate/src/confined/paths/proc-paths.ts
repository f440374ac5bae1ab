import { AT_FDCWD, EACCES, ENOENT, EPERM, EROFS, O_ACCMODE, O_CLOEXEC, O_PATH, O_TRUNC } from '../../listener/kernel.ts'
import type { Tracee } from '../../listener/tracee.ts'
import { maskedPaths } from '../../model/masked-paths.ts'
import type { GuestFiles } from './guest-files.ts'
import { maySeeFile } from '../inspection.ts'
import { describeArguments, describeMaps, describeMounts, describeStatus } from './proc-texts.ts'
import type { Process, ProcessTable } from '../processes.ts'

/** A file of /proc. */
export interface ProcFile {
  /** Opens it with the flags of open(2). */
  open(flags: number): number
  /** Text of a symlink that is not followed. */
  readonly link?: string
}

interface Search {
  /** Follows a symlink that is the last name. */
  readonly follow: boolean
  readonly paths: GuestFiles
  readonly processes: ProcessTable
  readonly tracee: Tracee
}

/**
 * Finds a file below /proc by its names. Returns a path in the guest to go on with, or a negated
 * errno. Only supervised processes exist; what names files of the host names those of the guest.
 */
export function findInProc(names: readonly string[], search: Search): ProcFile | string | number {
  if (names.includes('..')) return normalize(names)
  const [first = '', ...rest] = names
  const isLast = rest.length === 0
  const { leader } = search.paths.caller
  switch (first) {
    case 'self':
      if (isLast && !search.follow) return link(String(leader), '/proc/self', search)
      return findInProcess(leader, rest, search)
    case 'thread-self': {
      const target = `${leader}/task/${search.tracee.listener.thread}`
      if (isLast && !search.follow) return link(target, '/proc/thread-self', search)
      return findInProcess(leader, ['task', String(search.tracee.listener.thread), ...rest], search)
    }
    case 'mounts':
    case 'net':
      if (isLast && !search.follow) return link(`self/${first}`, `/proc/${first}`, search)
      return findInProcess(leader, names, search)
    default:
      return /^\d+$/.test(first)
        ? findInProcess(Number(first), rest, search)
        : ofMachine(['/proc', ...names].join('/'), search)
  }
}

function normalize(names: readonly string[]): string {
  const kept = ['proc']
  for (const name of names)
    if (name === '..') kept.pop()
    else kept.push(name)
  return `/${kept.join('/')}`
}

function findInProcess(id: number, names: readonly string[], search: Search): ProcFile | string | number {
  const leader = search.tracee.relatives(id)?.leader
  const process = leader === undefined ? undefined : search.processes.find(leader)
  if (process === undefined) return -ENOENT
  const host = ['/proc', id, ...names].join('/')
  const [name = '', ...rest] = names[0] === 'task' && names.length > 2 ? names.slice(2) : names
  if (!maySeeFile(name, search.paths.caller, process)) return -EACCES
  switch (name) {
    case 'exe':
      return followable(process.program, { host, rest }, search)
    case 'cwd':
      return followable(search.paths.nameOf(process.cwd.fd), { host, rest }, search)
    case 'root':
      return followable(process.root === undefined ? '/' : search.paths.nameOf(process.root.fd), { host, rest }, search)
    case 'fd':
      return rest.length === 0 ? native(host, search) : findDescriptor(host, rest, search)
    case 'map_files':
      return rest.length === 0 ? native(host, search) : findMapped(host, search)
    default:
      return rest.length > 0 ? native(host, search) : (written({ name, host }, process, search) ?? native(host, search))
  }
}

interface Position {
  /** Path on the host. */
  readonly host: string
  /** Names behind it. */
  readonly rest: readonly string[]
}

/** A symlink to a path in the guest. */
function followable(target: string | undefined, { host, rest }: Position, search: Search): ProcFile | string | number {
  if (target === undefined) return -ENOENT
  if (rest.length === 0 && !search.follow) return link(target, host, search)
  return [target, ...rest].join('/')
}

/** The link of a descriptor leads to what is open, even if it has no name. */
function findDescriptor(host: string, rest: readonly string[], search: Search): ProcFile | string | number {
  const directory = host
    .split('/')
    .slice(0, host.split('/').length - rest.length + 1)
    .join('/')
  const real = standIn(directory, search)
  if (real !== undefined) return real
  const target = search.paths.readLink(AT_FDCWD, directory)
  if (typeof target === 'number') return target
  const seen = search.paths.mounts.fromHost(target)?.path ?? target
  if (rest.length > 1) return [seen, ...rest.slice(1)].join('/')
  return search.follow ? reopened(host, search) : link(seen, host, search)
}

/**
 * The link of a mapped file. Only its text is shown, as to root in a container: the supervisor
 * might have the right to follow it, past a mount that is read-only.
 */
function findMapped(host: string, search: Search): ProcFile | number {
  if (search.follow) return -EPERM
  const target = search.paths.readLink(AT_FDCWD, host)
  return typeof target === 'number' ? target : link(search.paths.mounts.fromHost(target)?.path ?? target, host, search)
}

/** A descriptor of a file that another represents. */
function standIn(host: string, search: Search): ProcFile | undefined {
  const { tracee, paths, follow } = search
  const fd = tracee.system.call('openat', AT_FDCWD, tracee.pathAt(host), O_PATH | O_CLOEXEC)
  if (fd < 0) return undefined
  const real = tracee.using(fd, () => paths.standIns.find(fd))
  if (real === undefined) return undefined
  const name = paths.nameOf(real)
  paths.close(real)
  if (!follow) return link(name ?? '', host, search)
  return { open: (flags) => (name === undefined ? -ENOENT : paths.open(AT_FDCWD, name, flags)) }
}

/**
 * File of a descriptor, opened anew. It is looked at first: the process may put another file in its
 * place meanwhile.
 */
function reopened(host: string, { tracee, paths }: Search): ProcFile {
  const { system } = tracee
  return {
    open: (flags) => {
      const fd = system.call('openat', AT_FDCWD, tracee.pathAt(host), O_PATH | O_CLOEXEC)
      if (fd < 0) return fd
      return tracee.using(fd, () => {
        const own = `/proc/thread-self/fd/${fd}`
        if (changes(flags) && (paths.isReadonly(fd) || isOfMachine(fd, paths))) return -EROFS
        return system.call('openat', AT_FDCWD, tracee.pathAt(own), flags | O_CLOEXEC)
      })
    },
  }
}

/**
 * A file of /proc that concerns the machine, which the supervisor may have the right to change. The
 * process has what it has on other rungs.
 */
function ofMachine(host: string, search: Search): ProcFile | number {
  if (maskedPaths.some((masked) => host === masked || host.startsWith(`${masked}/`))) return -EACCES
  return { open: (flags) => (changes(flags) ? -EROFS : native(host, search).open(flags)) }
}

/** True for a file of /proc that is no process', and for one outside of the mounts of the guest. */
function isOfMachine(fd: number, paths: GuestFiles): boolean {
  const path = paths.readLink(AT_FDCWD, `/proc/thread-self/fd/${fd}`)
  if (typeof path === 'number' || !path.startsWith('/') || path.startsWith('/memfd:')) return false
  return /^\/proc\/(?!\d+\/)/.test(path) || paths.nameOf(fd) === undefined
}

function changes(flags: number): boolean {
  return (flags & O_PATH) === 0 && ((flags & O_ACCMODE) !== 0 || (flags & O_TRUNC) !== 0)
}

function native(host: string, { tracee }: Search): ProcFile {
  return { open: (flags) => tracee.system.call('openat', AT_FDCWD, tracee.pathAt(host), flags | O_CLOEXEC) }
}

function link(text: string, host: string, search: Search): ProcFile {
  return { ...native(host, search), link: text }
}

/** Files whose text names what only the host has. */
function written(
  { name, host }: { readonly name: string; readonly host: string },
  process: Process,
  search: Search,
): ProcFile | undefined {
  const { tracee, paths } = search
  const describe = (): string | undefined => {
    switch (name) {
      case 'maps':
      case 'smaps':
      case 'numa_maps':
        return describeMaps(tracee.readFile(host) ?? '', paths.mounts)
      case 'cmdline':
        return describeArguments(tracee.readFile(host) ?? '', process)
      case 'status':
        return describeStatus(tracee.readFile(host) ?? '', process)
      case 'mounts':
      case 'mountinfo':
      case 'mountstats':
        return describeMounts(name, paths.mounts)
      default:
        return undefined
    }
  }
  const names = ['maps', 'smaps', 'numa_maps', 'cmdline', 'status', 'mounts', 'mountinfo', 'mountstats']
  if (!names.includes(name)) return undefined
  return {
    open: (flags) => {
      if ((flags & O_PATH) !== 0) return native(host, search).open(flags)
      if ((flags & O_ACCMODE) !== 0) return -EACCES
      return memoryFile(name, describe() ?? '', tracee)
    },
  }
}

/** An anonymous file with a text, to be read from its start. */
function memoryFile(name: string, text: string, tracee: Tracee): number {
  const { system } = tracee
  const fd = system.call('memfd_create', tracee.pathAt(name), MFD_CLOEXEC)
  if (fd < 0) return fd
  const content = system.allocate(Math.max(1, text.length))
  content.bytes.write(text, 'latin1')
  for (let at = 0; at < text.length; ) {
    const size = system.call('pwrite64', fd, content.address + at, text.length - at, at)
    if (size <= 0) break
    at += size
  }
  return fd
}

const MFD_CLOEXEC = 1
