import { createHash } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { addLayers } from '../support/add-layers.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'

const size = 50_000_000
const formats = {
  'old.tar': ['--format=gnu'],
  '0.0.tar': ['--format=posix', '--sparse-version=0.0'],
  '0.1.tar': ['--format=posix', '--sparse-version=0.1'],
  '1.0.tar': ['--format=posix', '--sparse-version=1.0'],
}

const tarObstacle = withoutPrograms('tar')

/** Makes a sparse file and archives of it, one in each format. */
async function makeArchives(
  directory: string,
): Promise<{ readonly archives: Readonly<Record<string, Buffer>>; readonly digest: string }> {
  const root = join(directory, 'sparse')
  await mkdir(root)
  const file = await open(join(root, 'sparse'), 'w')
  await file.write('start', 0)
  await file.write('middle', 20_000_000)
  await file.truncate(size)
  await file.close()
  const archives: Record<string, Buffer> = {}
  for (const [name, flags] of Object.entries(formats)) {
    await runOrThrow('tar', ['-cf', join(directory, name), '--sparse', ...flags, '-C', root, 'sparse'])
    archives[name] = await readFile(join(directory, name))
  }
  const digest = createHash('sha256').update(await readFile(join(root, 'sparse')))
  return { archives, digest: digest.digest('hex') }
}

test.skipIf(tarObstacle !== undefined)(
  titled('ADD expands the sparse files of archives', tarObstacle),
  async ({ directory, build }) => {
    const { archives, digest } = await makeArchives(directory)
    const steps = Object.keys(archives).map((name, index) => `ADD ${name} /${index}/\n`)
    const image = await build(`FROM scratch\n${steps.join('')}`, { files: archives })
    expect(image.layers.map((layer) => layer.map(({ path }) => path))).toEqual(
      steps.map((_, index) => [`${index}/`, `${index}/sparse`]),
    )
    const digests = image.layers.map((layer) =>
      createHash('sha256')
        .update(layer.at(-1)?.content ?? '')
        .digest('hex'),
    )
    expect(digests).toEqual(steps.map(() => digest))
  },
)

const runObstacle = tarObstacle ?? withoutRoot() ?? (await withoutRun())

for (const rung of ['root', 'chroot']) {
  test.skipIf(runObstacle !== undefined)(
    titled(`sparse files of base layers take no room in RUN on ${rung}, and COPY --from copies them`, runObstacle),
    async ({ base, directory, build }) => {
      const { archives, digest } = await makeArchives(directory)
      for (const [name, tar] of Object.entries(archives)) {
        const image = join(directory, `image-${name}`)
        await addLayers(base, image, [tar])
        const dockerfile =
          'FROM base\nRUN sha256sum sparse > /sum && stat -c "%s %b" sparse > /room\nCOPY --from=base sparse /copy\nRUN sha256sum copy > /copied\n'
        const built = await build(dockerfile, {
          args: ['--build-context', `base=oci-layout://${image}:latest`, '--isolation', rung],
        })
        expect([built.text('/sum'), built.text('/copied')]).toEqual([`${digest}  sparse\n`, `${digest}  copy\n`])
        const [bytes, blocks] = (built.text('/room') ?? '').split(' ').map(Number)
        expect(bytes).toBe(size)
        expect(blocks).toBeLessThan(1000)
      }
    },
  )
}
