import type { Limits } from '@tsbuild/isolate'

/** Flags of the limits, as messages name them. */
export const limitFlags: Readonly<Record<keyof Limits, string>> = {
  memory: '--memory',
  memorySwap: '--memory-swap',
  cpus: '--cpus',
  cpuShares: '--cpu-shares',
  cpusetCpus: '--cpuset-cpus',
  cpusetMems: '--cpuset-mems',
  pids: '--pids-limit',
}
