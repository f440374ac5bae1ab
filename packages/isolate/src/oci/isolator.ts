import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launchLimited, type LimitedPlan } from '../launcher/launch-limited.ts'
import { IsolationError } from '../model/errors.ts'
import type { Call } from '../machine/call.ts'
import { buildLauncher } from '../launcher/elf.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { type FurtherLauncher, hostArch } from '../launcher/start.ts'
import { type Host, readHost } from '../plan/host.ts'
import { withPreparedRoot } from '../root/prepared-root.ts'
import type { Isolator, ProcessSpec } from '../model/process.ts'
import { runtimeConfig } from './config.ts'
import { launcherPath, planContainer, planHook, planRuntime } from './plan.ts'
import { findRuntime, logName, runtimeArguments, type RuntimeName } from './runtime.ts'

/**
 * Runs processes with an OCI runtime. The caller must be able to mount: root, or root of a user
 * namespace.
 */
export function ociIsolator(name: RuntimeName, context: LaunchContext): Isolator {
  const host = readHost(context.libc.landlockAbi())
  return {
    run: (spec, io) =>
      withPreparedRoot(spec, context, ({ spec: prepared, files, onPid }) => {
        const { plan, further } = writeBundle(name, { spec: prepared, host, files, program: planContainer(prepared) })
        return launchLimited(plan, io, { ...context, ...(onPid && { onPid }), further })
      }),
  }
}

interface Bundle {
  readonly spec: ProcessSpec
  readonly host: Host
  /** An empty directory, which becomes the bundle. */
  readonly files: string
  /** Performed in the container. */
  readonly program: readonly Call[]
  /** To be run in a new user namespace. */
  readonly user?: boolean
}

/** Writes a bundle and returns the launch that runs it. */
export function writeBundle(
  name: RuntimeName,
  { spec, host, files, program, user = false }: Bundle,
): { readonly plan: LimitedPlan; readonly further: FurtherLauncher } {
  const path = findRuntime(name)
  const at = (file: string): string => join(files, file)
  const { elf, callAt } = buildLauncher(program, hostArch(), { further: true })
  writeFileSync(at('launcher'), elf, { mode: 0o755, flag: 'wx' })
  writeFileSync(at('hook'), buildLauncher(planHook(spec, host), hostArch()).elf, { mode: 0o755, flag: 'wx' })
  writeFileSync(at('config.json'), runtimeConfig(spec, host, { program: launcherPath, hook: at('hook') }), {
    flag: 'wx',
  })
  const plan: LimitedPlan = (cgroup) =>
    planRuntime(spec, host, { path, args: runtimeArguments(name, files), launcher: at('launcher'), user, cgroup })
  return { plan, further: { callAt, explain: () => runtimeError(name, at(logName)) } }
}

/** The last error that the runtime has logged; it has printed it too. */
function runtimeError(name: RuntimeName, log: string): IsolationError {
  const messages = [...readText(log).matchAll(/^.*"level":"error".*$/gm)].map(([line]) => readMessage(line))
  return new IsolationError(
    'LAUNCH_FAILED',
    `${name} cannot start the process: ${messages.at(-1) ?? 'it logged no error'}`,
  )
}

function readMessage(line: string): string {
  const { msg }: { readonly msg?: unknown } = JSON.parse(line)
  return String(msg).replace(/^\w+ run failed: /, '')
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
