import type { ConfinedHandlers } from '../context.ts'

/** struct utsname: six texts of this size. The second is the host name. */
const fieldSize = 65

/** Calls that describe the machine. */
export const machineHandlers: ConfinedHandlers = {
  uname: ({ tracee, hostname }) => {
    const memory = tracee.system.allocate(6 * fieldSize)
    const result = tracee.system.call('uname', memory.address)
    if (result < 0) return result
    memory.bytes.fill(0, fieldSize, 2 * fieldSize)
    memory.bytes.write(hostname.slice(0, fieldSize - 1), fieldSize, 'latin1')
    tracee.write(tracee.listener.address(0), memory, memory.bytes.length)
    return 0
  },
}
