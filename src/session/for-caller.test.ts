import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { build, plan } from '../build.ts'
import { describeFailure } from '../failure.ts'
import { test } from '../layer/testing/store.ts'
import type { BuildOptions } from '../options.ts'

const mine = new Error('mine')

/** Outcome of a build of two files. */
async function end(
  directory: string,
  options: Partial<BuildOptions>,
  call: typeof build | typeof plan = build,
): Promise<unknown> {
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n')
  return call({ context: directory, root: join(directory, 'store'), ...options }).catch((error: unknown) => error)
}

test('an error that report throws is what the build rejects with and reported as the caller’s', async ({
  directory,
}) => {
  const error = await end(directory, {
    report: () => {
      throw mine
    },
  })
  expect(error).toBe(mine)
  expect(describeFailure(error)).toEqual({
    code: 'CALLER_FAILED',
    category: 'build',
    message: 'mine',
    exitCode: 1,
    causes: [],
    hint: 'the function passed as option "report" threw this error',
  })
})

test('a code of its own is that of the cause, and what is no error becomes one', async ({ directory }) => {
  const coded = Object.assign(new Error('no route'), { code: 'ECONNREFUSED' })
  const report = (thrown: unknown) => () => {
    throw thrown
  }
  expect(describeFailure(await end(directory, { report: report(coded) }))).toMatchObject({
    code: 'CALLER_FAILED',
    exitCode: 1,
    causes: [{ code: 'ECONNREFUSED', message: 'no route' }],
  })
  expect(describeFailure(await end(directory, { report: report('text') }))).toMatchObject({
    code: 'CALLER_FAILED',
    message: 'text',
  })
})

test('an error that report throws at the last event counts, too', async ({ directory }) => {
  let finished = 0
  const error = await end(directory, {
    report: ({ type }) => {
      if (type === 'vertex-finished' && ++finished === 3) throw mine
    },
  })
  expect(error).toBe(mine)
})

test('a rejection of report is what the build rejects with', async ({ directory }) => {
  const report: (...event: readonly unknown[]) => unknown = () => Promise.reject(mine)
  expect(await end(directory, { report })).toBe(mine)
})

test('a step waits for the promise that report returns', async ({ directory }) => {
  const order: string[] = []
  const report: BuildOptions['report'] = async (event) => {
    if (!('vertex' in event)) return
    order.push(`${event.vertex} ${event.type}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
    order.push(`${event.vertex} taken`)
  }
  await end(directory, { report })
  const first = order[0]?.split(' ')[0] ?? ''
  const ofFirst = order.filter((line) => line.startsWith(`${first} `))
  expect(ofFirst).toEqual(['vertex-started', 'taken', 'vertex-finished', 'taken'].map((type) => `${first} ${type}`))
})

test('a promise that report never fulfils does not hold up an abort', async ({ directory }) => {
  const controller = new AbortController()
  const report = (): Promise<void> => {
    controller.abort()
    return new Promise(() => {})
  }
  expect(await end(directory, { report, signal: controller.signal })).toMatchObject({ code: 'ABORTED' })
})

test('an error of the context stream is the caller’s', async ({ directory }) => {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('FROM ')
    throw mine
  }
  const error = await end(directory, { context: stream() })
  expect(error).toBe(mine)
  expect(describeFailure(error)).toMatchObject({
    code: 'CALLER_FAILED',
    hint: 'the stream passed as option "context" threw this error',
  })
})

test('a context stream of strings is an invalid option', async ({ directory }) => {
  async function* stream(): AsyncGenerator<unknown> {
    yield 'FROM scratch'
  }
  expect(await end(directory, { context: stream() as AsyncGenerator<Uint8Array> })).toMatchObject({
    code: 'OPTION_INVALID',
    message: 'option "context" must be a stream of Uint8Array, got a stream with a string',
  })
})

test.for([build, plan])('a signal that is aborted before the call: %s', async (call, { directory }) => {
  expect(describeFailure(await end(directory, { signal: AbortSignal.abort() }, call))).toEqual({
    code: 'ABORTED',
    category: 'aborted',
    message: 'the build was aborted',
    exitCode: 130,
    causes: [{ message: 'This operation was aborted' }],
  })
})

test('an abort with any reason while steps run', async ({ directory }) => {
  const controller = new AbortController()
  const error = await end(directory, { signal: controller.signal, report: () => controller.abort('why') })
  expect(describeFailure(error)).toMatchObject({ code: 'ABORTED', exitCode: 130, causes: [{ message: 'why' }] })
})
