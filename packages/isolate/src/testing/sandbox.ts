import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { capability, capabilitySet } from '../plan/capabilities.ts'
import { effectiveCapabilities } from '../plan/host.ts'
import type { Isolator, ProcessResult, ProcessSpec } from '../model/process.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { loadLibc } from '../machine/libc.ts'

// Help for tests: a root directory with busybox in it, and short ways to run scripts there.

const busybox = '/bin/busybox'
const applets =
  'sh cat chmod chroot echo grep head hostname id ip ln ls mkdir mknod mount mv od ps pwd rm seq setsid sleep stat touch true ulimit unshare wc'.split(
    ' ',
  )

/** True if this machine lets us mount, and has a static busybox. */
export const canSandbox: boolean =
  existsSync(busybox) && (effectiveCapabilities() & capabilitySet([capability.SYS_ADMIN])) !== 0n

/** Defaults of a process. */
export const defaults: Omit<ProcessSpec, 'rootfs' | 'args'> = {
  env: [['PATH', '/nowhere:/bin']],
  cwd: '/',
  user: { uid: 0, gid: 0, groups: [] },
  mounts: [],
  hostname: 'buildkitsandbox',
  network: 'default',
  security: 'sandbox',
  extraHosts: [],
  ulimits: [],
}

export interface Outcome extends ProcessResult {
  readonly out: string
  readonly err: string
}

/** A root directory and an isolator for it, in a directory of their own. */
export class Sandbox implements Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'isolate-'))
  readonly context: LaunchContext = { libc: loadLibc(), scratch: this.at('scratch') }
  readonly #isolator: Isolator

  constructor(isolator: (context: LaunchContext) => Isolator) {
    for (const path of ['scratch', 'rootfs/bin', 'rootfs/tmp']) mkdirSync(this.at(path), { recursive: true })
    copyFileSync(busybox, this.at('rootfs/bin/busybox'))
    for (const name of applets) symlinkSync('busybox', this.at(`rootfs/bin/${name}`))
    this.#isolator = isolator(this.context)
  }

  at(path: string): string {
    return join(this.directory, path)
  }

  /** Runs a shell script, or a program with arguments. */
  async run(
    script: string | readonly string[],
    changes: Partial<ProcessSpec> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Outcome> {
    const output = { stdout: '', stderr: '' }
    const args = typeof script === 'string' ? ['sh', '-c', script] : script
    const onOutput = (stream: 'stdout' | 'stderr', data: Uint8Array): void =>
      void (output[stream] += Buffer.from(data).toString())
    const result = await this.#isolator.run(
      { ...defaults, rootfs: this.at('rootfs'), args, ...changes },
      { signal, onOutput },
    )
    return { ...result, out: output.stdout, err: output.stderr }
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true })
  }
}
