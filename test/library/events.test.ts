import { join } from 'node:path'
import { expect } from 'vitest'
import { build, type BuildEvent, type BuildOptions, plan } from '../../src/index.ts'
import { test } from '../support/test.ts'

test('steps have the keys of the plan, their place and their inputs; the total is that of all platforms', async ({
  directory,
}) => {
  const events: BuildEvent[] = []
  const options: BuildOptions = {
    context: {
      Dockerfile: 'FROM scratch AS files\nCOPY a /\nFROM scratch\nCOPY --from=files /a /b\nWORKDIR /c\n',
      a: 'a',
    },
    root: join(directory, 'store'),
    platforms: ['linux/amd64', 'linux/arm64'],
    report: (event) => void events.push(event),
  }
  const { steps } = await plan(options)
  events.length = 0
  await build(options)
  const keys = new Set(steps.map(({ key }) => key))
  expect(events.find(({ type }) => type === 'build-started')).toMatchObject({
    steps: keys.size,
    platforms: ['linux/amd64', 'linux/arm64'],
  })
  const started = events.flatMap((event) =>
    (event.type === 'vertex-started' || event.type === 'vertex-cached') && event.line !== undefined ? [event] : [],
  )
  expect(new Set(started.map(({ vertex }) => vertex))).toEqual(keys)
  const copy = started.find(({ line }) => line === 4)
  expect(copy).toMatchObject({ stage: '1', inputs: expect.arrayContaining([started[0]?.vertex]) })
})
