import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'

/**
 * OCI layouts below `directory` with something wrong, by name, made of the good one at `layout`;
 * `index` is a good index for linux/amd64 alone.
 */
export async function damagedLayouts(layout: string, directory: string): Promise<Readonly<Record<string, string>>> {
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const blob = (digest: string): string => join('blobs', digest.replace(':', '/'))
  const manifest = JSON.parse(await readFile(join(layout, blob(index.manifests[0].digest)), 'utf8'))
  const [config, layer] = [blob(manifest.config.digest), blob(manifest.layers[0].digest)]
  const change = async (name: string, act: (path: string) => Promise<void>): Promise<readonly [string, string]> => {
    const path = join(directory, name)
    await cp(layout, path, { recursive: true })
    await act(path)
    return [name, path]
  }
  const flipByte = async (path: string): Promise<void> => {
    const bytes = await readFile(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(path, bytes)
  }
  return Object.fromEntries(
    await Promise.all([
      change('corrupt-layer', (path) => flipByte(join(path, layer))),
      change('missing-layer', (path) => rm(join(path, layer))),
      change('corrupt-config', (path) => flipByte(join(path, config))),
      change('odd-tags', async (path) => {
        const [{ annotations, ...descriptor }] = index.manifests
        const tagged = (tag: string): object => ({
          ...descriptor,
          annotations: { ...annotations, 'org.opencontainers.image.ref.name': tag },
        })
        const tags = [
          'v1\nerror: it is all over',
          '\u001b[2Jv2',
          ...Array.from({ length: 30 }, (_, count) => `n${count}`),
        ]
        await writeFile(join(path, 'index.json'), JSON.stringify({ ...index, manifests: tags.map(tagged) }))
      }),
      change('index', async (path) => {
        const { annotations: _, ...descriptor } = index.manifests[0]
        const inner = { ...index, manifests: [{ ...descriptor, platform: { os: 'linux', architecture: 'amd64' } }] }
        const bytes = Buffer.from(JSON.stringify(inner))
        await mkdir(join(path, 'blobs/sha256'), { recursive: true })
        await writeFile(join(path, blob(digestOf(bytes))), bytes)
        const outer = {
          mediaType: index.mediaType,
          digest: digestOf(bytes),
          size: bytes.length,
          annotations: index.manifests[0].annotations,
        }
        await writeFile(join(path, 'index.json'), JSON.stringify({ ...index, manifests: [outer] }))
      }),
    ]),
  )
}
