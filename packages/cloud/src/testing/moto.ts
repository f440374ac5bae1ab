import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@tsbuild/registry/testing'

/** Reason why tests with moto are left out; undefined where it is installed. */
export const motoMissing: string | undefined =
  spawnSync('moto_server', ['--help']).status === 0 ? undefined : 'moto_server not installed'

/** Another implementation of the protocols of AWS: moto, of Debian's python3-moto. */
export interface Moto extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string
}

/** Starts moto and waits until it answers. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    server.kill()
    await once(server, 'exit')
  }
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined)
    if (answer?.ok) return { endpoint, [Symbol.asyncDispose]: stop }
    await sleep(100)
  }
  await stop()
  throw new Error('moto_server does not answer')
}
