import { join } from 'node:path'
import { expect } from 'vitest'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const mounter = join(import.meta.dirname, '../support/mount-overlay.ts')

/**
 * Mounts a file system at `$1/disk` that accepts more than its image can hold; everything ends with
 * the mount namespace.
 */
const makeDisk = `mkdir -p $1/small $1/disk && mount -t tmpfs -o size=16m none $1/small && truncate -s 128M $1/small/image &&
  mkfs.ext4 -q -O ^has_journal $1/small/image && mount -o loop $1/small/image $1/disk || exit 99`

const obstacle =
  withoutRoot() ??
  withoutPrograms('unshare', 'mount', 'mkfs.ext4') ??
  (await withoutRun()) ??
  (await withoutLoopDevices())

/**
 * Written back after the program has ended, so that the error stays with the file system. Then the
 * image has room again.
 */
const makeError = `dd if=/dev/urandom of=$1/disk/large bs=1M count=40 2>/dev/null; sync
  rm $1/disk/large; fallocate --punch-hole --offset 8M --length 120M $1/small/image`

test.skipIf(obstacle !== undefined)(
  titled('a write-back error that no process has seen does not keep RUN from overlays', obstacle),
  async ({ base, directory }) => {
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM base\nRUN echo made > /made\n' })
    const build = [
      tsbuildPath,
      '--isolation=root',
      `--build-context=base=oci-layout://${base}:latest`,
      '-o type=cacheonly',
    ]
    const script = `${makeDisk}
      ${makeError}; ${tsbuildPath} doctor
      ${makeError}; ${process.execPath} ${mounter} $1/disk
      ${build.join(' ')} ${directory}/context; echo "= $?"`
    const { stdout, stderr } = await runProgram('unshare', ['--mount', 'sh', '-c', script, 'sh', directory], {
      env: { TSBUILD_ROOT: join(directory, 'disk/store'), NO_COLOR: '1' },
    })
    expect(stdout, stderr).toMatch(/^ *> root +works$/m)
    expect(stdout, stderr).toMatch(/^mounted\n= 0$/m)
  },
)

async function withoutLoopDevices(): Promise<Obstacle> {
  await using directory = await temporaryDirectory()
  const { code } = await runProgram('unshare', ['--mount', 'sh', '-c', makeDisk, 'sh', directory.path])
  return code === 0 ? undefined : 'loop devices do not work here'
}
