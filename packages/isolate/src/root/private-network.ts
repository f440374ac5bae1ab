import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { IsolationError } from '../model/errors.ts'
import { findInPath } from '../machine/find-in-path.ts'
import type { Libc } from '../machine/libc.ts'
import { MS_BIND } from '../machine/flags.ts'

/**
 * Address of the resolver of the machine in the network of RUN, where the real one is on a loopback
 * address (link-local, so it hides no real host).
 */
export const resolverAddress = '169.254.1.1'

/** Path of pasta in PATH; undefined where it is not installed. */
export function findPasta(): string | undefined {
  return findInPath('pasta')
}

/** The error for a private network on a machine without pasta. */
export function pastaMissing(): IsolationError {
  return new IsolationError('RUNG_CANNOT', 'cannot give RUN a private network: pasta is not installed', {
    hint: 'install the package passt, or use --network=none or --network=default',
  })
}

/**
 * A way from a network namespace to the outside, made by pasta (passt.top), which copies packets
 * between a TAP device in the namespace and ordinary sockets of the caller. No port and no loopback
 * address is forwarded in either direction. It ends when disposed, with the caller's PID namespace,
 * and when the network namespace ends.
 */
export class PrivateNetwork implements AsyncDisposable {
  readonly #libc: Libc
  readonly #namespace: string
  readonly #pidFile: string
  #mounted = false
  #pasta: ChildProcess | undefined

  /** `directory` is private and empty. */
  constructor(libc: Libc, directory: string) {
    this.#libc = libc
    this.#namespace = join(directory, 'namespace')
    this.#pidFile = join(directory, 'pid')
  }

  /**
   * Connects the network namespace of a process, and `resolverAddress` with the first resolver of
   * the machine on request. Resolves when packets can pass; rejects with what pasta says.
   */
  async connect(pid: number, { resolver }: { readonly resolver: boolean }): Promise<void> {
    const path = findPasta()
    if (path === undefined) throw pastaMissing()
    // By a path of its own: pasta gives up the rights that opening the one in /proc needs.
    writeFileSync(this.#namespace, '')
    this.#libc.mount({
      type: 'none',
      source: `/proc/${pid}/ns/net`,
      target: this.#namespace,
      flags: MS_BIND,
      options: '',
    })
    this.#mounted = true
    // With it, answers come from this address, whichever was asked.
    const forward = resolver ? ['--dns-forward', resolverAddress] : []
    const args = [...pastaFlags, ...forward, '--pid', this.#pidFile, '--netns', this.#namespace]
    const pasta = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#pasta = pasta
    let words = ''
    pasta.stderr.on('data', (data: Buffer) => (words = `${words}${data.toString()}`.slice(-1000)))
    const failed = once(pasta, 'close').then(([code]) => {
      throw new IsolationError(
        'RUNG_CANNOT',
        `cannot give RUN a private network: pasta ended with ${code}: ${lastLine(words)}`,
        {
          hint: 'see that /dev/net/tun can be opened, or use --network=none or --network=default',
        },
      )
    })
    // Later it ends because it is killed.
    failed.catch(() => undefined)
    // pasta writes its process id when everything is set up.
    while (readFileOr(this.#pidFile) === '') await Promise.race([failed, setTimeout(2)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pasta?.pid !== undefined && this.#pasta.exitCode === null && this.#pasta.signalCode === null) {
      const ended = once(this.#pasta, 'exit')
      this.#pasta.kill('SIGKILL')
      await ended
    }
    if (this.#mounted) this.#libc.unmount(this.#namespace)
    rmSync(this.#namespace, { force: true })
  }
}

const pastaFlags = [
  ['--foreground', '--quiet', '--config-net'],
  // Root stays root: this is the agent of a build, in namespaces of its own.
  ['--runas', '0:0', '--netns-only'],
  // Closes the host's loopback, both its ports and the address of the gateway. RUN opens no port on
  // the host.
  ['--tcp-ports', 'none', '--udp-ports', 'none', '--tcp-ns', 'none', '--udp-ns', 'none', '--no-map-gw'],
].flat()

/** pasta talks of syslog, which is not there, last. */
function lastLine(text: string): string {
  return (
    text
      .split('\n')
      .findLast((line) => line.trim() !== '' && !line.includes('syslog'))
      ?.trim() ?? 'without a word'
  )
}

function readFileOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
