import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = withoutRoot() ?? withoutPrograms('unshare', 'mount')

test.skipIf(obstacle !== undefined)(
  titled('a full disk is reported, and does not harm the next build', obstacle),
  async ({ directory }) => {
    const store = join(directory, 'small-disk')
    await mkdir(store)
    await writeTree(join(directory, 'big'), { Dockerfile: 'FROM scratch\nCOPY f /\n', f: randomBytes(12_000_000) })
    await writeTree(join(directory, 'small'), { Dockerfile: 'FROM scratch\nCOPY f /\n', f: 'small' })
    const layout = join(directory, 'layout')
    // The file system lives in a mount namespace that ends with the last of these programs.
    const script = `mount -t tmpfs -o size=8m none ${store} || exit 99
    ${tsbuildPath} -t big -o type=image ${join(directory, 'big')}; echo "big: $?"
    ${tsbuildPath} -o ${store}/files --root ${join(directory, 'store')} ${join(directory, 'big')}
    rm -rf ${store}/files
    ${tsbuildPath} -t small -o type=image -o type=oci,tar=false,dest=${layout} ${join(directory, 'small')}; echo "small: $?"`
    const { stdout, stderr } = await runProgram('unshare', ['--mount', 'sh', '-c', script], {
      env: { TSBUILD_ROOT: join(store, 'store') },
    })
    expect(stdout, stderr).toMatch(/big: 1\n/)
    expect(stderr).toMatch(/no space/i)
    expect(stdout, stderr).toMatch(/small: 0\n/)
    expect(stderr).toContain(`error: cannot write "${store}/files": no space left on the device\n`)
    expect(stderr).toContain('hint: name another destination with dest=\n')
    expect((await openImage(layout)).layers[0]?.map(({ line }) => line)).toEqual(['f 644 0:0 f'])
  },
)
