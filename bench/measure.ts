import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** Cost of one run of a program. */
export interface Measurement {
  readonly seconds: number
  /** Most memory one process of it had resident, bytes. */
  readonly peakMemory: number
  /** Processor time of the program and of the children that it waited for; seconds. */
  readonly processorTime: number
}

/**
 * Runs a program to its end; throws with the end of its output when it fails. Memory and
 * processor time are looked at every 20 ms.
 */
export async function measure(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Measurement> {
  const [program = '', ...args] = command
  const start = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)))
  let peakMemory = 0
  let processorTime = 0
  const sampling = setInterval(() => {
    peakMemory = Math.max(peakMemory, readPeak(child.pid ?? 0))
    processorTime = Math.max(processorTime, readProcessorTime(child.pid ?? 0))
  }, 20)
  try {
    const [code]: (number | null)[] = await once(child, 'close')
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${output}`)
    return { seconds: (performance.now() - start) / 1000, peakMemory, processorTime }
  } finally {
    clearInterval(sampling)
  }
}

/** High-water mark of a process or of one of its descendants. */
function readPeak(pid: number): number {
  try {
    const [, kibibytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '),
    )
    return Math.max(
      Number(kibibytes) * 1024,
      ...children.filter((child) => child !== '').map((child) => readPeak(Number(child))),
    )
  } catch {
    // It ended meanwhile.
    return 0
  }
}

/**
 * Processor time of a process and of the children that it waited for, in seconds; 0 for one that
 * has ended.
 */
export function readProcessorTime(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // utime, stime, cutime and cstime of proc_pid_stat(5), in ticks of 10 ms.
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
  } catch {
    return 0
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
