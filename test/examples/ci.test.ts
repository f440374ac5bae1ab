import { existsSync } from 'node:fs'
import { chmod, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runOrThrow } from '../support/run-program.ts'
import { type DockerDaemon, startDocker, withoutDocker } from '../support/start-docker.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

const examples = join(import.meta.dirname, '../../examples/ci')

/** The commands of a job, and their surroundings. */
interface CiJob {
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  /** Image that the job pushes. */
  readonly image: string
}

/** Reads the job of a file, as its service would for the registry. */
type JobReader = (text: string, registry: TestRegistry) => CiJob

const readers: Readonly<Record<string, JobReader>> = {
  'github.yml': (text, { host, credential }) => {
    const { steps } = parse(text).jobs.image
    const [install, ...commands] = steps.flatMap(({ run }: { run?: string }) => run ?? [])
    expect(install).toBe('npm install --global tsbuild-oci')
    expect(steps.at(-2).env).toEqual({ TOKEN: '${{ secrets.GITHUB_TOKEN }}' })
    return {
      script: `#!/bin/bash\nset -e\n${commands.join('\n').replaceAll('ghcr.io', host)}`,
      env: {
        TOKEN: credential.password,
        GITHUB_ACTOR: credential.username,
        GITHUB_REPOSITORY: 'Team/App',
        GITHUB_SHA: 'abcdef',
      },
      image: 'team/app:abcdef',
    }
  },
  'gitlab-ci.yml': (text, { host, credential }) => ({
    script: `#!/bin/sh\nset -e\n${parse(text).image.script.join('\n')}`,
    env: {
      CI_REGISTRY: host,
      CI_REGISTRY_USER: credential.username,
      CI_REGISTRY_PASSWORD: credential.password,
      CI_REGISTRY_IMAGE: `${host}/group/app`,
      CI_COMMIT_SHORT_SHA: 'abcdef',
    },
    image: 'group/app:abcdef',
  }),
  Jenkinsfile: (text, { host, credential }) => {
    const [, script = ''] = /sh '''\n([^]*?)'''/.exec(text) ?? []
    expect(text).toContain("IMAGE = 'registry.example/app'")
    return {
      script: `#!/bin/sh -xe\n${script}`,
      env: {
        REGISTRY_USR: credential.username,
        REGISTRY_PSW: credential.password,
        IMAGE: `${host}/app`,
        BUILD_NUMBER: '7',
        DOCKER_CONFIG: '/work/tmp/docker',
        TSBUILD_ROOT: '/work/tmp/tsbuild',
        HOME: '/',
      },
      image: 'app:7',
    }
  },
  'tekton-task.yaml': (text, { host, credential }) => {
    const [step] = parse(text).spec.steps
    const auth = Buffer.from(`${credential.username}:${credential.password}`).toString('base64')
    const config = JSON.stringify({ auths: { [host]: { auth } } })
    const script = step.script
      .replaceAll('$(params.IMAGE)', `${host}/app:1`)
      .replaceAll('$(results.IMAGE_DIGEST.path)', '/work/digest')
      .replaceAll('/store/', '/work/store/')
      .replace(
        '#!/bin/sh\n',
        `#!/bin/sh\nmkdir /work/store /work/dockerconfig\necho '${config}' >/work/dockerconfig/config.json\n`,
      )
    return {
      script: `${script}\ngrep -Ex 'sha256:[0-9a-f]{64}' /work/digest`,
      env: { DOCKER_CONFIG: '/work/dockerconfig', TSBUILD_ROOT: '/work/store', HOME: '/' },
      image: 'app:1',
    }
  },
  'bitbucket-pipelines.yml': (text, { host, credential }) => ({
    script: `#!/bin/bash\nset -e\n${parse(text).pipelines.default[0].step.script.join('\n')}`,
    env: {
      REGISTRY_USER: credential.username,
      REGISTRY_PASSWORD: credential.password,
      IMAGE: `${host}/bitbucket/app`,
      BITBUCKET_COMMIT: 'abcdef',
    },
    image: 'bitbucket/app:abcdef',
  }),
}

