import { chmod, readFile, readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runOrThrow } from '../support/run-program.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import type { HttpServer } from '../support/serve-http.ts'
import { type DockerDaemon, startDocker, withoutDocker } from '../support/start-docker.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const examples = join(import.meta.dirname, '../../examples/kubernetes')

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
}

interface Pod {
  readonly securityContext: { readonly runAsUser: number }
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly name: string }[]
}

interface Job {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: { readonly template: { readonly spec: Pod } }
}

/** Members of the objects of `batch/v1` and `v1` that the examples use, from the API reference. */
const members: Readonly<Record<string, readonly string[]>> = {
  '': ['apiVersion', 'kind', 'metadata', 'spec'],
  metadata: ['name', 'namespace', 'labels', 'annotations'],
  spec: ['backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished', 'template'],
  'spec.template': ['metadata', 'spec'],
  'spec.template.spec': [
    'automountServiceAccountToken',
    'containers',
    'nodeSelector',
    'restartPolicy',
    'securityContext',
    'volumes',
  ],
  'spec.template.spec.securityContext': ['runAsNonRoot', 'runAsUser', 'seccompProfile'],
  'spec.template.spec.securityContext.seccompProfile': ['type'],
  'spec.template.spec.containers': ['name', 'image', 'args', 'env', 'securityContext', 'resources', 'volumeMounts'],
  'spec.template.spec.containers.env': ['name', 'value'],
  'spec.template.spec.containers.securityContext': [
    'allowPrivilegeEscalation',
    'readOnlyRootFilesystem',
    'capabilities',
  ],
  'spec.template.spec.containers.securityContext.capabilities': ['add', 'drop'],
  'spec.template.spec.containers.resources': ['requests', 'limits'],
  'spec.template.spec.containers.resources.requests': ['cpu', 'memory'],
  'spec.template.spec.containers.resources.limits': ['cpu', 'memory'],
  'spec.template.spec.containers.volumeMounts': ['name', 'mountPath', 'readOnly'],
  'spec.template.spec.volumes': ['name', 'emptyDir', 'secret'],
  'spec.template.spec.volumes.emptyDir': ['sizeLimit', 'medium'],
  'spec.template.spec.volumes.secret': ['secretName', 'items'],
  'spec.template.spec.volumes.secret.items': ['key', 'path'],
}
const freeForm = ['spec.template.spec.nodeSelector', 'metadata.labels']

/** Paths of members that the API does not have. */
function unknownMembers(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownMembers(item, path))
  if (typeof value !== 'object' || value === null || freeForm.includes(path)) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`
    return members[path]?.includes(name) === true ? unknownMembers(member, at) : [at]
  })
}

async function readJobs(name: string): Promise<readonly Job[]> {
  const documents = parseAllDocuments(await readFile(join(examples, name), 'utf8'))
  return documents.map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
}

const jobFiles = ['build-job.yaml', 'build-platforms.yaml', 'join-platforms.yaml']

test('the jobs have members that the API has, and meet the profile "restricted"', async () => {
  expect((await readdir(examples)).sort()).toEqual(['README.md', ...jobFiles, 'namespace.yaml'].sort())
  const jobs = (await Promise.all(jobFiles.map(readJobs))).flat()
  expect(jobs.map(({ metadata }) => metadata.name)).toEqual(['build', 'build-amd64', 'build-arm64', 'join'])
  for (const job of jobs) {
    expect(unknownMembers(job)).toEqual([])
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace: 'builds' } })
    const { spec } = job.spec.template
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(spec.containers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    })
    expect(spec.containers[0].volumeMounts.map(({ name }) => name)).toEqual(spec.volumes.map(({ name }) => name))
  }
  expect(unknownMembers({ ...jobs[0], spec: { backoffLimits: 1 } })).toEqual(['spec.backoffLimits'])
})

const obstacle = withoutDocker() ?? (await withoutRun())

describe.skipIf(obstacle !== undefined)(titled('in containers with the restrictions of the jobs', obstacle), () => {
  buildTest('a build with a cache, a matrix, and an index of it', async ({ base, directory }) => {
    await using daemon = await startDocker(join(directory, 'docker'))
    await using registry = await startRegistry({ htpasswd: true })
    await using git = await serveRepository(directory, `${registry.host}/base`)
    await importEmpty(daemon, directory)
    const credentials = await writeCredentials(directory, registry)
    await mustSucceed(
      tsbuild(['copy', '-q', `oci:${base}:latest`, `${registry.host}/base`], {
        root: join(directory, 'store'),
        env: { DOCKER_CONFIG: credentials },
      }),
    )
    const run = async (job: Job, ...more: readonly string[]): Promise<string> => {
      const { spec } = job.spec.template
      const [, ...args] = spec.containers[0].args.map((arg) =>
        arg.replaceAll('registry.example', registry.host).replace('https://git.example', git.url),
      )
      const container = daemon.docker(...dockerRun(spec, credentials), 'empty', tsbuildPath, ...args, ...more)
      return (await mustSucceed(container)).stderr
    }
    for (const job of await readJobs('build-job.yaml')) {
      expect(await run(job)).toContain('2 steps run, 0 from the cache')
      // Another pod has another store: the results of all steps come from the registry.
      expect(await run(job)).toContain('2 steps, all from the cache')
    }
    // Nodes of both platforms are this machine: an argument names the platform.
    for (const job of await readJobs('build-platforms.yaml'))
      await run(job, `--platform=linux/${job.metadata.name.slice('build-'.length)}`, '--target=files')
    for (const job of await readJobs('join-platforms.yaml')) await run(job)
    const { username, password } = registry.credential
    const answer = await fetch(`http://${registry.host}/v2/app/manifests/1`, {
      headers: {
        accept: 'application/vnd.oci.image.index.v1+json',
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
    })
    expect(await answer.json()).toMatchObject({
      manifests: ['amd64', 'arm64'].map((architecture) => ({ platform: { os: 'linux', architecture } })),
    })
  })
})

