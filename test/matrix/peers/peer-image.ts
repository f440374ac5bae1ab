import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../../support/run-program.ts'
import { contexts } from '../columns.ts'
import { baseNames, pushImage } from '../images.ts'
import type { Peer } from './builders.ts'

interface PeerImageOptions {
  readonly directory: string
  readonly registry: string
  /** Directory with the programs that Debian does not have. */
  readonly programs: string
}

/**
 * Makes and pushes the image that a builder runs in, and returns its name. It has a user 1000 with
 * subordinate ids, and the contexts of the columns, whose Dockerfiles name images of the registry.
 */
export async function pushPeer(peer: Peer, { directory, registry, programs }: PeerImageOptions): Promise<string> {
  const name = `peer-${peer.name}`
  const context = join(directory, name)
  await mkdir(context, { recursive: true })
  await copyContexts(join(context, 'contexts'), registry)
  for (const program of peer.programs) await copyFile(join(programs, program), join(context, program))
  const isAlone = peer.packages === undefined
  if (peer.packages !== undefined) await unpackDebian(join(context, 'debian.tar'), peer.packages)
  // kaniko keeps only /kaniko of its own image.
  const places = isAlone ? ['/kaniko/', '/kaniko/contexts'] : ['/usr/local/bin/', '/contexts']
  const lines = [
    'FROM scratch',
    ...(isAlone ? [] : ['ADD debian.tar /']),
    ...peer.programs.map((program) => `COPY --chmod=755 ${program} ${places[0]}`),
    `COPY contexts ${places[1]}`,
    ...(isAlone ? [] : [`RUN ${allowMaps}`]),
    ...(isAlone ? ['ENV PATH=/kaniko SSL_CERT_DIR=/kaniko HOME=/root'] : []),
  ]
  await pushImage(name, { directory, registry, nodes: { Dockerfile: `${lines.join('\n')}\n` } })
  return `${registry}/${name}`
}

/** Directory of the contexts in the image of a builder. */
export function contextsOf(peer: Peer): string {
  return peer.packages === undefined ? '/kaniko/contexts' : '/contexts'
}

/**
 * Capabilities instead of the set-user-ID bit, as in the images of BuildKit and buildah: as root of
 * a container `newuidmap` would need SYS_ADMIN.
 */
const allowMaps = ['uid', 'gid']
  .map((id) => `chmod u-s /usr/bin/new${id}map && setcap cap_set${id}=ep /usr/bin/new${id}map`)
  .join(' && ')

const addUser =
  'useradd --root "$1" --uid 1000 --create-home builder && echo "builder:100000:65536" | tee "$1/etc/subuid" > "$1/etc/subgid"'

async function unpackDebian(path: string, { suite, names }: NonNullable<Peer['packages']>): Promise<void> {
  const options = ['Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"']
  const args = ['--quiet', '--variant=minbase', ...options.map((option) => `--aptopt=${option}`)]
  await runOrThrow('mmdebstrap', [...args, `--include=${names.join(',')}`, `--customize-hook=${addUser}`, suite, path])
}

/** Copies the contexts; `FROM base` and `--from=base` name the image of the registry. */
async function copyContexts(target: string, registry: string): Promise<void> {
  await cp(contexts, target, { recursive: true })
  const names = new RegExp(`^(FROM |COPY --from=)(${baseNames.join('|')})\\b`, 'gm')
  for (const column of await readdir(target)) {
    const path = join(target, column, 'Dockerfile')
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll(names, `$1${registry}/$2`))
  }
}
