// One step in a process of its own: runs a script in a root directory and reports what it cost.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Ledger, type LedgerRow, loadLibc, type ProcessSpec, rungs } from '@tsbuild/isolate'

/** A script, and a way to run it. */
export interface StepRequest {
  /** A rung, or a program that runs another in the root directory. */
  readonly way: { readonly rung: string } | { readonly command: readonly string[] }
  readonly rootfs: string
  readonly script: string
  /** Private directory in which programs can be executed. */
  readonly scratch: string
  /** Path of a file with the rows of the ledger. */
  readonly ledger?: string
}

/** Cost of a step, from the call of the isolator to its answer. */
export interface StepCost {
  readonly seconds: number
  /** Processor time of the step and of what supervises it. */
  readonly cpuSeconds: number
}

const env = [
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['HOME', '/root'],
  ['LC_ALL', 'C'],
] as const

if (import.meta.main) {
  const request: StepRequest = JSON.parse(process.argv[2] ?? '')
  const run = prepare(request)
  // In a build, time passes before the first step: the base image is unpacked.
  await setTimeout(500)
  const [start, cpu] = [performance.now(), cpuSeconds()]
  const { code, output } = await run()
  const cost: StepCost = { seconds: (performance.now() - start) / 1000, cpuSeconds: cpuSeconds() - cpu }
  process.send?.(code === 0 ? cost : { error: `The script ended with ${code}: ${output}` })
  process.disconnect?.()
  process.exit(0)
}

function prepare({
  way,
  rootfs,
  script,
  scratch,
  ledger,
}: StepRequest): () => Promise<{ code: number; output: string }> {
  let output = ''
  const take = (data: Uint8Array): void => void (output = (output + Buffer.from(data).toString()).slice(-2000))
  const args = ['/bin/sh', '-c', script]
  if ('command' in way) {
    return async () => {
      const [program = '', ...rest] = way.command
      const child = spawn(program, [...rest, ...args], {
        env: Object.fromEntries(env),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr]) stream.on('data', take)
      const [code]: (number | null)[] = await once(child, 'close')
      return { code: code ?? -1, output }
    }
  }
  const rung = rungs.find(({ name }) => name === way.rung)
  if (rung === undefined) throw new Error(`There is no rung ${way.rung}`)
  const rows: readonly LedgerRow[] = ledger === undefined ? [] : JSON.parse(readFileSync(ledger, 'utf8'))
  const spec: ProcessSpec = {
    rootfs,
    args,
    env,
    cwd: '/',
    user: { uid: 0, gid: 0, groups: [0] },
    mounts: [],
    hostname: 'bench',
    network: 'default',
    security: 'sandbox',
    extraHosts: [],
    ulimits: [],
    ...(rung.ledger !== 'none' && { ledger: new Ledger(rows) }),
  }
  const isolator = rung.isolator({ libc: loadLibc(), scratch })
  const io = { signal: new AbortController().signal, onOutput: (_: string, data: Uint8Array) => take(data) }
  return async () => ({ code: (await isolator.run(spec, io)).exitCode, output })
}

/** User and system time of this process and of its children that have ended, in ticks of 10 ms. */
function cpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}
