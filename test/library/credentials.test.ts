import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { build, type BuildOptions, describeFailure, openStore } from '../../src/index.ts'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { test } from '../support/test.ts'

describe.skipIf(registryMissing !== undefined)(titled('registries that demand a login', registryMissing), () => {
  test('two builds in one process log in differently', async ({ directory }) => {
    await using first = await startRegistry({ htpasswd: true })
    await using second = await startRegistry({ htpasswd: 'deployer' })
    const asked: string[] = []
    const credentials: BuildOptions['credentials'][] = [
      { [first.host]: first.credential },
      async (registry, repository) => {
        asked.push(`${registry}/${repository}`)
        return registry === second.host ? second.credential : undefined
      },
    ]
    const pushTo = (registry: string, which: number): ReturnType<typeof build> =>
      build({
        ...requestIn(directory),
        tags: [`${registry}/team/app:1`],
        push: true,
        ...(credentials[which] && { credentials: credentials[which] }),
      })
    const [one, two] = await Promise.all([pushTo(first.host, 0), pushTo(second.host, 1)])
    expect(one.digest).toBe(two.digest)
    expect(new Set(asked)).toEqual(new Set([`${second.host}/team/app`]))

    // Neither login is used for the other build.
    const crossed = await pushTo(second.host, 0).catch((error: unknown) => describeFailure(error))
    expect(crossed).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', exitCode: 4 })
  })

  test('an own credential is used before one of a file; an error of the provider is the caller’s', async ({
    directory,
  }) => {
    await using registry = await startRegistry({ htpasswd: true })
    const options = { ...requestIn(directory), tags: [`${registry.host}/app`], push: true }
    await mkdir(join(directory, 'docker'))
    const login = Buffer.from('builder:correct horse').toString('base64')
    await writeFile(
      join(directory, 'docker/config.json'),
      JSON.stringify({ auths: { [registry.host]: { auth: login } } }),
    )
    const env = { DOCKER_CONFIG: join(directory, 'docker') }
    await build({ ...options, env })
    const wrong = { [`${registry.host}/app`]: { username: 'builder', password: 'wrong' } }
    await expect(build({ ...options, env, credentials: wrong })).rejects.toThrow()
    await build({ ...options, env, credentials: { [`${registry.host}/other`]: { identityToken: 'unused' } } })

    const failing = build({ ...options, credentials: () => Promise.reject(new Error('vault is sealed')) })
    expect(describeFailure(await failing.catch((error: unknown) => error))).toMatchObject({
      code: 'CALLER_FAILED',
      exitCode: 1,
      hint: expect.stringContaining('"credentials"'),
    })
  })
})

test.skipIf(registryMissing !== undefined)(
  titled('every action of a store takes variables of its own', registryMissing),
  async ({ directory }) => {
    await using registry = await startRegistry({ htpasswd: true })
    const { username, password } = registry.credential
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: { auth } } }) }
    const name = `${registry.host}/team/app:1`
    await build({ ...requestIn(directory), tags: [name] })
    await using store = await openStore({ root: join(directory, 'store'), env: {} })
    await expect(store.push(name)).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
    const { digest } = await store.push(name, { env })
    expect(await store.pull(name, { env })).toMatchObject({ digest })
    expect(await store.inspect(name, { env })).toMatchObject({ descriptor: { digest } })
    expect(await store.listTags({ kind: 'registry', reference: name }, { env })).toEqual(['1'])
    await expect(store.deleteManifest(name)).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' })
    // A login that is accepted: this registry deletes by digest only, or not at all.
    await expect(store.deleteManifest(name, { env })).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
  },
)

/** A build without base image whose store and context are in `directory`. */
function requestIn(directory: string): BuildOptions {
  return {
    context: '.',
    cwd: directory,
    root: 'store',
    dockerfile: { text: 'FROM scratch\nWORKDIR /app\n' },
    args: { SOURCE_DATE_EPOCH: '0' },
    env: { DOCKER_CONFIG: join(directory, 'none') },
  }
}
