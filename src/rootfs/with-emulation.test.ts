import { expect, test } from 'vitest'
import type { RootfsProvider } from './protocol/provider.ts'
import { RootfsError } from './protocol/rootfs-error.ts'
import { withEmulation } from './with-emulation.ts'

const foreign = process.arch === 'arm64' ? 'amd64' : 'arm64'
const io = { signal: new AbortController().signal, onOutput: () => {}, compression: { type: 'none' } } as const
const spec = {
  args: ['/program'],
  env: [],
  cwd: '/',
  user: '',
  mounts: [],
  hostname: 'h',
  network: 'host',
  security: 'sandbox',
  extraHosts: [],
  ulimits: [],
} as const

/** Two providers, one of which can do nothing but fail, and who was asked. */
function pair(
  failure: Error,
  openOther?: () => Promise<RootfsProvider>,
): { readonly provider: RootfsProvider; readonly asked: readonly string[] } {
  const asked: string[] = []
  const make = (name: string, run: () => Promise<void>): RootfsProvider => ({
    rung: name,
    run: async () => {
      asked.push(name)
      await run()
      return { result: { exitCode: 0, outOfMemory: false } }
    },
    unpackMount: async () => {},
    packMount: () => Promise.reject(failure),
    [Symbol.asyncDispose]: async () => void asked.push(`${name} ends`),
  })
  const first = make('first', () => Promise.reject(failure))
  const open = openOther ?? (async () => make('other', async () => {}))
  const mayEmulate = (architecture: string): boolean => architecture === foreign
  return { provider: withEmulation(first, { mayEmulate, open }), asked }
}

const wrongFormat = new RootfsError('EXEC_FORMAT', 'exec format error')

test('the other provider goes on once the first could not execute a program', async () => {
  const { provider, asked } = pair(wrongFormat)
  for (const _ of [1, 2])
    expect((await provider.run([], { ...spec, architecture: foreign }, io)).result.exitCode).toBe(0)
  await provider[Symbol.asyncDispose]()
  expect(asked).toEqual(['first', 'other', 'other', 'first ends', 'other ends'])
})

test('other failures, programs for this machine and processors without emulator are left alone', async () => {
  const unlike = pair(new RootfsError('EXEC_NOT_FOUND', 'not found'))
  await expect(unlike.provider.run([], { ...spec, architecture: foreign }, io)).rejects.toThrow('not found')
  const { provider, asked } = pair(wrongFormat)
  await expect(provider.run([], spec, io)).rejects.toThrow('exec format error')
  await expect(provider.run([], { ...spec, architecture: 'vax' }, io)).rejects.toThrow('exec format error')
  await provider[Symbol.asyncDispose]()
  expect(asked).toEqual(['first', 'first', 'first ends'])
})

test('where there is no other, the failure is the first one', async () => {
  const { provider } = pair(wrongFormat, () => Promise.reject(new Error('no user namespaces')))
  await expect(provider.run([], { ...spec, architecture: foreign }, io)).rejects.toThrow('exec format error')
  await provider[Symbol.asyncDispose]()
})
