import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A `docker-registry` process on a free loopback port with an empty store; disposing ends it and
 * removes the store.
 */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string
  /** The only user of a registry started with `htpasswd`. */
  readonly credential: { readonly username: string; readonly password: string }
  /** Its log up to now: one line per request. */
  log(): Promise<string>
}

export interface TestRegistryOptions {
  /** Ask for user name and password (HTTP Basic); of the user `deployer`, else of `builder`. */
  readonly htpasswd?: boolean | 'deployer'
}

const builder = { username: 'builder', password: 'correct horse' }
const deployer = { username: 'deployer', password: 'battery staple' }
// bcrypt of the passwords above, cost 5.
const htpasswdLines = {
  builder: 'builder:$2y$05$tsbuildtestregistryuseB7R8QAfmMOv.ctQ7GruFjrDIa0wqRmi',
  deployer: 'deployer:$2y$05$tsbuildtestregistryuserkCXBrHBKHfBtHCqLbX504mQyWOrbza',
}
const program = 'docker-registry'
/**
 * Start-ups are tried this often: another process may take the port between finding and using it.
 */
const maxStarts = 5

/**
 * Reason why registry tests cannot run here, for the title of a skipped test; undefined when they
 * can.
 */
export const registryMissing: string | undefined = findProgram() ? undefined : `${program} is not installed`

/** Starts a registry and waits until it answers. Deletion is enabled. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const credential = options.htpasswd === 'deployer' ? deployer : builder
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-registry-'))
  try {
    for (let start = 1; start <= maxStarts; start++) {
      const port = await freePort()
      const child = await launch(directory, port, options)
      if (await answers(child, port)) return running(child, { host: `127.0.0.1:${port}`, credential, directory })
      await stop(child)
    }
    throw new Error(`${program} did not start: ${(await readFile(join(directory, 'log'), 'utf8')).slice(-2000)}`)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

function running(
  child: ChildProcess,
  { directory, ...names }: Pick<TestRegistry, 'host' | 'credential'> & { readonly directory: string },
): TestRegistry {
  return {
    ...names,
    log: () => readFile(join(directory, 'log'), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await stop(child)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function launch(directory: string, port: number, options: TestRegistryOptions): Promise<ChildProcess> {
  const config = join(directory, 'config.json')
  const passwords = join(directory, 'htpasswd')
  await writeFile(passwords, `${htpasswdLines[options.htpasswd === 'deployer' ? 'deployer' : 'builder']}\n`)
  // JSON is YAML.
  const settings = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: join(directory, 'store') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    // Else manifests may not say where a layer is to be had.
    validation: { manifests: { urls: { allow: ['^https://'] } } },
    ...(options.htpasswd && { auth: { htpasswd: { realm: 'test', path: passwords } } }),
  }
  await writeFile(config, JSON.stringify(settings))
  await using log = await open(join(directory, 'log'), 'a')
  return spawn(program, ['serve', config], {
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  })
}

/** Waits until the port answers HTTP as a registry does; false when the process ended instead. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  for (let tries = 0; tries < 3000 && child.exitCode === null; tries++) {
    const response = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.headers.has('docker-distribution-api-version') === true) return child.exitCode === null
    await sleep(20)
  }
  return false
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** A TCP port of loopback that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function findProgram(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
