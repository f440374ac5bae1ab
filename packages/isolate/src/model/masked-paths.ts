/** Parts of /proc that change the machine. */
export const readonlyPaths: readonly string[] = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map(
  (name) => `/proc/${name}`,
)
/** Parts of /proc and /sys that describe the machine. */
export const maskedDirectories = ['acpi', 'asound', 'scsi'].map((name) => `/proc/${name}`)
export const maskedFiles = [
  'interrupts',
  'kcore',
  'keys',
  'latency_stats',
  'sched_debug',
  'timer_list',
  'timer_stats',
].map((name) => `/proc/${name}`)
export const maskedSys = ['/sys/firmware', '/sys/devices/virtual/powercap']
export const maskedPaths: readonly string[] = [...maskedDirectories, ...maskedFiles, ...maskedSys]
