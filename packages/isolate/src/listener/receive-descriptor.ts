import type { System } from './system.ts'

/**
 * Receives a descriptor over a UNIX socket (unix(7), SCM_RIGHTS). Blocks. Undefined when the other
 * end has been closed.
 */
export function receiveDescriptor(system: System, socket: number): number | undefined {
  const [data, vector, control, message] = [8, 16, 24, 56].map((size) => system.allocate(size))
  if (data === undefined || vector === undefined || control === undefined || message === undefined) return undefined
  writeWords(vector.bytes, [data.address, data.bytes.length])
  // struct msghdr: name, vector, control, flags.
  writeWords(message.bytes, [0, 0, vector.address, 1, control.address, control.bytes.length, 0])
  const received = system.call('recvmsg', socket, message.address, MSG_CMSG_CLOEXEC)
  const hasDescriptor = received > 0 && message.bytes.readUInt32LE(40) > 0
  return hasDescriptor ? control.bytes.readInt32LE(16) : undefined
}

const MSG_CMSG_CLOEXEC = 0x40000000

function writeWords(bytes: Buffer, words: readonly number[]): void {
  for (const [index, word] of words.entries()) bytes.writeBigUInt64LE(BigInt(word), 8 * index)
}
