import { expect, test } from 'vitest'
import { call } from '../testing/invocation.ts'

test.each([
  ['push', 'app'],
  ['pull', 'app'],
  ['copy', 'app', 'store:app'],
  ['sync', '-'],
  ['digest', 'app'],
  ['tags', 'app'],
  ['referrers', 'app'],
  ['validate', 'app'],
  ['annotate', 'app', '--annotation', 'a=b'],
  ['inspect', 'docker://app'],
  ['rm', 'app'],
  ['report', 'docker://app'],
  ['diff', 'docker://app', 'docker://other'],
  ['index', 'create', '-t', 'list', 'app'],
  ['imagetools', 'inspect', 'app'],
])('%s takes --retry and --retry-delay', async (...argv) => {
  const seen: unknown[] = []
  const record = async (...given: readonly unknown[]): Promise<never> => {
    seen.push(given.at(-1))
    throw new Error('enough')
  }
  const engine = { openStore: record, describeImage: record, compareImages: record }
  const flags = ['--retry', '7', '--retry-delay', '2s']
  await call([...argv, ...flags], { engine, input: 'app:1 store:app:1\n' })
  expect(seen).toMatchObject([{ retry: { times: 7, delay: 2000 } }])
})
