import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { registryMissing } from '@tsbuild/registry/testing'
import { pack } from 'tar-stream'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { test } from './places-test.ts'

const dockerfile = 'FROM scratch\nCOPY a /a\nENV A=1\n'

describe.skipIf(registryMissing !== undefined)(titled('images changed and checked in places', registryMissing), () => {
  test('annotations of an index, without its layers', async ({ registry, push, call, tryCall }) => {
    const name = `${registry.host}/annotate:1`
    const digest = await push(name, dockerfile, '--platform', 'linux/amd64,linux/arm64')
    const changed = (await call('annotate', name, '--annotation', 'team=web', '--annotation', 'x=1')).trim()
    expect(changed).not.toBe(digest)
    expect(await call('digest', name)).toBe(`${changed}\n`)
    expect(JSON.parse(await call('inspect', '--raw', `docker://${name}`))).toMatchObject({
      manifests: [{}, {}],
      annotations: { team: 'web', x: '1' },
    })
    // What is added can be removed, and the bytes are the same again.
    const back = await call('annotate', name, '--remove', 'team', '--remove', 'x', '-t', 'oci:layout:1')
    expect(back).toBe(`${digest}\n`)
    expect((await tryCall('annotate', name)).code).toBe(2)
  })

  test('a tar becomes a layer', async ({ registry, push, call, tryCall, cwd }) => {
    const name = `${registry.host}/append:1`
    await push(name, dockerfile)
    const archive = pack()
    archive.entry({ name: 'etc/new' }, 'new')
    archive.finalize()
    await writeFile(join(cwd, 'layer.tar'), await buffer(archive))
    await call('append', name, '-f', 'layer.tar', '-t', `${registry.host}/append:2`)
    expect(await call('validate', `${registry.host}/append:2`)).toMatch(/: 4 contents, .* 0 faults\n$/)
    const lines = await call('inspect', '-f', '{{len .RootFS.Layers}}', `docker://${registry.host}/append:2`)
    expect(lines).toBe('2\n')
    await writeFile(join(cwd, 'broken.tar'), 'no tar at all, but text that is long enough'.repeat(40))
    expect((await tryCall('append', name, '-f', 'broken.tar', '-t', 'oci:x')).code).toBe(1)
    expect((await tryCall('append', name, '-f', 'missing.tar', '-t', 'oci:x')).code).toBe(2)
  })

  test('an image moves to a newer base when it begins with the old one', async ({ registry, push, call, tryCall }) => {
    const repository = `${registry.host}/rebase`
    await push(`${repository}:old`, 'FROM scratch\nCOPY a /base\nENV A=1 B=1\nLABEL from=old\n')
    await push(`${repository}:new`, 'FROM scratch\nCOPY b /base\nENV A=2 C=1\nLABEL from=new\nUSER 7\n')
    await push(`${repository}:app`, `FROM ${repository}:old\nCOPY b /app\nENV B=9\n`)
    const rebase = (image: string, from: string, to: string) =>
      tryCall('rebase', `${repository}:${image}`, '--old-base', from, '--new-base', to, '-t', `${repository}:rebased`)
    const { code, stderr } = await rebase('app', `${repository}:old`, `${repository}:new`)
    expect([code, stderr]).toEqual([0, 'note: from the new base: Env.A, Env.C, Labels.from, User\n'])
    const config = JSON.parse(await call('inspect', '-f', '{{json .Config}}', `docker://${repository}:rebased`))
    expect(config).toMatchObject({ User: '7', Labels: { from: 'new' } })
    expect(config.Env).toEqual(expect.arrayContaining(['A=2', 'B=9', 'C=1']))
    expect(await call('validate', `${repository}:rebased`)).toContain(' 0 faults')
    const refused = await rebase('app', `${repository}:new`, `${repository}:old`)
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('layer 1 of the old base is not layer 1 of the image'),
    ])
  })

  test('faults of every kind are found in one call', async ({ registry, push, call, tryCall, cwd }) => {
    const name = `${registry.host}/validate:1`
    await push(name, 'FROM scratch\nCOPY a /a\nCOPY b /b\n')
    await call('copy', name, 'oci:layout:1')
    expect(await call('validate', 'oci:layout:1')).toContain(': 4 contents')
    const { layers } = JSON.parse(await call('inspect', 'oci:layout:1'))
    const [first, second] = layers.map(({ digest }: { digest: string }) => digest)
    const blob = (digest: string): string => join(cwd, 'layout/blobs', digest.replace(':', '/'))
    for (const digest of [first, second]) await chmod(blob(digest), 0o644)
    await writeFile(blob(first), 'short')
    await writeFile(blob(second), Buffer.alloc(layers[1].size))
    const { code, stdout } = await tryCall('validate', '--json', 'oci:layout:1')
    expect(code).toBe(1)
    expect(JSON.parse(stdout).faults).toMatchObject([
      { digest: first, place: 'layers[0]' },
      { digest: second, place: 'layers[1]' },
    ])
  })

  test('a list is copied once', async ({ registry, push, call, tryCall, cwd }) => {
    const [from, to] = [`${registry.host}/list`, `${registry.host}/mirror`]
    for (const tag of ['v1.0', 'v1.1', 'v2.0']) await push(`${from}:${tag}`, `${dockerfile}LABEL tag=${tag}\n`)
    await writeFile(join(cwd, 'list'), `# images\n${from}:v2.0  ${to}:v2.0 # newest\n`)
    expect(await call('sync', '--dry-run', 'list')).toBe(`missing  ${from}:v2.0  ${to}:v2.0\n`)
    expect(await call('sync', 'list')).toBe(`copied  ${from}:v2.0  ${to}:v2.0\n`)
    expect(await call('sync', 'list')).toBe(`unchanged  ${from}:v2.0  ${to}:v2.0\n`)
    await writeFile(join(cwd, 'repositories'), `${from} ${to}\n`)
    expect((await call('sync', '--tags', 'v1.*', '--jobs', '1', 'repositories')).split('\n').sort()).toEqual([
      '',
      `copied  ${from}:v1.0  ${to}:v1.0`,
      `copied  ${from}:v1.1  ${to}:v1.1`,
    ])
    expect(await call('copy', '--tags', 'v2.*', from, `${to}-2`)).toBe(`copied  ${from}:v2.0  ${to}-2:v2.0\n`)
    expect((await tryCall('copy', '--tags', 'v2.*', from, to, `${to}-2`)).code).toBe(2)
    await writeFile(join(cwd, 'list'), `${from}:missing ${to}:missing\n${from}:v1.0 ${to}:v1.0\n`)
    const { code, stdout } = await tryCall('sync', 'list')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^failed \(.*not found/m)])
    expect(stdout).toContain('unchanged  ')
    await writeFile(join(cwd, 'list'), `dir:/x ${to}:x\n${from}:v1.0 ${to}:v1.0\n`)
    const mixed = await tryCall('sync', '--src-tls-verify=false', 'list')
    expect([mixed.code, mixed.stdout]).toEqual([2, expect.stringMatching(/^failed \(cannot use "dir:/m)])
    expect(mixed.stdout).toContain('unchanged  ')
    await writeFile(join(cwd, 'list'), '# none\n')
    expect(await tryCall('sync', '--src-tls-verify=false', 'list')).toMatchObject({ code: 0, stdout: '' })
    await writeFile(join(cwd, 'list'), 'one-word\n')
    expect(await tryCall('sync', 'list')).toMatchObject({ code: 2, stderr: expect.stringContaining('line 1') })
  })
})
