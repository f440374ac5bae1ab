import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIgnore } from '@tsbuild/dockerfile'
import { type ContainerConfig, digestOf, type Platform } from '@tsbuild/oci'
import { RegistryError } from '@tsbuild/registry'
import type { SubrequestInput } from '../../src/subrequest/subrequest-input.ts'
import type { BaseImageResolver } from '../../src/frontend/plan/base-image.ts'

const root = join(import.meta.dirname, '../corpus/cases')

/** Folder of each case by its name, `corpus/cases/<area>/<name>`, sorted by name. */
const directories: ReadonlyMap<string, string> = new Map(
  readdirSync(root)
    .flatMap((area) => readdirSync(join(root, area)).map((name) => [name, join(root, area, name)] as const))
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)

/** Names of all cases, sorted. */
export const corpusCases: readonly string[] = [...directories.keys()]

const amd64: Platform = { os: 'linux', architecture: 'amd64' }
const arm64: Platform = { os: 'linux', architecture: 'arm64' }

/** The images there are. */
const images: ReadonlyMap<string, { readonly platform?: Platform; readonly config?: ContainerConfig }> = new Map(
  Object.entries({
    busybox: {},
    'corpus-arm64': { platform: arm64 },
    'corpus-onbuild': { config: { OnBuild: ['ENV A=$FROM_TRIGGER', 'WORKDIR relative'] } },
    'corpus-shell': { config: { Shell: ['/bin/bash', '-c'] } },
    'corpus-variables': { config: { Env: ['PATH=/bin', 'RELEASE=1'] } },
  }).map(([name, image]) => [`docker.io/library/${name}:latest`, image]),
)

const resolver: BaseImageResolver = {
  async resolve({ reference }) {
    const image = images.get(reference)
    if (image === undefined) throw new RegistryError('REGISTRY_NOT_FOUND', `${reference}: not found`)
    const { platform = amd64, config = {} } = image
    const path = config.Env ?? ['PATH=/bin']
    const rootfs = { type: 'layers', diff_ids: [] } as const
    return {
      reference,
      digest: digestOf(reference),
      platform,
      config: { ...platform, config: { ...config, Env: path }, rootfs },
    }
  },
}

/** Text of a file of a case. */
export function readCorpusFile(name: string, file: string): string | undefined {
  const path = join(directories.get(name) ?? '', file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * Input of one case: for linux/amd64, by default. `case.json` may give build arguments and a
 * target.
 */
export function corpusInput(name: string): SubrequestInput {
  const read = (file: string): string | undefined => readCorpusFile(name, file)
  const { args = {}, target }: { args?: Record<string, string>; target?: string } = JSON.parse(
    read('case.json') ?? '{}',
  )
  const ignore = read('.dockerignore')
  return {
    source: { name: 'Dockerfile', text: read('Dockerfile') ?? '' },
    resolver,
    lowerOptions: async () => [
      {
        platform: amd64,
        platformRequested: false,
        buildPlatform: amd64,
        args,
        contexts: {},
        allow: [],
        mainContext: 'local',
        ...(target !== undefined && { target }),
        ...(ignore !== undefined && { ignore: parseIgnore(ignore) }),
      },
    ],
  }
}