/** Words of `docker run` that give a container what the pod gives it. */
function dockerRun(
  { securityContext: { runAsUser }, containers: [container] }: Pod,
  credentials: string,
): readonly string[] {
  const { env, securityContext } = container
  expect(securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  // Programs are those of the machine, and the registry is on its loopback interface.
  const system = ['/bin', '/lib', '/lib64', '/usr', '/etc/ssl', join(import.meta.dirname, '../..')]
  return [
    ...['run', '--rm', '--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
    ...[`--user=${runAsUser}`, '--tmpfs=/work:exec,dev,mode=1777', `--volume=${credentials}:/credentials:ro`],
    ...system.filter((path) => existsSync(path)).map((path) => `--volume=${path}:${path}:ro`),
    ...env.map(({ name, value }) => `--env=${name}=${value}`),
  ]
}

async function importEmpty(daemon: DockerDaemon, directory: string): Promise<void> {
  await writeTree(join(directory, 'empty'), { 'etc/hostname': 'empty\n' })
  await runOrThrow('tar', ['-C', join(directory, 'empty'), '-cf', join(directory, 'empty.tar'), '.'])
  await mustSucceed(daemon.docker('import', join(directory, 'empty.tar'), 'empty'))
}

/** The directory that the secret of the jobs is mounted as. */
async function writeCredentials(directory: string, { host, credential }: TestRegistry): Promise<string> {
  const auth = Buffer.from(`${credential.username}:${credential.password}`).toString('base64')
  const path = join(directory, 'credentials')
  await writeTree(path, { 'config.json': JSON.stringify({ auths: { [host]: { auth } } }) })
  await chmod(path, 0o755)
  await chmod(directory, 0o755)
  return path
}

/** A git server with the repository of the jobs. */
async function serveRepository(directory: string, base: string): Promise<HttpServer> {
  const work = join(directory, 'repositories/app.git')
  await writeTree(work, {
    Dockerfile: `FROM scratch AS files\nCOPY file /file\nFROM ${base}\nCOPY file /file\nRUN echo made > /made\n`,
    file: 'content',
  })
  const git = (...args: readonly string[]): Promise<string> =>
    runOrThrow('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@example', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  await git('commit', '--quiet', '--message=first')
  return serveGitHttp(join(directory, 'repositories'))
}

async function mustSucceed(running: Promise<ProgramResult>): Promise<ProgramResult> {
  const result = await running
  expect(result.code, result.stderr).toBe(0)
  return result
}
