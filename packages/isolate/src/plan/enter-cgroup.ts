import type { Call } from '../machine/call.ts'
import { reportFd } from '../machine/machine-code.ts'
import { closeFrom, planChild } from '../machine/children.ts'
import { AT_FDCWD, CLONE_NEWCGROUP } from '../machine/flags.ts'

const O_WRONLY = 1
const O_CLOEXEC = 0o2000000

/**
 * Moves the process into a control group (cgroups(7)). A parent that stays behind is not in it: it
 * must survive the group to reap the process, without which the process would keep its supervisor.
 * `fd`: the lowest free descriptor; those above are closed.
 */
export function planEnterCgroup(directory: string, fd: number = reportFd + 1): readonly Call[] {
  const close: Call = { ...closeFrom(fd), ignore: ['ENOSYS'] }
  const purpose = `enter the control group ${directory}`
  return [
    close,
    { name: 'openat', args: [AT_FDCWD, `${directory}/cgroup.procs`, O_WRONLY | O_CLOEXEC, 0], purpose },
    // 0 is the writer.
    { name: 'write', args: [fd, '0', 1], purpose },
    close,
  ]
}

/**
 * Goes on in a child with namespaces of its own, as `planChild`, in a control group where one is
 * given. It becomes the root of those that the process sees: in an earlier namespace the process
 * could not have left the group of its parent.
 */
export function planChildIn(cgroup: string | undefined, namespaces: number): readonly Call[] {
  if (cgroup === undefined) return planChild(namespaces)
  return [...planChild(namespaces & ~CLONE_NEWCGROUP), ...planEnterCgroup(cgroup), newCgroupNamespace]
}

const newCgroupNamespace: Call = { name: 'unshare', args: [CLONE_NEWCGROUP], purpose: 'make a control group namespace' }
