import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { type OpenImage, openImage } from '../support/open-image.ts'
import { test } from '../support/test.ts'

const dockerfile = 'FROM base\nCOPY --chown=1000:1001 --chmod=4750 a /d/a\nCOPY large /d/large\n'
const files = { a: 'hello', large: 'large '.repeat(500_000) }
const toc = 'containerd.io/snapshot/stargz/toc.digest'

test('new layers can be read in parts, those of the base when forced; a cached build is the same image', async ({
  build,
  directory,
}) => {
  const out = (name: string, options = '') => [
    '-o',
    `type=oci,tar=false,dest=${join(directory, name)},compression=estargz${options}`,
  ]
  const first = await build(dockerfile, { files, args: out('first') })
  const image = await openImage(join(directory, 'first'))
  expect(image.manifest.layers.map(({ annotations }) => annotations?.[toc] !== undefined)).toEqual([false, true, true])
  for (const { mediaType } of image.manifest.layers)
    expect(mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
  // The files are those of the same build with gzip. The table is behind the end of the archive,
  // which this reader does not mind.
  const lines = ({ layers }: OpenImage) =>
    layers.map((layer) => layer.map(({ line }) => line).filter((line) => !line.endsWith(' stargz.index.json')))
  expect(lines(image)).toEqual(lines(first))
  await build(dockerfile, { files, args: out('forced', ',force-compression=true') })
  const forced = await openImage(join(directory, 'forced'))
  expect(forced.manifest.layers.map(({ annotations }) => annotations?.[toc] !== undefined)).toEqual([true, true, true])
  expect(forced.manifest.layers.slice(1)).toEqual(image.manifest.layers.slice(1))
  await build(dockerfile, { files, args: out('again') })
  expect((await openImage(join(directory, 'again'))).digest).toBe(image.digest)
})

test('such an image is a base like any other, and keeps what makes it one', async ({ build, directory }) => {
  const layout = join(directory, 'parted')
  await build(dockerfile, {
    files,
    args: ['-t', 'parted:1', '-o', `type=oci,tar=false,dest=${layout},compression=estargz`],
  })
  const parted = await openImage(layout)
  const child = await build('FROM parted\nCOPY --from=parted /d/a /copied\n', {
    args: ['--build-context', `parted=oci-layout://${layout}:1`, '--root', join(directory, 'other-store')],
  })
  expect([child.text('/copied'), child.text('/d/a')]).toEqual(['hello', 'hello'])
  expect(child.manifest.layers.slice(0, 3)).toEqual(parted.manifest.layers)
})

const obstacle = withoutPrograms('skopeo', 'umoci') ?? withoutRoot()
test.skipIf(obstacle !== undefined)(
  titled('skopeo and umoci read it as they read any layer', obstacle),
  async ({ build, directory }) => {
    const layout = join(directory, 'parted')
    await build(dockerfile, {
      files,
      args: ['-t', 'parted:1', '-o', `type=oci,tar=false,dest=${layout},compression=estargz`],
    })
    await runOrThrow('skopeo', [
      'copy',
      '-q',
      `oci:${layout}:1`,
      `docker-archive:${join(directory, 'copy.tar')}:parted:1`,
    ])
    await runOrThrow('umoci', ['unpack', '--image', `${layout}:1`, join(directory, 'bundle')])
    expect(await readFile(join(directory, 'bundle/rootfs/d/large'), 'utf8')).toBe(files.large)
    await expect(readFile(join(directory, 'bundle/rootfs/stargz.index.json'))).rejects.toThrow('ENOENT')
  },
)

describe('what cannot be', () => {
  test('Docker has no such layers', async ({ failBuild }) => {
    const { stderr, code } = await failBuild(dockerfile, {
      files,
      args: ['-o', 'type=image,compression=estargz,oci-mediatypes=false'],
    })
    expect([stderr, code]).toEqual([
      expect.stringContaining('"compression=estargz" conflicts with "oci-mediatypes=false"'),
      2,
    ])
  })

  test('a file with the name of the table', async ({ failBuild }) => {
    const { stderr } = await failBuild('FROM scratch\nCOPY a /stargz.index.json\n', {
      files,
      args: ['-o', 'type=image,compression=estargz'],
    })
    expect(stderr).toContain('the layer has a file "stargz.index.json" already')
  })
})
