// Runs the files of examples/locked-down as they are, but for the addresses in them:
// node test/matrix/run-examples.ts [FILE ...]
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '@tsbuild/registry/testing'
import { type DebianDaemon, startDebianDaemon } from '../support/debian-daemon.ts'
import { withoutDebian } from '../support/debian-archive.ts'
import { findProgram } from '../support/obstacle.ts'
import { podmanCommand } from '../support/run-container.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { pullImage } from './environment.ts'
import { examplesDirectory } from './examples.ts'
import { pushBases, pushBuilder } from './images.ts'
import { makeRepository, startServers } from './servers.ts'

const obstacle = await withoutDebian()
if (obstacle !== undefined) throw new Error(obstacle)
await using directory = await temporaryDirectory()
await using stack = new AsyncDisposableStack()
const servers = await startServers({ directory: directory.path, cache: undefined, stack })
const { registry } = servers
const images = join(directory.path, 'images')
await mkdir(images)
await pushBases([], { directory: images, containers: true, ...servers })
const image = await pushBuilder({ directory: images, containers: true, ...servers })
const daemon = stack.use(
  await startDebianDaemon(directory.path, { packages: ['crun', 'docker-cli', 'util-linux', 'tar'] }),
)
await pullImage(daemon, image)

const results: Readonly<Record<string, () => Promise<ProgramResult>>> = {
  'docker-run-user.sh': () => runDockerLine(daemon, 'docker-run-user.sh'),
  'docker-run.sh': () => runDockerLine(daemon, 'docker-run.sh'),
  'gitlab-ci.yml': () => runJob(daemon),
  'pod-restricted.yaml': () => playPod('pod-restricted.yaml'),
  'pod.yaml': () => playPod('pod.yaml'),
}
const chosen = process.argv.slice(2)
for (const [name, run] of Object.entries(results)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const { code, stdout, stderr } = await run()
  console.log(`${name}: ${code === 0 ? 'works' : `failed\n${stdout}${stderr}`}`)
  if (code !== 0) process.exitCode = 1
}

/** Runs the script in a directory of the daemon's machine; its containers have no network. */
async function runDockerLine({ run }: DebianDaemon, name: string): Promise<ProgramResult> {
  const dockerfile = 'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "/busybox id -u > /id"]\n'
  const prepare = `mkdir -p /example && cd /example && cat > busybox && chmod 755 busybox && printf '${dockerfile.replaceAll('\n', '\\n')}' > Dockerfile`
  await run('sh', ['-c', prepare], { input: await readFile(findProgram('busybox') ?? '') })
  await run('docker', ['tag', image, 'registry.example/tsbuild:1'])
  const script = await readFile(join(examplesDirectory, name), 'utf8')
  return run('sh', ['-c', `cd /example && ${script}\ntest -n "$(tar -tf ../app.tar index.json)"`])
}

/** Runs the lines of the job in a container, as the Docker executor of a runner does. */
async function runJob({ run }: DebianDaemon): Promise<ProgramResult> {
  await using own = await startRegistry({ htpasswd: true })
  const { host, credential } = own
  const text = await readFile(join(examplesDirectory, 'gitlab-ci.yml'), 'utf8')
  const lines = text.split('\n').flatMap((line) => /^ {4}- (.*)$/.exec(line)?.[1] ?? [])
  const script = [
    'mkdir /builds && cd /builds',
    `printf 'FROM ${registry}/debian\\nRUN id -u > /id\\n' > Dockerfile`,
    ...lines,
  ]
  const variables = {
    CI_REGISTRY: host,
    CI_REGISTRY_USER: credential.username,
    CI_REGISTRY_PASSWORD: credential.password,
    CI_REGISTRY_IMAGE: `${host}/group/app`,
    CI_COMMIT_SHORT_SHA: '1234abcd',
  }
  const flags = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  return await run('docker', ['run', '--rm', '--network=host', ...flags, image, 'sh', '-exc', script.join('\n')])
}

/** Runs the pod with podman, which reads manifests of Kubernetes, and waits for its end. */
async function playPod(name: string): Promise<ProgramResult> {
  const repositories = join(directory.path, `git-${name}`)
  const dockerfile = `FROM ${registry}/debian\nRUN id -u > /id && chown 33:33 /id\n`
  await makeRepository(join(repositories, 'app.git'), { Dockerfile: dockerfile })
  await using git = await serveGitHttp(repositories)
  const text = (await readFile(join(examplesDirectory, name), 'utf8'))
    .replaceAll('registry.example/tsbuild:1', `${image}:latest`)
    .replaceAll('registry.example', registry)
    .replaceAll('https://git.example', git.url)
  const manifest = join(directory.path, name)
  await writeFile(manifest, text)
  const [program = '', ...flags] = await podCommand()
  const settings = join(directory.path, 'containers.conf')
  // Raising limits may need more than this machine has.
  await writeFile(settings, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
  const podman = (...args: readonly string[]): Promise<ProgramResult> =>
    runProgram(program, [...flags, ...args], { env: { CONTAINERS_CONF: settings } })
  const played = await podman('play', 'kube', '--tls-verify=false', '--network=host', manifest)
  const code = played.code === 0 ? Number((await podman('wait', 'build-build')).stdout.trim() || '1') : played.code
  const { stdout, stderr } = played.code === 0 ? await podman('logs', 'build-build') : played
  await podman('play', 'kube', '--down', manifest)
  return { code, stdout, stderr }
}

/**
 * Podman with a runtime that needs no right beyond those of root in a container: with cgroup v2,
 * both raise RLIMIT_MEMLOCK; with v1, runc does not.
 */
async function podCommand(): Promise<readonly string[]> {
  const [unshare, ...command] = podmanCommand(directory.path)
  const isUnified = await access('/sys/fs/cgroup/cgroup.controllers').then(
    () => true,
    () => false,
  )
  if (isUnified) return [unshare ?? '', ...command]
  return [...command.slice(command.indexOf('podman')), '--runtime=runc']
}
