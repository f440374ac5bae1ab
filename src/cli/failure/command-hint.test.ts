import { TsbuildError } from '@tsbuild/errors'
import { RegistryError } from '@tsbuild/registry'
import { expect, test } from 'vitest'
import { MemorySink } from '../testing/invocation.ts'
import { commandHint } from './command-hint.ts'
import { fail } from './fail.ts'

const registry = 'r.example'

test.for([
  [new TsbuildError('NO_SPACE', 'full'), 'tsbuild prune'],
  [new RegistryError('REGISTRY_UNAUTHORIZED', '401', { registry }), 'tsbuild login r.example'],
  [new RegistryError('REGISTRY_UNREACHABLE', 'no TLS', { registry, tls: 'absent' }), '--insecure-registry r.example'],
  [
    new TsbuildError('IMAGE_UNRESOLVED', '403', { cause: new RegistryError('REGISTRY_DENIED', '403', { registry }) }),
    'tsbuild login r.example',
  ],
] as const)('%s: the hint has "%s"', ([error, words]) => {
  expect(commandHint(error)).toContain(words)
})

test('a failure of which no command is a remedy has none', () => {
  expect(commandHint(new TsbuildError('RUN_FAILED', 'x'))).toBeUndefined()
  expect(commandHint(new RegistryError('REGISTRY_NOT_FOUND', '404', { registry }))).toBeUndefined()
})

test('the hint of the error itself comes first, that of the command line before the default', async () => {
  const printed = async (error: unknown): Promise<string> => {
    const stderr = new MemorySink()
    await fail(error, { stderr, env: {}, cwd: '/', signal: new AbortController().signal })
    return stderr.text
  }
  expect(await printed(new TsbuildError('NO_SPACE', 'full', { hint: 'own' }))).toContain('hint: own')
  expect(await printed(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toContain('tsbuild prune')
  expect(await printed(new TypeError('x'))).toContain('TSBUILD_DEBUG=1')
})
