import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { serveFiles } from '../support/serve-http.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { gitIn, makeRepository } from '../support/serve-repositories.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { withoutShell } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'
import { rootsOf, type Said, statementsOf } from './read-layout.ts'

const epoch = { SOURCE_DATE_EPOCH: '1700000000' }

/** The only statement of the only attestation of a layout. */
async function statementIn(layout: string): Promise<Said> {
  const referrer = (await rootsOf(layout)).find(({ artifactType }) => artifactType !== undefined)
  const [statement, ...others] = await statementsOf(layout, referrer?.digest)
  if (statement === undefined || others.length > 0) throw new Error(`${others.length + 1} statements`)
  return statement
}

const obstacle = withoutShell() ?? (await withoutRun())
describe.skipIf(obstacle !== undefined)(titled('RUN', obstacle), () => {
  const dockerfile = [
    'FROM base AS one',
    'ARG WORD=default',
    'LABEL l=v',
    'RUN --mount=type=secret,id=tok,env=TOKEN test ${#TOKEN} = 10 && echo $WORD > /w',
    'FROM base',
    'COPY --from=one /w /w',
    'COPY a /a',
    '',
  ].join('\n')
  const args = ['--secret', 'id=tok,env=TOK', '--build-arg', 'WORD=spoken-word', '--label', 'm=label-value']
  const request = { files: { a: 'hello' }, env: { ...epoch, TOK: 'hush-value' } }

  test('max: arguments, ids of secrets, steps with their lines and layers; never what a secret holds', async ({
    tryBuild,
  }) => {
    const { layout, code, stderr } = await tryBuild(dockerfile, {
      ...request,
      args: ['--provenance=mode=max', ...args],
    })
    expect(code, stderr).toBe(0)
    const { predicate } = await statementIn(layout)
    expect(predicate).toMatchObject({
      buildDefinition: {
        externalParameters: {
          configSource: { path: 'Dockerfile' },
          request: {
            frontend: 'dockerfile.v0',
            args: {
              'build-arg:WORD': 'spoken-word',
              'label:m': 'label-value',
              'context:base': 'oci-layout://base:latest',
            },
            secrets: [{ id: 'tok', optional: true }],
            locals: [{ name: 'context' }, { name: 'dockerfile' }],
          },
        },
        internalParameters: { builderPlatform: expect.stringMatching(/^linux\//) },
        resolvedDependencies: [
          { uri: expect.stringMatching(/^pkg:oci\/base\?digest=sha256:[0-9a-f]{64}&platform=linux%2F/) },
        ],
      },
      runDetails: {
        builder: { id: '', version: { tsbuild: expect.any(String) } },
        metadata: {
          buildkit_completeness: { request: true, resolvedDependencies: false },
          buildkit_metadata: {
            source: {
              infos: [
                { filename: 'Dockerfile', language: 'Dockerfile', data: Buffer.from(dockerfile).toString('base64') },
              ],
            },
          },
        },
      },
    })
    const text = JSON.stringify(predicate)
    expect(text).toContain('echo $WORD > /w')
    expect(text).not.toContain('hush-value')
    expect(text).not.toContain(layout.slice(0, layout.lastIndexOf('/')))
    const layers = /"layers":(\{.*?\]\]\})/.exec(text)?.[1] ?? ''
    const { layers: inManifest }: { layers: { digest: string }[] } = JSON.parse(
      await readFile(join(layout, 'blobs', ...((await rootsOf(layout))[0]?.digest ?? '').split(':')), 'utf8'),
    )
    for (const { digest } of inManifest) expect(layers).toContain(digest)
  })

  test('min: nothing of these', async ({ tryBuild }) => {
    for (const version of ['v1', 'v0.2']) {
      const { layout } = await tryBuild(dockerfile, {
        ...request,
        args: [`--provenance=mode=min,version=${version}`, ...args],
      })
      const { predicateType, predicate } = await statementIn(layout)
      expect(predicateType).toBe(`https://slsa.dev/provenance/${version}`)
      const text = JSON.stringify(predicate)
      for (const word of ['spoken-word', 'label-value', '"tok"', 'echo', 'llbDefinition', 'hush-value'])
        expect(text).not.toContain(word)
      expect(text).toContain('pkg:oci/base')
    }
  })

  test('a layout is named as the context that the build used, also when another source has the same digest', async ({
    base,
    tryBuild,
  }) => {
    const contexts = ['aaa', 'node:20-alpine', 'zzz'].flatMap((name) => [
      '--build-context',
      `${name}=oci-layout://${base}:latest`,
    ])
    const request = { files: {}, env: epoch, args: ['--provenance=mode=max', ...contexts] }
    const { layout, stderr } = await tryBuild('FROM node:20-alpine\nRUN true\n', request)
    const { predicate } = await statementIn(layout)
    expect(predicate).toMatchObject({
      buildDefinition: { resolvedDependencies: [{ uri: expect.stringMatching(/^pkg:oci\/node@20-alpine\?digest=/) }] },
    })
    expect(JSON.stringify(predicate)).toContain('oci-layout://node:20-alpine@sha256:')
    expect(stderr).toContain('FROM node:20-alpine@sha256:')
  })

  test('with SOURCE_DATE_EPOCH it is the same again, also when nothing had to be done; without it is not', async ({
    tryBuild,
  }) => {
    const said = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const { layout } = await tryBuild(dockerfile, {
        ...request,
        env: { ...env, TOK: 'hush-value' },
        args: ['--provenance=true', ...args],
      })
      return JSON.stringify(await statementIn(layout))
    }
    expect(await said(epoch)).toBe(await said(epoch))
    const undated = await said({})
    expect(undated).toMatch(/"invocationId":.*"startedOn":.*"finishedOn":/)
    expect(undated).not.toBe(await said({}))
  })
})

