import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const value = 'dG9rZW4-of_the/build+42'
const env = { TOKEN: value, OTHER: 'another secret, unused' }
const secrets = ['--secret', 'id=token,env=TOKEN', '--secret', 'id=other,env=OTHER']
const obstacle = await withoutRun()
const base64 = Buffer.from(`x${value}`).toString('base64')

const config = 'is in the image config:'

/** Dockerfiles that leave the secret behind, and what the error says of the place. */
const leaks: readonly (readonly [title: string, dockerfile: string, error: string, args?: readonly string[]])[] = [
  [
    'COPY of its file',
    'COPY sub/.token /etc/',
    'is in the layer that "COPY sub/.token /etc/ # buildkit" made: content of /etc/.token',
  ],
  ['a file name', 'COPY names /names', 'is in the layer that "COPY names /names # buildkit" made: name of /names/***'],
  ['base64 of it', 'COPY encoded /', 'is in the layer that "COPY encoded / # buildkit" made: content of /encoded'],
  [
    'an early layer',
    'COPY sub/.token /\nCOPY other /.token',
    'is in the layer that "COPY sub/.token / # buildkit" made: content of /.token',
  ],
  ['ENV', `ENV A=1 T="is ${value}"`, `${config} config.Env.T`],
  ['LABEL', `LABEL a.b/c=${encodeURIComponent(value)}`, `${config} config.Labels["a.b/c"]`],
  ['CMD', `CMD ["login", "${value}"]`, `${config} config.Cmd[1]`],
  [
    'the history',
    `COPY other /\nCOPY <<a /b\n${value}\na`,
    'is in the layer that "COPY <<a /b # buildkit" made: content of /b',
  ],
  ['a build argument', 'ARG T', 'is in a build argument: T', ['--build-arg', `T=${value}`]],
  ['an annotation', 'COPY other /', 'is in an annotation: a', ['--annotation', `a=${value}`]],
]

test.for(leaks)('%s fails the build', async ([, dockerfile, error, args = []], { failBuild }) => {
  const files = { 'sub/.token': `${value}\n`, [`names/${value}`]: 'x', encoded: base64, other: 'plain' }
  const { code, stderr } = await failBuild(`FROM scratch\n${dockerfile}\n`, { files, args: [...secrets, ...args], env })
  expect(code).toBe(1)
  const failure = stderr.slice(stderr.indexOf('error:'))
  expect(failure).toMatch(/^error: .*\nhint: .*--allow=secret-in-layer.*\n$/)
  expect(failure).toContain(`secret "token" ${error}\n`)
})

test('a layer from the cache is searched, also one of a build that allowed secrets', async ({ build, failBuild }) => {
  const dockerfile = 'FROM scratch\nCOPY token /cached\n'
  const files = { token: value }
  expect((await build(dockerfile, { files, env, args: [...secrets, '--allow=secret-in-layer'] })).text('/cached')).toBe(
    value,
  )
  const { stderr } = await failBuild(dockerfile, { files, env, args: secrets })
  expect(stderr).toMatch(/CACHED/)
  expect(stderr).toContain(
    'secret "token" is in the layer that "COPY token /cached # buildkit" made: content of /cached',
  )
  expect(stderr).toMatch(/hint.*--allow=secret-in-layer/)
})

test('what is left behind in a stage that the image does not have is no leak', async ({ build }) => {
  const dockerfile =
    'FROM scratch AS tools\nCOPY token /token\nCOPY other /out\nFROM scratch\nCOPY --from=tools /out /\n'
  const image = await build(dockerfile, { files: { token: value, other: 'plain' }, env, args: secrets })
  expect(image.text('/out')).toBe('plain')
})

test('a cache gets no step whose layers hold a secret, of any stage', async ({ build, directory }) => {
  const dockerfile =
    'FROM scratch AS tools\nCOPY token /token\nCOPY other /out\nFROM scratch\nCOPY --from=tools /out /\n'
  const cacheTo = ['--cache-to', `type=local,dest=${join(directory, 'cache')},mode=max,single-flight=true`]
  const files = { token: value, other: 'plain' }
  const image = await build(dockerfile, { files, env, args: [...secrets, ...cacheTo] })
  expect(image.log).toContain('2 steps whose layers hold a secret of the build are left out of a cache')
  expect(await contentsOf(join(directory, 'cache'))).not.toContain(value)
  await build(dockerfile, { files, env, args: [...secrets, ...cacheTo, '--allow=secret-in-layer'] })
  expect(await contentsOf(join(directory, 'cache'))).toContain(value)
})

/** Everything that the blobs of a layout hold, decompressed. */
async function contentsOf(layout: string): Promise<string> {
  const blobs = join(layout, 'blobs/sha256')
  const contents = await Promise.all((await readdir(blobs)).map((name) => readFile(join(blobs, name))))
  return contents.map((bytes) => decompress(bytes).toString('latin1')).join('')
}

function decompress(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) === 0xfd2fb528) return zstdDecompressSync(bytes)
  return bytes.readUInt16LE(0) === 0x8b1f ? gunzipSync(bytes) : bytes
}

test('secrets of fewer than eight bytes are not searched for', async ({ build }) => {
  const args = ['--secret', 'id=short,env=SHORT']
  expect(
    (await build('FROM scratch\nCOPY a /\n', { files: { a: '1234567' }, env: { SHORT: '1234567' }, args })).text('/a'),
  ).toBe('1234567')
})

test.skipIf(obstacle !== undefined)(
  titled('RUN that writes its secret fails, RUN that uses it does not', obstacle),
  async ({ build, failBuild }) => {
    const mount = 'FROM base\nRUN --mount=type=secret,id=token '
    await build(`${mount}wc -c < /run/secrets/token > /size\n`, { env, args: secrets })
    const { stderr } = await failBuild(`${mount}base64 /run/secrets/token > /root/.auth\n`, { env, args: secrets })
    expect(stderr).toMatch(/secret "token" is in the layer that "RUN .*" made: content of \/root\/\.auth/)
    const link = await failBuild(`${mount}ln -s "$(cat /run/secrets/token)" /link\n`, { env, args: secrets })
    expect(link.stderr).toMatch(/: link target of \/link/)
    const written = `od -An -v -tx1 /run/secrets/token | tr -d ' \\n' > /root/hex`
    expect((await failBuild(`${mount}${written}\n`, { env, args: secrets })).stderr).toMatch(/: content of \/root\/hex/)
  },
)

test.skipIf(obstacle !== undefined)(
  titled('a cache mount that holds a secret is not carried', obstacle),
  async ({ build, directory }) => {
    const run = 'FROM base\nRUN --mount=type=secret,id=token --mount=type=cache,id=c,target=/c '
    const cacheTo = ['--cache-to', `type=local,dest=${join(directory, 'cache')},mounts=c`]
    const options = { env, args: [...secrets, ...cacheTo] }
    const leaked = await build(`${run}mkdir /c/d; cat /run/secrets/token > /c/d/f; echo other > /c/other\n`, options)
    expect(leaked.log).toContain('mount "c": the secret "token" is in its file d/f; it was not carried')
    expect(await contentsOf(join(directory, 'cache'))).not.toContain(value)
    const clean = await build(`${run}rm -r /c/d\n`, options)
    expect(clean.log).not.toContain('not carried')
    expect(await contentsOf(join(directory, 'cache'))).toContain('other')
  },
)
