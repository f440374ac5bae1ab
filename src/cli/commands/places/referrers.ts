import { Command, Option } from 'commander'
import { fetchAll } from '@tsbuild/content'
import { type Digest, formatPlatform, isIndexType, parseIndex } from '@tsbuild/oci'
import type { ImageSource } from '../../../store/places/image-source.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { formatBytes } from '../../../units.ts'
import { safeJson, safeText } from '../../render/safe-text.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

/** Referrers of referrers: signatures of attestations. */
const maximumDepth = 4

interface ReferrersFlags extends PlaceFlags {
  readonly artifactType?: string
  readonly format: 'tree' | 'json'
  readonly platform?: string
}

/** A manifest that refers to another one, and what refers to it in turn. */
interface ReferrerNode {
  readonly digest: Digest
  readonly mediaType: string
  readonly artifactType?: string
  /** Bytes of the manifest. */
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly referrers: readonly ReferrerNode[]
}

/** `tsbuild referrers`: signatures, bills of materials and other artifacts of an image. */
export function referrersCommand(invocation: Invocation): Command {
  return addPlaceFlags(new Command('referrers'))
    .description('List what refers to an image: signatures, attestations and other artifacts, as a tree.')
    .argument('<image>', 'name of an image in a registry, or another place')
    .option('--artifact-type <type>', 'only artifacts of this type')
    .option('--platform <platform>', 'of one manifest of an index')
    .addOption(new Option('--format <format>', 'format of the list').choices(['tree', 'json']).default('tree'))
    .addHelpText('after', placesHelp)
    .action(async (image: string, flags: ReferrersFlags) => {
      const place = parseEndpoint(image, invocation.cwd)
      const root = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        return await readTree(source, flags)
      })
      invocation.stdout.write(flags.format === 'json' ? `${safeJson(root, 2)}\n` : printTree(root))
    })
}

interface ReferrerTree {
  readonly name: string
  readonly digest: Digest
  readonly referrers: readonly ReferrerNode[]
  /** Manifests of an index that something refers to. */
  readonly manifests: readonly ManifestNode[]
}

interface ManifestNode {
  readonly digest: Digest
  readonly platform?: string
  readonly referrers: readonly ReferrerNode[]
}

async function readTree(source: ImageSource, { platform, artifactType }: ReferrersFlags): Promise<ReferrerTree> {
  const { selectManifest } = await import('../../../store/places/select-manifest.ts')
  const image =
    platform === undefined ? source.descriptor : await selectManifest(source.descriptor, source.content, platform)
  const seen = new Set<Digest>([image.digest])
  const read = async (subject: Digest, depth: number): Promise<readonly ReferrerNode[]> => {
    if (depth >= maximumDepth) return []
    const nodes: ReferrerNode[] = []
    for (const referrer of await source.content.referrers(subject)) {
      if (seen.has(referrer.digest)) continue
      seen.add(referrer.digest)
      const referrers = await read(referrer.digest, depth + 1)
      // One of another type stays if it leads to a wanted one.
      if (artifactType !== undefined && referrer.artifactType !== artifactType && referrers.length === 0) continue
      const { mediaType, size, annotations } = referrer
      nodes.push({
        digest: referrer.digest,
        mediaType,
        ...(referrer.artifactType !== undefined && { artifactType: referrer.artifactType }),
        size,
        ...(annotations && { annotations }),
        referrers,
      })
    }
    return nodes
  }
  const referrers = await read(image.digest, 0)
  const manifests: ManifestNode[] = []
  const listed = isIndexType(image.mediaType) ? parseIndex(await fetchAll(source.content, image)).manifests : []
  for (const { digest, platform } of listed) {
    const found = await read(digest, 0)
    if (found.length > 0)
      manifests.push({ digest, ...(platform && { platform: formatPlatform(platform) }), referrers: found })
  }
  return { name: source.name, digest: image.digest, referrers, manifests }
}

function printTree({ name, digest, referrers, manifests }: ReferrerTree): string {
  const lines: string[] = [`${name.replace(/@.*$/, '')}@${digest}`]
  const print = (branches: readonly Branch[], indent: string): void => {
    for (const [index, { line, below }] of branches.entries()) {
      const isLast = index === branches.length - 1
      lines.push(`${indent}${isLast ? '└── ' : '├── '}${line}`)
      print(below, `${indent}${isLast ? '    ' : '│   '}`)
    }
  }
  const manifestBranches = manifests.map(
    (each): Branch => ({
      line: `${each.platform ?? 'manifest'}  ${each.digest}`,
      below: each.referrers.map(branchOf),
    }),
  )
  print([...referrers.map(branchOf), ...manifestBranches], '')
  return lines.map((line) => `${safeText(line)}\n`).join('')
}

interface Branch {
  readonly line: string
  readonly below: readonly Branch[]
}

function branchOf({ artifactType, mediaType, digest, size, referrers }: ReferrerNode): Branch {
  return { line: `${artifactType ?? mediaType}  ${digest}  ${formatBytes(size)}`, below: referrers.map(branchOf) }
}
