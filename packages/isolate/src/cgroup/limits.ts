/** Bounds of what a process and all its descendants use together. */
export interface Limits {
  /** Bytes. */
  readonly memory?: number
  /**
   * Bytes of memory and swap space together; -1 leaves swap space unlimited. Default: twice
   * `memory`.
   */
  readonly memorySwap?: number
  /** Processor time, in processors. */
  readonly cpus?: number
  /**
   * Share of processor time where it is scarce, as 2 to 262144; 1024 is that of other processes.
   */
  readonly cpuShares?: number
  /** Numbers of processors: `0-2,7`. */
  readonly cpusetCpus?: string
  /** Numbers of memory nodes. */
  readonly cpusetMems?: string
  /** Processes and threads. */
  readonly pids?: number
}

/** Controllers of control groups (cgroup v2) that limits need. */
export const controllers = ['memory', 'pids', 'cpu', 'cpuset'] as const
export type Controller = (typeof controllers)[number]

/** One value of a control group. */
export interface Setting {
  readonly limit: keyof Limits
  readonly controller: Controller
  readonly file: string
  readonly value: string
  /** The file may be missing. */
  readonly optional?: boolean
}

/**
 * Settings of a control group for some limits. Processes that reach a limit of memory end together.
 */
export function toSettings({
  memory,
  memorySwap,
  cpus,
  cpuShares,
  cpusetCpus,
  cpusetMems,
  pids,
}: Limits): readonly Setting[] {
  const settings: Setting[] = []
  const set = (
    limit: keyof Limits,
    controller: Controller,
    [file, value]: readonly [string, string | number],
  ): void => {
    settings.push({ limit, controller, file: `${controller}.${file}`, value: String(value) })
  }
  if (memory !== undefined) {
    set('memory', 'memory', ['max', memory])
    set('memory', 'memory', ['oom.group', 1])
    const swap = memorySwap ?? 2 * memory
    set('memorySwap', 'memory', ['swap.max', swap < 0 ? 'max' : swap - memory])
  }
  if (pids !== undefined) set('pids', 'pids', ['max', pids])
  if (cpus !== undefined) set('cpus', 'cpu', ['max', `${Math.max(1000, Math.round(cpus * cpuPeriod))} ${cpuPeriod}`])
  if (cpuShares !== undefined) set('cpuShares', 'cpu', ['weight', cpuWeight(cpuShares)])
  if (cpusetCpus !== undefined) set('cpusetCpus', 'cpuset', ['cpus', cpusetCpus])
  if (cpusetMems !== undefined) set('cpusetMems', 'cpuset', ['mems', cpusetMems])
  // The file is missing where the kernel does not count swap space.
  return settings.map((setting) =>
    setting.limit === 'memorySwap' && memorySwap === undefined ? { ...setting, optional: true } : setting,
  )
}

/** Microseconds. */
const cpuPeriod = 100_000

/** From the range of shares, 2 to 262144, to that of weights, 1 to 10000, as runc did for years. */
function cpuWeight(shares: number): number {
  return 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142)
}

/** Controllers that some limits need. */
export function neededControllers(limits: Limits): readonly Controller[] {
  const needed = new Set(toSettings(limits).map(({ controller }) => controller))
  return controllers.filter((name) => needed.has(name))
}

/** The limits that some controllers enforce. */
export function limitsWithin(limits: Limits, available: readonly Controller[]): Limits {
  const names = toSettings(limits).flatMap(({ limit, controller }) => (available.includes(controller) ? [limit] : []))
  return Object.fromEntries(Object.entries(limits).filter(([name]) => names.some((known) => known === name)))
}
