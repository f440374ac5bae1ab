import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { install } from '../support/installation.ts'
import { titled } from '../support/obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInMachine, withoutVirtualMachine } from '../support/virtual-machine.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { scenarios, script } from './scenarios.ts'

// In a machine of its own: control groups are real also where this machine has none, and a fork
// bomb that gets away harms nothing.
const obstacle = await withoutVirtualMachine()
const sections = new Map<string, string>()

beforeAll(async () => {
  if (obstacle !== undefined) return
  await using directory = await temporaryDirectory()
  const at = (name: string): string => join(directory.path, name)
  await install(at('app'))
  await writeBaseImage(at('base'))
  for (const [index, { run }] of Object.values(scenarios).entries()) {
    await mkdir(at(`contexts/${index}`), { recursive: true })
    await writeFile(at(`contexts/${index}/Dockerfile`), `FROM base\nRUN ${run}\n`)
  }
  const output = await runInMachine(script, {
    copies: { '/app': at('app'), '/base': at('base'), '/contexts': at('contexts') },
    programs: [process.execPath, 'unshare', 'newuidmap', 'newgidmap', 'crun', 'runc'],
  })
  for (const section of output.split(/^@@ /m).slice(1)) {
    const [name = ''] = section.split('\n', 1)
    sections.set(name, section.slice(name.length + 1))
  }
}, 1_200_000)

describe.skipIf(obstacle !== undefined)(titled('limits of RUN', obstacle), () => {
  test.for(Object.entries(scenarios))('%s', ([name, { prints, never = [] }]) => {
    const printed =
      sections.get(name) ?? `no output; the machine printed: ${[...sections.values()].at(-1) ?? 'nothing'}`
    for (const pattern of prints) expect(printed).toMatch(pattern)
    for (const pattern of never) expect(printed).not.toMatch(pattern)
    // No control group is left, however the builds ended.
    expect(printed).toMatch(/^left: 0$/m)
  })
})