const withoutGit = withoutPrograms('git')
describe.skipIf(withoutGit !== undefined)(titled('git', withoutGit), () => {
  test('a repository as context: its commit is the config source and a dependency, and nothing is missing', async ({
    directory,
    store,
  }) => {
    const commit = await makeRepository(directory, 'r.git', { Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'hello' })
    await using server = await serveGitHttp(directory)
    const address = `${server.url}/r.git#main`
    const output = ['-o', `type=oci,tar=false,dest=${join(directory, 'layout')}`]
    const args = [
      '--provenance=mode=min,complete-materials=true,builder-id=https://ci.example/7,reproducible=true',
      ...output,
      address,
    ]
    const { code, stderr } = await tsbuild(args, { root: store, cwd: directory, env: epoch })
    expect(code, stderr).toBe(0)
    expect((await statementIn(join(directory, 'layout'))).predicate).toEqual({
      buildDefinition: {
        buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
        externalParameters: {
          configSource: { uri: address, digest: { sha1: commit }, path: 'Dockerfile' },
          request: { frontend: 'dockerfile.v0' },
        },
        internalParameters: { builderPlatform: expect.stringMatching(/^linux\//) },
        resolvedDependencies: [{ uri: address, digest: { sha1: commit } }],
      },
      runDetails: {
        builder: { id: 'https://ci.example/7', version: { tsbuild: expect.any(String) } },
        metadata: {
          buildkit_metadata: {},
          buildkit_hermetic: true,
          buildkit_completeness: { request: false, resolvedDependencies: true },
          buildkit_reproducible: true,
        },
      },
    })
  })

  test('a working tree as context: commit and remote, unless BUILDX_GIT_INFO says no', async ({ directory, store }) => {
    const commit = await makeRepository(directory, 'tree', {
      'sub/Dockerfile': 'FROM scratch\nCOPY a /\n',
      'sub/a': '',
    })
    await gitIn(directory, 'tree')('remote', 'add', 'origin', 'https://me:hush@host.example/x.git')
    await writeFile(join(directory, 'tree/sub/a'), 'changed')
    const vcs = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
      const layout = join(directory, `layout${Object.keys(env).join('')}`)
      const args = ['--provenance=mode=min', '-o', `type=oci,tar=false,dest=${layout}`, 'tree/sub']
      expect(await tsbuild(args, { root: store, cwd: directory, env })).toMatchObject({ code: 0 })
      const { predicate } = await statementIn(layout)
      return predicate['runDetails']
    }
    const told = {
      'localdir:context': 'sub',
      'localdir:dockerfile': 'sub',
      revision: commit,
      source: 'https://host.example/x.git',
    }
    const within = (facts: object): object => ({ metadata: { buildkit_metadata: facts } })
    expect(await vcs({})).toMatchObject(within({ vcs: told }))
    expect(await vcs({ BUILDX_GIT_CHECK_DIRTY: '1' })).toMatchObject(
      within({ vcs: { ...told, revision: `${commit}-dirty` } }),
    )
    expect(await vcs({ BUILDX_GIT_INFO: '0' })).toMatchObject(within({}))
  })
})

test('a download is a dependency with its digest; so it stays when the layer comes from the cache', async ({
  directory,
  store,
}) => {
  await using server = await serveFiles({ '/f': 'hello' })
  await writeTree(join(directory, 'context'), { Dockerfile: `FROM scratch\nADD ${server.url}/f /\n` })
  const dependency = { uri: `${server.url}/f`, digest: { sha256: createHash('sha256').update('hello').digest('hex') } }
  for (const layout of ['first', 'second']) {
    const args = ['--provenance=mode=min', '-o', `type=oci,tar=false,dest=${layout}`, 'context']
    expect(await tsbuild(args, { root: store, cwd: directory })).toMatchObject({ code: 0 })
    const { predicate } = await statementIn(join(directory, layout))
    expect(predicate['buildDefinition']).toMatchObject({ resolvedDependencies: [dependency] })
  }
})

test('a context behind a URL is named, and so is a Dockerfile; what the caller gives is not', async ({
  directory,
  store,
}) => {
  await using server = await serveFiles({ '/Dockerfile': 'FROM scratch\nCOPY . /\n' })
  await writeTree(join(directory, 'context'), { a: '' })
  const told = async (layout: string, ...args: readonly string[]): Promise<Said> => {
    const run = ['--provenance=mode=min', '-o', `type=oci,tar=false,dest=${layout}`, ...args]
    const { code, stderr } = await tsbuild(run, { root: store, cwd: directory, env: epoch })
    expect(code, stderr).toBe(0)
    return statementIn(join(directory, layout))
  }
  const uri = `${server.url}/Dockerfile`
  const dependency = { uri, digest: { sha256: createHash('sha256').update('FROM scratch\nCOPY . /\n').digest('hex') } }
  const context = await told('one', uri)
  expect(context.predicate['buildDefinition']).toMatchObject({
    externalParameters: { configSource: dependency },
    resolvedDependencies: [dependency],
  })
  expect(JSON.stringify(context.predicate)).toContain('"resolvedDependencies":true')
  const file = await told('two', '-f', uri, 'context')
  expect(file.predicate['buildDefinition']).toMatchObject({
    externalParameters: { configSource: { path: 'Dockerfile' }, request: { locals: [{ name: 'context' }] } },
    resolvedDependencies: [dependency],
  })
  expect(JSON.stringify(file.predicate)).toContain('"resolvedDependencies":false')
})

test('the metadata file tells how each platform was made', async ({ directory, store }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
  const metadata = async (
    env: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<Readonly<Record<string, unknown>>> => {
    const run = ['--metadata-file', 'm.json', '-o', 'type=oci,dest=image.tar', ...args, 'context']
    expect(await tsbuild(run, { root: store, cwd: directory, env })).toMatchObject({ code: 0 })
    return JSON.parse(await readFile(join(directory, 'm.json'), 'utf8'))
  }
  const { 'buildx.build.provenance': min } = await metadata({})
  expect(min).toMatchObject({
    buildType: 'https://mobyproject.org/buildkit@v1',
    invocation: { configSource: { entryPoint: 'Dockerfile' } },
  })
  expect(min).not.toHaveProperty('buildConfig')
  const { 'buildx.build.provenance': max } = await metadata({ BUILDX_METADATA_PROVENANCE: 'max' })
  expect(max).toMatchObject({
    buildConfig: { llbDefinition: expect.any(Array) },
    metadata: { buildInvocationID: expect.any(String) },
  })
  expect(await metadata({ BUILDX_METADATA_PROVENANCE: 'disabled' })).not.toHaveProperty(['buildx.build.provenance'])
  const several = await metadata({}, '--platform', 'linux/amd64,linux/arm64')
  expect(Object.keys(several).filter((key) => key.includes('provenance'))).toEqual([
    'buildx.build.provenance/linux/amd64',
    'buildx.build.provenance/linux/arm64',
  ])
})

test('BUILDX_GIT_LABELS labels the image', async ({ directory, store }) => {
  const commit = await makeRepository(directory, 'tree', { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
  const args = ['-t', 'labelled', 'tree']
  expect(await tsbuild(args, { root: store, cwd: directory, env: { BUILDX_GIT_LABELS: '1' } })).toMatchObject({
    code: 0,
  })
  const { stdout } = await tsbuild(['inspect', 'labelled'], { root: store, cwd: directory })
  expect(JSON.parse(stdout)).toMatchObject({
    config: {
      config: {
        Labels: { 'org.opencontainers.image.revision': commit, 'com.docker.image.source.entrypoint': 'Dockerfile' },
      },
    },
  })
})

test('a bill of materials and provenance are in one manifest, in this order', async ({ tryBuild }) => {
  const { layout, code, stderr } = await tryBuild('FROM scratch\nCOPY a /\n', {
    files: { a: '' },
    args: ['--provenance=true', '--sbom=true'],
    env: epoch,
  })
  expect(code, stderr).toBe(0)
  const referrer = (await rootsOf(layout)).find(({ artifactType }) => artifactType !== undefined)
  const types = (await statementsOf(layout, referrer?.digest)).map(({ predicateType }) => predicateType)
  expect(types).toEqual(['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1'])
})
