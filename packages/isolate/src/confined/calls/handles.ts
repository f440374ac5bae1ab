import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_FOLLOW, EINVAL, EOVERFLOW } from '../../listener/kernel.ts'
import type { Answer } from '../../listener/notification.ts'
import type { ConfinedHandlers, Confinement } from '../context.ts'

/**
 * name_to_handle_at(2). Programs compare the identifiers of files and mounts that it returns.
 * Opening a file by its handle needs a capability that no confined process has.
 */
export const handleHandlers: ConfinedHandlers = {
  name_to_handle_at: (given) => {
    const { tracee, paths, caller } = given
    const { listener } = tracee
    const [directory, flags] = [listener.int(0), listener.int(4)]
    if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | kernelFlags)) !== 0) return -EINVAL
    const name = tracee.readString(listener.address(1))
    const isOpen = name === '' && (flags & AT_EMPTY_PATH) !== 0
    if (isOpen && directory === AT_FDCWD) return describe(given, caller.cwd.fd)
    const fd = isOpen
      ? tracee.openDescriptor(directory)
      : paths.look(directory, name, (flags & AT_SYMLINK_FOLLOW) !== 0)
    return fd < 0 ? fd : tracee.using(fd, () => describe(given, fd))
  },
}

const AT_HANDLE_FID = 0x200
/** The identifier of the mount has 64 bits. */
const AT_HANDLE_MNT_ID_UNIQUE = 1
const kernelFlags = AT_HANDLE_FID | AT_HANDLE_MNT_ID_UNIQUE
/** MAX_HANDLE_SZ */
const longestHandle = 128
/** struct file_handle: size of the handle and its type come first. */
const headSize = 8

function describe({ tracee }: Confinement, fd: number): Answer {
  const { listener, system } = tracee
  const handle = listener.address(2)
  const room = tracee.read(handle, 4).readUInt32LE(0)
  if (room > longestHandle) return -EINVAL
  const memory = system.allocate(headSize + longestHandle)
  memory.bytes.writeUInt32LE(room, 0)
  const flags = (listener.int(4) & kernelFlags) | AT_EMPTY_PATH
  const result = system.call('name_to_handle_at', fd, tracee.pathAt(''), memory.address, tracee.numbers.address, flags)
  // A handle that is too long for the room is not given, but its size is.
  const size = memory.bytes.readUInt32LE(0)
  if (result === 0 || result === -EOVERFLOW) tracee.write(handle, memory, result === 0 ? headSize + size : 4)
  const isUnique = (flags & AT_HANDLE_MNT_ID_UNIQUE) !== 0
  if (result === 0) tracee.write(listener.address(3), tracee.numbers, isUnique ? 8 : 4)
  return result
}
