import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TsbuildError } from '@tsbuild/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuildOptions } from '../../options.ts'
import { call, recordingEngine } from '../testing/invocation.ts'

let cwd = ''
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tsbuild-build-'))
  await writeFile(join(cwd, 'Dockerfile'), 'FROM scratch\nCPY a b\n')
  await writeFile(join(cwd, 'token'), 't')
  await writeFile(join(cwd, 'key'), 'k')
})
afterAll(() => rm(cwd, { recursive: true }))

/** The options a call comes down to. */
async function optionsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<BuildOptions> {
  const { engine, builds } = recordingEngine()
  const { status, stderr } = await call(argv, { engine, cwd, env })
  const [options] = builds
  if (status !== 0 || options === undefined) throw new Error(stderr)
  return options
}

const digest = `sha256:${'a'.repeat(64)}` as const
const made = {
  digest,
  configDigest: `sha256:${'c'.repeat(64)}`,
  mediaType: 'application/x',
  size: 7,
  names: ['app:1', 'app:2'],
} as const

test('with and without its name, wherever the context stands', async () => {
  for (const argv of [
    ['build', '-t', 'app', '.'],
    ['-t', 'app', '.'],
    ['.', '-t', 'app'],
    ['.', '-t=app'],
    ['--tag=app', '.'],
  ]) {
    expect(await optionsOf(argv)).toMatchObject({ context: cwd, tags: ['app'] })
  }
})

test('flags become options', async () => {
  const flags = [
    ['--target', 'test', '--platform', 'linux/amd64,linux/arm64', '--platform', 'linux/386'],
    ['--build-arg', 'A=1', '--label', 'l=v', '--annotation', 'index:a=b'],
    ['--build-context', 'base=docker-image://alpine', '--build-context', 'files=sub'],
    ['--secret', 'id=token', '--secret', 'id=env,env=HOME', '--ssh', 'deploy=key'],
    ['--no-cache-filter', 'a,b', '--pull', '--network', 'none', '--add-host', 'db=::1', '--shm-size', '1k'],
    ['--ulimit', 'nofile=1:2', '--allow', 'network.host,security.insecure', '--isolation', 'chroot'],
    ['--root', 'store', '--insecure-registry', 'r.example:5000'],
    ['--provenance', 'mode=min', '--attest', 'type=sbom,generator=scan'],
  ].flat()
  expect(await optionsOf([...flags, '.'])).toMatchObject({
    target: 'test',
    platforms: ['linux/amd64', 'linux/arm64', 'linux/386'],
    args: { A: '1' },
    labels: { l: 'v' },
    annotations: [{ key: 'a', value: 'b', target: 'index' }],
    contexts: { base: 'docker-image://alpine', files: join(cwd, 'sub') },
    secrets: { token: { file: join(cwd, 'token') }, env: { env: 'HOME' } },
    ssh: { deploy: [join(cwd, 'key')] },
    noCache: ['a', 'b'],
    pull: true,
    network: 'none',
    addHosts: { db: ['::1'] },
    shmSize: 1024,
    ulimits: { nofile: { soft: 1, hard: 2 } },
    allow: ['network.host', 'security.insecure'],
    isolation: 'chroot',
    root: join(cwd, 'store'),
    env: expect.any(Object),
    cwd,
    insecureRegistries: ['r.example:5000'],
    attestations: [
      { type: 'sbom', generator: 'scan', parameters: {} },
      { type: 'provenance', mode: 'min' },
    ],
  })
})

test('booleans take =true and =false', async () => {
  expect(await optionsOf(['--no-cache=true', '--pull=false', '.'])).toMatchObject({ noCache: true, pull: false })
  expect((await call(['--pull=perhaps', '.'])).stderr).toContain('invalid --pull "perhaps"')
})

test.for<[string[], unknown]>([
  [[], undefined],
  [['-o', 'out'], [{ kind: 'local' }]],
  [['--push'], [{ kind: 'image', push: true, names: ['r.example/a'] }]],
  [['--push', '-o', 'type=image,compression=zstd'], [{ kind: 'image', push: true, compression: { type: 'zstd' } }]],
  [
    ['--push', '-o', 'type=oci,dest=a.tar'],
    [{ kind: 'oci' }, { kind: 'image', push: true }],
  ],
  [['-d', 'r.example/b'], [{ kind: 'image', push: true, names: ['r.example/a', 'r.example/b'] }]],
  [['-d', 'r.example/b', '--no-push', '--tar-path', 'x.tar'], [{ kind: 'docker', tar: true }]],
  [['--no-push', '--oci-layout-path', 'layout'], [{ kind: 'oci', tar: false }]],
])('outputs of %j', async ([flags, outputs]) => {
  const options = await optionsOf(['-t', 'r.example/a', ...flags, '.'])
  if (outputs === undefined) expect(options.outputs).toBeUndefined()
  else expect(options.outputs).toMatchObject(outputs as object)
})

test.for<[string[], RegExp]>([
  [['-t', 'app'], /missing context/],
  [['nowhere'], /"nowhere" does not exist/],
  [['-t', 'UPPER', '.'], /--tag.*"UPPER"/],
  [['-t', `app@${digest}`, '.'], /a tag cannot have a digest/],
  [['--platform', 'linux/a/b/c', '.'], /--platform/],
  [['--network', 'bridge', '.'], /--network.*default, host, private, none/s],
  [['--isolation', 'vm', '.'], /--isolation.*auto, root, userns/s],
  [['--progress', 'loud', '.'], /--progress.*auto, tty, plain, json/s],
  [['--allow', 'everything', '.'], /expected one of network.host, security.insecure/],
  [['--secret', 'id=none', '.'], /does not exist: none/],
  [['-o', '-', '-o', 'type=oci', '.'], /not several/],
  [['--iidfile', 'x', '-o', 'out', '.'], /--iidfile/],
  [['--no-such-flag', '.'], /unknown option '--no-such-flag'/],
  [['--load', '.'], /docker or podman/],
  [['.', 'another'], /too many arguments/],
])('%j ends with 2', async ([argv, message]) => {
  const { engine, builds } = recordingEngine()
  const { status, stderr } = await call(argv, { engine, cwd })
  expect(stderr).toMatch(message)
  expect(status).toBe(2)
  expect(builds).toEqual([])
})

