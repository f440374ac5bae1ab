import type { Handlers } from './handler.ts'

/** sigaction(2): sa_flags of the kernel's structure lies behind the handler, on every processor. */
const flagsOffset = 8
const SA_RESTART = 0x10000000

/**
 * A signal that arrives before the supervisor has received a call interrupts it with EINTR, also a
 * call that can never be interrupted, unless the handler restarts calls. Shells get SIGCHLD at any
 * time and have no such handler for it: they are given one. Only this signal is trapped. Calls that
 * wait for signals, as sigsuspend(2) and poll(2), are never restarted.
 */
export const restartHandlers: Handlers = {
  rt_sigaction: ({ tracee }) => {
    const address = tracee.listener.address(1)
    if (address === 0) return 'continue'
    const flags = tracee.read(address + flagsOffset, 4).readUInt32LE(0)
    if ((flags & SA_RESTART) !== 0) return 'continue'
    tracee.numbers.bytes.writeUInt32LE((flags | SA_RESTART) >>> 0, 0)
    tracee.patch(address + flagsOffset, tracee.numbers, 4)
    return 'continue'
  },
}
