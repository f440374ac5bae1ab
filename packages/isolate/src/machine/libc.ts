import { createRequire } from 'node:module'
import { getSystemErrorMap } from 'node:util'
import { PR_SET_CHILD_SUBREAPER } from './flags.ts'

/** Arguments of mount(2) for a new file system. */
export interface MountCall {
  readonly type: string
  /** Path of what a bind mount shows. */
  readonly source?: string
  readonly target: string
  readonly flags: number
  readonly options: string
}

/**
 * The C library's calls that Node lacks. Each throws an `Error` with the errno's name as `code`.
 */
export interface Libc {
  mount(call: MountCall): void
  /** Takes the topmost mount away at once, even while it is in use. */
  unmount(target: string): void
  makeNode(path: string, mode: number, device: number): void
  /** Sets the times of a file or symlink to the nanosecond, which Node's calls cannot. */
  setTimes(path: string | Buffer, times: { readonly atimeNs: bigint; readonly mtimeNs: bigint }): void
  /**
   * Writes out the file system of an open file; its write-back error, if any, is thrown and counts
   * as seen.
   */
  syncFileSystem(fd: number): void
  /** A pipe: [end to read, end to write], closed on exec. */
  pipe(): readonly [number, number]
  /** An anonymous file in memory, which can be executed; closed on exec (memfd_create(2)). */
  memoryFile(name: string): number
  /** Two connected UNIX stream sockets, closed on exec. */
  socketPair(): readonly [number, number]
  /** The calling process's, as a bit set (capget(2)). */
  effectiveCapabilities(): bigint
  /**
   * Orphaned descendants become children of this process. False where the kernel cannot do that, as
   * gVisor.
   */
  adoptOrphans(): boolean
  /** Version of Landlock; 0 where the kernel lacks it or a seccomp filter refuses it. */
  landlockAbi(): number
}

/** Loads the C library through koffi, which is not touched before. */
export function loadLibc(): Libc {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const library = koffi.load(null)
  const declare = (signature: string): ((purpose: string, ...args: readonly unknown[]) => number) => {
    const call = library.func(signature)
    return (purpose, ...args) => {
      const result: unknown = call(...args)
      if (typeof result === 'number' && result >= 0) return result
      throw systemError(koffi.errno(), purpose)
    }
  }
  const mount = declare(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  )
  const umount2 = declare('int umount2(const char *target, int flags)')
  const mknod = declare('int mknod(const char *path, unsigned int mode, uint64_t device)')
  const utimensat = declare('int utimensat(int directory, const uint8_t *path, const void *times, int flags)')
  const syncfs = declare('int syncfs(int fd)')
  const pipe2 = declare('int pipe2(void *ends, int flags)')
  const memfdCreate = declare('int memfd_create(const char *name, unsigned int flags)')
  const socketpair = declare('int socketpair(int domain, int type, int protocol, void *ends)')
  const capget = declare('int capget(void *header, void *data)')
  const prctl = declare('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)')
  const syscall = declare('long syscall(long number, const void *attributes, size_t size, unsigned int flags)')
  return {
    mount: ({ type, source = type, target, flags, options }) =>
      void mount(`mount ${source} on ${target}`, source, target, type, flags, options),
    unmount: (target) => void umount2(`unmount ${target}`, target, MNT_DETACH),
    makeNode: (path, mode, device) => void mknod(`make node ${path}`, path, mode, device),
    setTimes: (path, { atimeNs, mtimeNs }) => {
      const times = Buffer.concat([encodeTime(atimeNs), encodeTime(mtimeNs)])
      utimensat(
        `set the times of ${path.toString()}`,
        AT_FDCWD,
        Buffer.concat([Buffer.from(path), Buffer.alloc(1)]),
        times,
        AT_SYMLINK_NOFOLLOW,
      )
    },
    syncFileSystem: (fd) => void syncfs('sync the file system', fd),
    pipe: () => makePair((ends) => pipe2('make a pipe', ends, O_CLOEXEC)),
    memoryFile: (name) =>
      makeExecutable((flags) => memfdCreate(`make the file ${name} in memory`, name, MFD_CLOEXEC | flags)),
    socketPair: () =>
      makePair((ends) => socketpair('make a pair of sockets', AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, ends)),
    effectiveCapabilities: () => {
      const header = Buffer.alloc(8) // version, process: this one
      header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3)
      const sets = Buffer.alloc(24) // effective, permitted, inheritable: the lower halves, then the upper ones
      capget('read the capabilities', header, sets)
      return BigInt(sets.readUInt32LE(0)) | (BigInt(sets.readUInt32LE(12)) << 32n)
    },
    adoptOrphans: () => resultOr(-1, () => prctl('adopt orphans', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) === 0,
    landlockAbi: () =>
      resultOr(0, () =>
        syscall('ask for Landlock', SYS_landlock_create_ruleset, null, 0, LANDLOCK_CREATE_RULESET_VERSION),
      ),
  }
}

/** struct timespec. */
function encodeTime(ns: bigint): Buffer {
  // Before 1970 too the nanoseconds count forward.
  const fraction = ((ns % perSecond) + perSecond) % perSecond
  return Buffer.from(BigInt64Array.of((ns - fraction) / perSecond, fraction).buffer)
}

/** Asks for an executable file. The flag, of Linux 6.3, is an error before. */
function makeExecutable(make: (flags: number) => number): number {
  return resultOr(undefined, () => make(MFD_EXEC)) ?? make(0)
}

function resultOr<T>(otherwise: T, call: () => T): T {
  try {
    return call()
  } catch {
    return otherwise
  }
}

/** Two descriptors that a call writes into memory. */
function makePair(make: (ends: Buffer) => void): readonly [number, number] {
  const ends = Buffer.alloc(8)
  make(ends)
  return [ends.readInt32LE(0), ends.readInt32LE(4)]
}

/**
 * An error like Node's own for an errno: `cannot mount proc on /proc: EPERM (operation not
 * permitted)`.
 */
function systemError(errno: number, purpose: string): NodeJS.ErrnoException {
  const [name = `errno ${errno}`, text = 'unknown error'] = getSystemErrorMap().get(-errno) ?? []
  return Object.assign(new Error(`cannot ${purpose}: ${name} (${text})`), { code: name, errno: -errno })
}

const perSecond = 1_000_000_000n
const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const AF_UNIX = 1
const SOCK_STREAM = 1
const MNT_DETACH = 2
const MFD_CLOEXEC = 1
const MFD_EXEC = 16
const O_CLOEXEC = 0o2000000
const SYS_landlock_create_ruleset = 444
const LANDLOCK_CREATE_RULESET_VERSION = 1
const LINUX_CAPABILITY_VERSION_3 = 0x20080522
