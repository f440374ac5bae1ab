import { readFile } from 'node:fs/promises'

/** Words of the firmware of virtual machines (System Management BIOS), by cloud. */
const marks = {
  aws: /amazon/i,
  azure: /microsoft/i,
  google: /google/i,
} as const

const files = ['sys_vendor', 'product_name', 'bios_vendor', 'bios_version', 'board_vendor'].map(
  (name) => `/sys/class/dmi/id/${name}`,
)

/**
 * False when the firmware names another maker than a cloud, so that its metadata service need not
 * be awaited. True where the firmware cannot be read, as in many sandboxes.
 */
export async function mayBeMachineOf(cloud: keyof typeof marks): Promise<boolean> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  const words = texts.join(' ').trim()
  return words === '' || marks[cloud].test(words)
}