test('every file of a service has a test', async () => {
  const readme = await readFile(join(examples, 'README.md'), 'utf8')
  const files = [...readme.matchAll(/^\| \[(.*?)\]/gm)].map(([, name]) => name)
  expect(files).toEqual(Object.keys(readers))
})

const obstacle = withoutDocker() ?? (await withoutRun())

describe.skipIf(obstacle !== undefined)(titled('in a container without rights', obstacle), () => {
  const resources = new AsyncDisposableStack()
  let daemon: DockerDaemon
  let registry: TestRegistry
  let context: string

  beforeAll(async () => {
    const { path } = resources.use(await temporaryDirectory())
    await chmod(path, 0o755)
    const at = (name: string): string => join(path, name)
    registry = resources.use(await startRegistry({ htpasswd: true }))
    daemon = resources.use(await startDocker(at('docker')))
    await writeTree(at('empty'), { 'etc/hostname': 'empty\n' })
    await runOrThrow('tar', ['-C', at('empty'), '-cf', at('empty.tar'), '.'])
    await mustSucceed(daemon.docker('import', at('empty.tar'), 'empty'))
    await writeBaseImage(at('base'))
    const { username, password } = registry.credential
    const env = { DOCKER_CONFIG: at('config') }
    await mustSucceed(
      tsbuild(['login', '-u', username, '--password-stdin', registry.host], {
        root: at('store'),
        env,
        input: password,
      }),
    )
    await mustSucceed(
      tsbuild(['copy', '-q', `oci:${at('base')}:latest`, `${registry.host}/base`], { root: at('store'), env }),
    )
    context = at('context')
    await writeTree(context, {
      Dockerfile: `FROM ${registry.host}/base\nCOPY file /\nRUN id -u >/id\n`,
      file: 'content',
    })
  }, 120_000)
  afterAll(() => resources.disposeAsync())

  test.for(Object.entries(readers))(
    '%s: builds, pushes, and finds all steps in the next container',
    async ([name, read]) => {
      const job = read(await readFile(join(examples, name), 'utf8'), registry)
      const run = async (): Promise<string> => (await mustSucceed(daemon.docker(...containerOf(job, context)))).stderr
      expect(await run()).toContain('2 steps run, 0 from the cache')
      expect(await run()).toContain('2 steps, all from the cache')
      const [repository, tag] = job.image.split(':')
      const authorization = `Basic ${Buffer.from(`${registry.credential.username}:${registry.credential.password}`).toString('base64')}`
      const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${tag}`, {
        headers: { authorization, accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
      expect(answer.status).toBe(200)
    },
  )
})

/** Arguments of docker. Programs are those of the machine, and the registry is on its loopback. */
function containerOf({ script, env }: CiJob, context: string): readonly string[] {
  const system = ['/bin', '/lib', '/lib64', '/usr', '/etc/ssl', join(import.meta.dirname, '../..')]
  const variables = { HOME: '/work', PATH: `${dirname(tsbuildPath)}:/usr/bin:/bin`, ...env }
  return [
    ...['run', '--rm', '--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
    ...['--user=1000', '--tmpfs=/work:exec,dev,mode=1777', '--tmpfs=/tmp:exec,mode=1777', '--workdir=/context'],
    `--volume=${context}:/context:ro`,
    ...system.filter((path) => existsSync(path)).map((path) => `--volume=${path}:${path}:ro`),
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    ...['empty', 'sh', '-c', `cat >/work/script <<'END'\n${script}\nEND\nchmod 755 /work/script\nexec /work/script`],
  ]
}

async function mustSucceed(running: Promise<ProgramResult>): Promise<ProgramResult> {
  const result = await running
  expect(result.code, result.stderr).toBe(0)
  return result
}
