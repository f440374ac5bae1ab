import { createRequire } from 'node:module'
import type koffi from 'koffi'
import { type DeviceNumber, packDevice } from './device-number.ts'
import { TreeError } from '../model/errors.ts'
import type { HostPath } from './host-path.ts'
import { SystemError } from './system-error.ts'

/**
 * The system calls on files that Node lacks. They do not follow a symlink at the end of a path, and
 * fail as Node's do, with a `code`.
 */
export interface SystemCalls {
  /** All extended attributes. Empty if the file system does not support them. */
  readonly getXattrs: (path: HostPath) => ReadonlyMap<string, Uint8Array>
  readonly setXattr: (path: HostPath, name: string, value: Uint8Array) => void
  readonly removeXattr: (path: HostPath, name: string) => void
  /** Makes a device or FIFO. `mode` has the type bits and is subject to the umask. */
  readonly mknod: (path: HostPath, mode: number, device: DeviceNumber) => void
  /** Sets times of access and of change, in nanoseconds since 1970. */
  readonly setTimes: (path: HostPath, access: bigint, change: bigint) => void
}

const second = 1_000_000_000n
/** AT_FDCWD and AT_SYMLINK_NOFOLLOW. */
const [currentDirectory, noFollow] = [-100, 0x100]

let found: { readonly calls: SystemCalls | undefined } | undefined

/**
 * The calls of the C library of this process. Undefined if koffi cannot be loaded or a call is
 * missing. Looked up once.
 */
export function loadSystemCalls(): SystemCalls | undefined {
  found ??= { calls: lookUp() }
  return found.calls
}

function lookUp(): SystemCalls | undefined {
  try {
    const loaded: typeof koffi = createRequire(import.meta.url)('koffi')
    return bind(loaded)
  } catch {
    return undefined
  }
}

/** As `loadSystemCalls`, for callers that need them: throws `TreeError` `SYSTEM_CALL`. */
export function requireSystemCalls(): SystemCalls {
  const calls = loadSystemCalls()
  if (calls !== undefined) return calls
  throw new TreeError('SYSTEM_CALL', 'cannot call the C library of this machine: koffi does not load here')
}

function bind({ load, errno, os }: typeof koffi): SystemCalls {
  const library = load(null)
  const llistxattr = library.func('int64_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)')
  const lgetxattr = library.func(
    'int64_t lgetxattr(const uint8_t *path, const char *name, _Out_ uint8_t *value, size_t size)',
  )
  const lsetxattr = library.func(
    'int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)',
  )
  const lremovexattr = library.func('int lremovexattr(const uint8_t *path, const char *name)')
  const mknod = library.func('int mknod(const uint8_t *path, uint32_t mode, uint64_t device)')
  const utimensat = library.func('int utimensat(int directory, const uint8_t *path, const int64_t *times, int flags)')
  // The kernel's own limits for a list and for a value are 64 KiB.
  const room = Buffer.allocUnsafe(1 << 16)

  const check = (result: unknown, call: string, path: HostPath): number => {
    if (typeof result === 'number' && result >= 0) return result
    throw new SystemError(call, path.toString(), errno())
  }
  const getXattrs = (path: HostPath): ReadonlyMap<string, Uint8Array> => {
    const xattrs = new Map<string, Uint8Array>()
    const name = cPath(path)
    const length = Number(llistxattr(name, room, room.length))
    if (length < 0 && errno() === os.errno['ENOTSUP']) return xattrs
    const list = room.toString('utf8', 0, check(length, 'llistxattr', path))
    for (const key of list.split('\0').filter((text) => text !== '')) {
      const size = Number(lgetxattr(name, key, room, room.length))
      // Removed in between, or not for us to read.
      if (size >= 0) xattrs.set(key, Uint8Array.from(room.subarray(0, size)))
    }
    return xattrs
  }
  return {
    getXattrs,
    setXattr: (path, name, value) =>
      void check(lsetxattr(cPath(path), name, value, value.length, 0), 'lsetxattr', path),
    removeXattr: (path, name) => void check(lremovexattr(cPath(path), name), 'lremovexattr', path),
    mknod: (path, mode, device) => void check(mknod(cPath(path), mode, packDevice(device)), 'mknod', path),
    setTimes: (path, access, change) => {
      const times = BigInt64Array.from([access, change].flatMap((time) => [time / second, time % second]))
      check(utimensat(currentDirectory, cPath(path), times, noFollow), 'utimensat', path)
    },
  }
}

function cPath(path: HostPath): Buffer {
  return typeof path === 'string' ? Buffer.from(`${path}\0`) : Buffer.concat([path, Buffer.alloc(1)])
}
