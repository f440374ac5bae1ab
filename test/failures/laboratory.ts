import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import type { Invocation, Sink } from '../../src/cli/invocation/invocation.ts'
import { engine } from '../../src/cli/load-engine.ts'
import { run } from '../../src/cli/run.ts'
import { serveRepositories, makeRepository } from '../support/serve-repositories.ts'
import { withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'
import { type FailureCase, filesOf } from './case.ts'
import { damagedLayouts } from './damaged-layouts.ts'
import { certificate } from './certificate.ts'
import { answerWeb } from './web.ts'

/** Outcome of a call. */
export interface Outcome {
  readonly exitCode: number
  /** Standard output and error, in this order; what varies is replaced. */
  readonly text: string
  /** The last line of standard error when progress is JSON; undefined where that is no error. */
  readonly twin: object | undefined
}

/**
 * Shared state of the cases: a store with the image `busybox`, registries, a web server,
 * repositories.
 */
export interface Laboratory extends AsyncDisposable {
  observe(item: FailureCase): Promise<Outcome>
}

/**
 * Starts everything; disposing ends and removes it. Changes the working directory and the
 * environment of this process.
 */
export async function openLaboratory(): Promise<Laboratory> {
  await using cleanup = new AsyncDisposableStack()
  const { path: root } = cleanup.use(await temporaryDirectory())
  const names = await startServices(root, cleanup)
  const { layout = '' } = names
  const [stored, unpacked] = [join(root, 'stored'), join(root, 'unpacked')]
  await call(['copy', `oci:${layout}:latest`, 'store:busybox'], { place: { store: stored, directory: root } })
  await runOrThrow('cp', ['-al', stored, unpacked])
  const warmUp = { directory: join(root, 'warm-up'), store: unpacked }
  await writeTree(warmUp.directory, { Dockerfile: 'FROM busybox\nRUN true # unpacks the image\n' })
  await call(['build', '.'], { place: warmUp })
  const home = process.cwd()
  cleanup.defer(() => process.chdir(home))

  /**
   * The stored image for cases that name it; unpacked, which are many small files, only for RUN.
   */
  const fillStore = async ({ dockerfile = '', args = [], runs }: FailureCase, store: string): Promise<void> => {
    if (!/busyb/i.test(`${dockerfile} ${args.join(' ')}`)) return
    await runOrThrow('cp', ['-al', runs ? unpacked : stored, store])
  }
  const observeOnce = async (item: FailureCase, env: Readonly<Record<string, string>>): Promise<Ended> => {
    const base = await mkdtemp(join(root, 'case-'))
    const place = { directory: join(base, 'work'), store: join(base, 'store') }
    const fill = (text: string): string => text.replace(/\{([\w-]+)\}/g, (whole, name: string) => names[name] ?? whole)
    try {
      await fillStore(item, place.store)
      const dockerfile = item.dockerfile === undefined ? {} : { Dockerfile: fill(item.dockerfile) }
      await writeTree(place.directory, { ...filesOf(item), ...dockerfile })
      const ended = await call((item.args ?? ['build', '.']).map(fill), {
        place,
        env,
        input: fill(item.input ?? ''),
        terminal: item.terminal ?? false,
      })
      const clean = (text: string): string =>
        normalize(text, { ...names, work: place.directory, store: place.store, above: base })
      return { ...ended, stdout: clean(ended.stdout), stderr: clean(ended.stderr) }
    } finally {
      process.chdir(root)
      await rm(base, { recursive: true, force: true })
    }
  }
  const kept = cleanup.move()
  return {
    observe: async (item) => {
      const { exitCode, stdout, stderr } = await observeOnce(item, {})
      const json = await observeOnce(item, { BUILDKIT_PROGRESS: 'json' })
      return { exitCode, text: `${stdout}${stderr}`, twin: twinOf(json.stderr) }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Directories of a call. */
interface Place {
  /** The working directory. */
  readonly directory: string
  readonly store: string
}

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

interface CallOptions {
  readonly place: Place
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly terminal?: boolean
}

/** One call of the command line in this process. */
async function call(
  argv: readonly string[],
  { place, env, input = '', terminal = false }: CallOptions,
): Promise<Ended> {
  const [stdout, stderr] = [keepText(terminal), keepText(false)]
  process.chdir(place.directory)
  process.env['TSBUILD_ROOT'] = place.store
  const invocation: Invocation = {
    stdin: (async function* () {
      if (input !== '') yield Buffer.from(input)
    })(),
    stdout,
    stderr,
    env: { ...surroundings(), HOME: '/nonexistent', NO_COLOR: '1', TSBUILD_ROOT: place.store, ...env },
    cwd: place.directory,
    signal: new AbortController().signal,
    engine,
  }
  return { exitCode: await run(argv, invocation), stdout: stdout.text, stderr: stderr.text }
}

/** Variables that `startServices` sets. */
function surroundings(): Readonly<Record<string, string>> {
  const names = ['DOCKER_CONFIG', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'GIT_CONFIG_GLOBAL']
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']))
}

function keepText(isTTY: boolean): Sink & { text: string } {
  return {
    text: '',
    isTTY,
    write(text) {
      this.text += typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
    },
  }
}

function twinOf(stderr: string): object | undefined {
  const last = stderr.trimEnd().split('\n').at(-1) ?? ''
  if (!last.startsWith('{"type":"error"')) return undefined
  const twin: object = JSON.parse(last)
  return twin
}

/** Values of `{name}` in cases. */
async function startServices(root: string, cleanup: AsyncDisposableStack): Promise<Readonly<Record<string, string>>> {
  const layout = join(root, 'layout')
  await writeBaseImage(layout)
  await mkdir(join(root, 'docker'))
  // No credentials of the machine, and no way out of it.
  Object.assign(process.env, {
    DOCKER_CONFIG: join(root, 'docker'),
    HTTPS_PROXY: 'http://127.0.0.1:1',
    HTTP_PROXY: 'http://127.0.0.1:1',
    NO_PROXY: '127.0.0.1,0.0.0.0',
    GIT_CONFIG_GLOBAL: '/dev/null',
  })
  for (const name of ['https_proxy', 'http_proxy', 'no_proxy', 'SSH_AUTH_SOCK']) delete process.env[name]
  const services: Record<string, string> = {
    layout,
    ...(await damagedLayouts(layout, root)),
    proxy: '127.0.0.1:1',
    closed: await closedPort(),
    web: await listen(createServer(answerWeb), cleanup),
  }
  // The same server by an address outside of loopback, where TLS is expected.
  services['far-web'] = (services['web'] ?? '').replace('127.0.0.1', '0.0.0.0')
  if (registryMissing === undefined) {
    services['registry'] = cleanup.use(await startRegistry()).host
    services['locked'] = cleanup.use(await startRegistry({ htpasswd: true })).host
  }
  if (withoutPrograms('openssl') === undefined) {
    services['tls'] = await listen(createTlsServer(await certificate(root), answerWeb), cleanup)
  }
  if (withoutPrograms('git') === undefined) {
    await makeRepository(root, 'app.git', { 'service/Dockerfile': 'FROM scratch\n' })
    await makeRepository(root, 'broken.git', { Dockerfile: 'FROM scratch\nCOYP a b\n' })
    const { url } = cleanup.use(await serveRepositories(root))
    services['repositories'] = url
  }
  return services
}

/** Address of a closed port. */
async function closedPort(): Promise<string> {
  await using port = new AsyncDisposableStack()
  return await listen(createServer(), port)
}

async function listen(server: Server, cleanup: AsyncDisposableStack): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return `127.0.0.1:${address.port}`
}

/** Replaces what differs from machine to machine and from run to run. */
function normalize(text: string, names: Readonly<Record<string, string>>): string {
  const named = Object.entries(names)
    .toSorted(([, a], [, b]) => b.length - a.length)
    .reduce((all, [name, value]) => all.replaceAll(value, `{${name}}`), text)
  return named
    .replace(/sha256:(?!0{64})[0-9a-f]{64}/g, 'sha256:…')
    .replace(/sha256:[0-9a-f]{12} [\d.]+[kM]?B\b/g, 'sha256:… …B')
    .replace(/@sha256:(?!0{12})[0-9a-f]{12}\b/g, '@sha256:…')
    .replace(/(DONE [\d.]+s), [\d.]+[kM]?B\b/g, '$1, …B')
    .replace(/\.tsbuild-[\w.-]+\.part\b/g, '.tsbuild-….part')
    .replace(/\b[\d.]+[kM]?B \/ [\d.]+[kM]?B\b/g, '…B / …B')
    .replace(/port \d+ after \d+ ms/g, 'port … after … ms')
    .replace(/\b\d+\.\ds\b/g, '0.0s')
    .replace(/(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC/g, '00:00 UTC')
    .replace(/^(#\d+) \d+\.\d{3} /gm, '$1 0.000 ')
}
