import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Traces of a build on the machine outside its store. */
export interface Traces {
  /** Command lines of processes that belong to builds on the store. */
  readonly processes: readonly string[]
  /** Mount points below the store. */
  readonly mounts: readonly string[]
}

/** Time the kernel gets to end what belonged to a killed process. */
const patience = 60_000

/**
 * Looks for processes and mounts of builds on the store `root`; waits a while for the last ones to
 * go. Needs the rights to look at them.
 */
export async function findTraces(root: string): Promise<Traces> {
  for (const end = Date.now() + patience; ; await sleep(50)) {
    const traces = { processes: await processesOf(root), mounts: await mountsBelow(root) }
    if ((traces.processes.length === 0 && traces.mounts.length === 0) || Date.now() > end) return traces
  }
}

/** A process of a build has the store in its environment, or works on its files. */
async function processesOf(root: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): Promise<string> => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')
    const [environment, commandLine, mounts] = [await read('environ'), await read('cmdline'), await read('mountinfo')]
    if (environment.includes(`TSBUILD_ROOT=${root}\0`) || commandLine.includes(root) || mounts.includes(root)) {
      found.push(`${id} ${commandLine.replaceAll('\0', ' ')}`)
    }
  }
  return found
}

async function mountsBelow(root: string): Promise<readonly string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return mounts
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((path) => path.startsWith(root))
}
