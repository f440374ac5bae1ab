import { constants, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianArchive } from './debian-archive.ts'
import { runOrThrow } from './run-program.ts'
import { tsbuildPath } from './tsbuild.ts'
import { writeTree } from './write-tree.ts'

/**
 * Makes a layout in `directory` with the Debian of `debianArchive` as its only layer; returns its
 * path.
 */
export async function debianImage(directory: string): Promise<string> {
  const [context, layout] = [join(directory, 'debian'), join(directory, 'image')]
  await writeTree(context, { Dockerfile: 'FROM scratch\nADD debian.tar /\n' })
  // A link would change the status of the archive while other tests read it.
  await copyFile(debianArchive, join(context, 'debian.tar'), constants.COPYFILE_FICLONE)
  const args = ['build', '-t', 'debian:latest', '-o', `type=oci,tar=false,dest=${layout}`, context]
  await runOrThrow(tsbuildPath, args, { env: { TSBUILD_ROOT: join(directory, 'debian-store') } })
  return layout
}

/**
 * Installs packages and a user in that image, without the logs and caches that have the time of the
 * build in them.
 */
export const installPackages = `RUN apt-get install -y --no-install-recommends /opt/packages/*.deb adduser \\
 && rm -rf /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache
RUN adduser --system --group --home /srv/app app
`
