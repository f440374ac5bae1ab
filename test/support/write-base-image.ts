import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { findProgram, type Obstacle } from './obstacle.ts'
import { runOrThrow } from './run-program.ts'

const created = '2024-01-02T03:04:05Z'
const passwd =
  'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1001:app:/home/app:/bin/sh\n'
const group = 'root:x:0:\nnogroup:x:65534:\napp:x:1001:\nextra:x:2000:app\n'

/** Reason why base images made here have no shell. */
export function withoutShell(): Obstacle {
  return findProgram('busybox') === undefined ? 'busybox not installed' : undefined
}

/**
 * Makes an OCI layout with one small image, tag `latest`: busybox with all its applets where the
 * machine has one, users root, nobody and app (1000:1001, also in group extra), /tmp 1777. The same
 * bytes each time on one machine. `config` is added to the image's config.
 */
export async function writeBaseImage(layout: string, config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  const put = async (
    mediaType: string,
    bytes: Uint8Array,
  ): Promise<{ mediaType: string; digest: string; size: number }> => {
    await writeFile(join(layout, 'blobs/sha256', sha256(bytes)), bytes)
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length }
  }
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const tar = await baseTar()
  const imageConfig = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'], ...config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] },
    history: [{ created, created_by: 'base' }],
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: await put('application/vnd.oci.image.config.v1+json', json(imageConfig)),
    layers: [await put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))],
  }
  const descriptor = await put(manifest.mediaType, json(manifest))
  const named = { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': 'latest' } }
  await writeFile(
    join(layout, 'index.json'),
    json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [named] }),
  )
  await writeFile(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
}

async function baseTar(): Promise<Buffer> {
  const archive = pack()
  const add = (header: Partial<Header> & Pick<Header, 'name'>, content: Buffer | string = ''): void => {
    archive.entry({ mtime: new Date(created), ...header }, content)
  }
  const directories = {
    bin: 0o755,
    etc: 0o755,
    home: 0o755,
    'home/app': 0o700,
    root: 0o700,
    tmp: 0o1777,
    usr: 0o755,
    'usr/bin': 0o755,
    var: 0o755,
  }
  for (const [name, mode] of Object.entries(directories)) {
    add({ name: `${name}/`, type: 'directory', mode, ...(name === 'home/app' && { uid: 1000, gid: 1001 }) })
  }
  add({ name: 'etc/passwd', mode: 0o644 }, passwd)
  add({ name: 'etc/group', mode: 0o644 }, group)
  const busybox = findProgram('busybox')
  if (busybox !== undefined) {
    add({ name: 'bin/busybox', mode: 0o755 }, await readFile(busybox))
    const applets = (await runOrThrow(busybox, ['--list'])).trim().split('\n')
    for (const name of applets.filter((applet) => applet !== 'busybox'))
      add({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox', mode: 0o777 })
  }
  archive.finalize()
  return buffer(archive)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
