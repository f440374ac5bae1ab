import { OciLayout } from '@tsbuild/content'
import { parseReference, type Reference } from '@tsbuild/oci'
import {
  createRegistryClient,
  type Environment,
  type Keychain,
  type RegistryClient,
  type RegistryClientOptions,
  type Repository,
} from '@tsbuild/registry'
import type { ImageRepository } from './base-images.ts'
import type { ImagePlace } from '../../layer/stored/layer-record.ts'
import type { Reporter } from '../../progress/event.ts'
import { reportMirrors } from '../../progress/report-mirrors.ts'
import { reportWaits } from '../../progress/report-waits.ts'

/** Sources and targets of images: registries, and OCI layouts in directories. */
export interface ImageSources extends AsyncDisposable {
  repository(reference: Reference, options?: { readonly insecure?: boolean }): Repository
  /** Source of the layers that were in an image. */
  origin(place: ImagePlace): ImageRepository
}

export interface ImageSourcesOptions {
  readonly keychain: Keychain
  /** Variables with proxies. */
  readonly env: Environment
  readonly insecureRegistries: readonly string[]
  readonly signal: AbortSignal
  readonly report: Reporter
  /** Retries and time limits other than those of the registry client. */
  readonly patience?: Pick<RegistryClientOptions, 'retry' | 'timeouts'>
}

/** Opens registries. Sends no request before it is needed. */
export function imageSources(options: ImageSourcesOptions): ImageSources {
  const repositories = new Map<string, Repository>()
  const clients = new Map<string, RegistryClient>()
  const onRetry = reportWaits(options.report)
  const onMirrorSkip = reportMirrors(options.report)
  const clientFor = (registry: string, insecure: boolean): RegistryClient => {
    const key = insecure ? registry : ''
    const known = clients.get(key)
    if (known) return known
    const insecureRegistries = insecure ? [...options.insecureRegistries, registry] : options.insecureRegistries
    const client = createRegistryClient({
      keychain: options.keychain,
      env: options.env,
      insecureRegistries,
      signal: options.signal,
      onRetry,
      onMirrorSkip,
      ...options.patience,
    })
    clients.set(key, client)
    return client
  }
  const repository: ImageSources['repository'] = (reference, { insecure = false } = {}) => {
    const key = `${insecure} ${reference.registry}/${reference.repository}`
    const made = repositories.get(key) ?? clientFor(reference.registry, insecure).repository(reference)
    repositories.set(key, made)
    return made
  }
  return {
    repository,
    origin: ({ reference, layout }) =>
      layout === undefined ? repository(parseReference(reference)) : layoutSource(layout),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** Images of a layout directory, opened on first use. */
function layoutSource(directory: string): ImageRepository {
  let opened: Promise<OciLayout> | undefined
  const layout = (): Promise<OciLayout> => (opened ??= OciLayout.open(directory))
  return {
    has: async (target) => (await layout()).has(target),
    open: async (target, signal) => (await layout()).open(target, signal),
    resolve: async (name) => (await layout()).resolve(name),
  }
}
