import type { Limits } from '@tsbuild/isolate'
import { type Check, integer, optional, shape, text, wrongValue } from './option-value.ts'

/** Bytes that a process needs to start, as docker has it. */
const leastMemory = 6 << 20

/** Limits of RUN. Swap space is limited together with memory, never alone. */
export const checkLimits: Check = (value, path) => {
  shape<Limits>({
    memory: optional(integer(leastMemory)),
    memorySwap: optional(integer(-1)),
    cpus: optional(processors),
    cpuShares: optional(integer(2, 262_144)),
    cpusetCpus: optional(text),
    cpusetMems: optional(text),
    pids: optional(integer(1)),
  })(value, path)
  const { memory, memorySwap } = isLimits(value) ? value : {}
  if (memorySwap === undefined || (memory !== undefined && (memorySwap === -1 || memorySwap >= memory))) return
  throw wrongValue(`${path}.memorySwap`, `-1 or at least ${path}.memory, which must be set`, String(memorySwap))
}

const processors: Check = (value, path) => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0.01) return
  throw wrongValue(path, 'a number of at least 0.01', typeof value === 'number' ? String(value) : `a ${typeof value}`)
}

/** To be called after the check. */
function isLimits(value: unknown): value is Limits {
  return typeof value === 'object'
}