test('result files, and the digest on standard output', async () => {
  const { engine } = recordingEngine(made)
  const files = ['--iidfile', 'iid', '--digest-file', 'digest', '--metadata-file', 'meta.json']
  expect(await call(['-q', ...files, '.'], { engine, cwd })).toEqual({ status: 0, stdout: `${digest}\n`, stderr: '' })
  expect(await readFile(join(cwd, 'iid'), 'utf8')).toBe(digest)
  expect(await readFile(join(cwd, 'digest'), 'utf8')).toBe(digest)
  expect(JSON.parse(await readFile(join(cwd, 'meta.json'), 'utf8'))).toEqual({
    'containerimage.config.digest': made.configDigest,
    'containerimage.descriptor': { mediaType: 'application/x', digest, size: 7 },
    'containerimage.digest': digest,
    'image.name': 'app:1,app:2',
  })
})

test('an image for docker or podman is known by its config', async () => {
  const { engine } = recordingEngine(made)
  const { stdout } = await call(['-q', '--iidfile', 'config', '-o', 'type=docker,dest=a.tar', '.'], { engine, cwd })
  expect(stdout).toBe(`${made.configDigest}\n`)
  expect(await readFile(join(cwd, 'config'), 'utf8')).toBe(made.configDigest)
})

test('ids as buildah and kaniko write them, gone when a build fails', async () => {
  const files = [
    '--iidfile-raw',
    'raw',
    '--image-name-with-digest-file',
    'named',
    '--image-name-tag-with-digest-file',
    'tagged',
  ]
  const argv = ['-d', 'r.example/a/b:1', '-t', 'c', '--no-push', ...files, '.']
  await call(argv, { engine: recordingEngine(made).engine, cwd })
  expect(await readFile(join(cwd, 'raw'), 'utf8')).toBe(digest.slice('sha256:'.length))
  expect(await readFile(join(cwd, 'named'), 'utf8')).toBe(`docker.io/library/c@${digest}\nr.example/a/b@${digest}\n`)
  expect(await readFile(join(cwd, 'tagged'), 'utf8')).toBe(
    `docker.io/library/c:latest@${digest}\nr.example/a/b:1@${digest}\n`,
  )
  await call(argv, { engine: { build: () => Promise.reject(new Error('no')) }, cwd })
  for (const file of ['raw', 'named', 'tagged']) await expect(readFile(join(cwd, file))).rejects.toThrow('ENOENT')
})

test('a failed build leaves no id behind, shows the place and ends with 1', async () => {
  await writeFile(join(cwd, 'stale'), 'old')
  const error = new TsbuildError('UNKNOWN_INSTRUCTION', 'unknown instruction: CPY', {
    range: { start: { line: 2, column: 1 }, end: { line: 2, column: 4 } },
    source: { name: 'Dockerfile', text: 'FROM scratch\nCPY a b\n' },
  })
  const engine = { build: () => Promise.reject(error) }
  const { status, stderr } = await call(['--iidfile', 'stale', '.'], { engine, cwd })
  expect(status).toBe(1)
  expect(stderr).toMatch(/error: unknown instruction: CPY\n\nDockerfile:2:1\n[\s\S]*> 2 \| CPY a b/)
  await expect(readFile(join(cwd, 'stale'))).rejects.toThrow('ENOENT')
  const json = await call(['--progress', 'json', '.'], { engine, cwd })
  const last = JSON.parse(json.stderr.trim().split('\n').at(-1) ?? '')
  expect(last).toMatchObject({
    type: 'error',
    code: 'UNKNOWN_INSTRUCTION',
    exitCode: 1,
    file: 'Dockerfile',
    line: 2,
    column: 1,
    frame: expect.any(String),
  })
})

test('progress as JSON ends with the result', async () => {
  const { engine } = recordingEngine(made)
  const { stderr } = await call(['--progress=json', '.'], { engine, cwd })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ type }) => type)).toEqual(['schema', 'result'])
  expect(lines[1]).toMatchObject({ digest, names: made.names })
})

test('--check and --call print the answer and build nothing', async () => {
  const asked: string[] = []
  const engine = {
    answerSubrequest: async (request: string) => {
      asked.push(request)
      return { text: 'one problem\n', json: { problems: 1 }, notes: [], failed: request === 'check' }
    },
  }
  expect(await call(['--check', '.'], { engine, cwd })).toEqual({ status: 1, stdout: 'one problem\n', stderr: '' })
  const outline = await call(['--call', 'outline,format=json', '.'], { engine, cwd })
  expect([outline.status, JSON.parse(outline.stdout)]).toEqual([0, { problems: 1 }])
  expect(asked).toEqual(['check', 'outline'])
})

test('an aborted build ends with 130 for any error', async () => {
  const controller = new AbortController()
  const engine = {
    build: async () => {
      controller.abort()
      throw new Error('torn down')
    },
  }
  const { status, stderr } = await call(['.'], { engine, cwd, signal: controller.signal })
  expect([status, stderr]).toEqual([130, 'error: interrupted\n'])
})
