import { parseDockerfile } from '@tsbuild/dockerfile'
import { type ContainerConfig, digestOf, type HistoryEntry, type ImageConfig, type Platform } from '@tsbuild/oci'
import type { OpKind, OpOf } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'
import type { BaseImageResolver, ResolvedImage } from '../plan/base-image.ts'
import { lower } from '../lower-dockerfile.ts'
import type { LoweredTarget } from '../state/lowered.ts'
import type { LowerOptions } from '../plan/lower-options.ts'

/** An image the stand-in knows. */
export interface FakeImage {
  readonly config?: ContainerConfig
  readonly history?: readonly HistoryEntry[]
  readonly platform?: Platform
  readonly extra?: Readonly<Record<string, unknown>>
  /** Number of layers; none by default. */
  readonly layers?: number
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64' }
export const arm64: Platform = { os: 'linux', architecture: 'arm64' }

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const busybox: FakeImage = { config: { Env: [path], Cmd: ['sh'] }, history: [{ created_by: 'BusyBox' }] }

/** Resolves names from a table and records the requests in order. */
export class FakeResolver implements BaseImageResolver {
  readonly asked: string[] = []
  readonly #images: Readonly<Record<string, FakeImage>>

  constructor(images: Readonly<Record<string, FakeImage>> = {}) {
    this.#images = { 'docker.io/library/busybox:latest': busybox, ...images }
  }

  async resolve({ reference, platform, layout }: Parameters<BaseImageResolver['resolve']>[0]): Promise<ResolvedImage> {
    this.asked.push(layout === undefined ? reference : `${layout}!${reference}`)
    const image = this.#images[reference]
    if (image === undefined) throw new Error(`${reference}: not found`)
    const runsOn = image.platform ?? platform
    const config: ImageConfig = {
      ...runsOn,
      created: '2020-01-01T00:00:00Z',
      config: image.config ?? {},
      rootfs: {
        type: 'layers',
        diff_ids: Array.from({ length: image.layers ?? 0 }, (_, index) => digestOf(String(index))),
      },
      history: image.history ?? [],
      ...(image.extra && { extra: image.extra }),
    }
    return {
      reference,
      digest: digestOf(reference + runsOn.architecture),
      platform: runsOn,
      config,
      ...(layout !== undefined && { layout }),
    }
  }
}

export type TestOptions = Partial<LowerOptions> & {
  readonly images?: Readonly<Record<string, FakeImage>>
  readonly resolver?: BaseImageResolver
}

/** Lowers a text for linux/amd64, requested explicitly. */
export async function lowerText(
  text: string,
  { images, resolver, ...options }: TestOptions = {},
): Promise<LoweredTarget> {
  const defaults: LowerOptions = {
    platform: amd64,
    platformRequested: true,
    buildPlatform: amd64,
    args: {},
    contexts: {},
    allow: [],
    mainContext: 'local',
  }
  return lower(parseDockerfile(text), { ...defaults, ...options }, resolver ?? new FakeResolver(images))
}

/** Lowers a text that needs no FROM of its own. */
export function lowerLines(lines: string, options: TestOptions = {}): Promise<LoweredTarget> {
  return lowerText(`FROM busybox\n${lines}\n`, options)
}

/** History entries that the build adds. */
export function ownHistory({ history, baseHistory }: LoweredTarget): readonly (string | undefined)[] {
  return history.slice(baseHistory).map((entry) => entry.created_by)
}

/** The ops of one kind, inputs first. */
export function opsOf<K extends OpKind>(root: Vertex, kind: K): readonly OpOf<K>[] {
  const found: OpOf<K>[] = []
  const isKind = (op: Vertex['op']): op is OpOf<K> => op.kind === kind
  walk(root, ({ op }) => {
    if (isKind(op)) found.push(op)
  })
  return found
}

/** Last op of one kind; throws when the graph has no such op. */
export function lastOf<K extends OpKind>(root: Vertex, kind: K): OpOf<K> {
  const op = opsOf(root, kind).at(-1)
  if (op === undefined) throw new Error(`There is no ${kind} op`)
  return op
}
