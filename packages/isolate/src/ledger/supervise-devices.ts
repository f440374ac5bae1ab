import type { Arch } from '../machine/machine-code.ts'
import { answerCalls, clearUmask } from '../listener/answer-calls.ts'
import { deviceAttribute, encodeDevice, requestedDevice } from './devices.ts'
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, S_ISGID } from '../listener/kernel.ts'
import type { LedgerDevice } from './ledger.ts'
import { type Answer, Listener } from '../listener/notification.ts'
import { loadSystem } from '../listener/system.ts'
import { Tracee } from '../listener/tracee.ts'
import { deviceCalls } from './trapped.ts'

/**
 * Makes the devices that a user namespace refuses, as `answerCalls` does: empty files with
 * `deviceAttribute`. All other calls on them are the kernel's.
 */
export function superviseDevices({ arch, fd }: { readonly arch: Arch; readonly fd: number }): void {
  const system = loadSystem(arch)
  clearUmask(system)
  using listener = new Listener(system, fd, { arch })
  using tracee = new Tracee(listener, system, arch)
  // chroot(2) is not trapped.
  tracee.expectOtherRoots()
  const names = new Map(deviceCalls(arch).map(({ number, name }) => [number, name]))
  answerCalls(listener, () =>
    names.get(listener.number) === 'mknodat'
      ? makeNode(tracee, { directory: listener.int(0), path: 1 })
      : makeNode(tracee, { directory: AT_FDCWD, path: 0 }),
  )
}

/** mknod(2), with the path at the argument `path`; mode and device number come after it. */
function makeNode(tracee: Tracee, { directory, path }: { readonly directory: number; readonly path: number }): Answer {
  const { listener } = tracee
  const mode = listener.uint(path + 1)
  const device = requestedDevice(mode, listener.uint(path + 2))
  if (device === undefined || !tracee.rights.capabilities.has(CAP_MKNOD)) return 'continue'
  return tracee.inParent(directory, tracee.readString(listener.address(path)), (parent, name) =>
    makePlaceholder(tracee, { parent, name, mode, device }),
  )
}

const CAP_MKNOD = 27

interface NewDevice {
  readonly parent: number
  readonly name: string
  readonly mode: number
  readonly device: LedgerDevice
}

function makePlaceholder(tracee: Tracee, { parent, name, mode, device }: NewDevice): Answer {
  const { system } = tracee
  const { uid, gid } = tracee.rights
  const wanted = mode & ~tracee.umask & 0o7777
  const fd = system.call('openat', parent, tracee.pathAt(name), O_CREAT | O_EXCL | O_CLOEXEC, wanted & 0o777)
  if (fd < 0) return fd
  return tracee.using(fd, () => {
    const value = encodeDevice(device)
    const memory = system.allocate(value.length)
    memory.bytes.set(value)
    if (system.call('fsetxattr', fd, tracee.pathAt(deviceAttribute), memory.address, value.length, 0) < 0) {
      system.call('unlinkat', parent, tracee.pathAt(name), 0)
      // The kernel refuses the device.
      return 'continue'
    }
    const passesGroup = (tracee.status(parent).mode & S_ISGID) !== 0
    if (uid !== 0 || gid !== 0) system.call('fchown', fd, uid, passesGroup ? -1 : gid)
    // The umask of a directory's default ACL has been applied by then.
    if ((wanted & 0o7000) !== 0) system.call('fchmod', fd, wanted)
    return 0
  })
}
