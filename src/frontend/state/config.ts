import type { ContainerConfig, ImageConfig, Platform } from '@tsbuild/oci'
import { defaultPath, formatEnvironment, parseEnvironment } from './environment.ts'
import type { LoweredTarget } from './lowered.ts'

/** An image config while it is folded: what layers decide is missing. */
export type DraftConfig = LoweredTarget['config']

/** Top-level keys that described how the base was made, not what it is. */
const staleKeys: ReadonlySet<string> = new Set([
  'container',
  'container_config',
  'docker_version',
  'id',
  'moby.buildkit.cache.v0',
  'parent',
])

/** The config of `FROM scratch` and of contexts without an image. */
export function scratchConfig(platform: Platform): DraftConfig {
  return withPath({ ...platform, config: { WorkingDir: spellWorkingDirectory('/', platform) } })
}

/**
 * The config a stage starts with: the base image's with a PATH, unknown keys kept, without
 * triggers: those run now.
 */
export function inheritedConfig(image: ImageConfig): DraftConfig {
  const { rootfs: _rootfs, history: _history, created: _created, extra, ...draft } = image
  const kept = Object.entries(extra ?? {}).filter(([name]) => !staleKeys.has(name))
  const started = kept.length > 0 ? { ...draft, extra: Object.fromEntries(kept) } : draft
  return withoutTriggers(withPath(started))
}

/** The config without ONBUILD: a child runs the triggers once. */
export function withoutTriggers(draft: DraftConfig): DraftConfig {
  const { OnBuild: _, ...config } = draft.config ?? {}
  return { ...draft, config }
}

/** The config with some container settings replaced. */
export function configure(draft: DraftConfig, settings: ContainerConfig): DraftConfig {
  return { ...draft, config: { ...draft.config, ...settings } }
}

/** Sets variables: new ones go to the end, known ones keep their place. */
export function configureEnv(
  draft: DraftConfig,
  variables: Iterable<readonly [name: string, value: string]>,
): DraftConfig {
  const environment = new Map([...parseEnvironment(draft.config?.Env ?? []), ...variables])
  return configure(draft, { Env: formatEnvironment(environment) })
}

/** Sets labels over those there are. */
export function configureLabels(draft: DraftConfig, labels: Readonly<Record<string, string>>): DraftConfig {
  if (Object.keys(labels).length === 0) return draft
  return configure(draft, { Labels: { ...draft.config?.Labels, ...labels } })
}

/** Removes labels. */
export function removeLabels(draft: DraftConfig, names: readonly string[]): DraftConfig {
  if (names.length === 0) return draft
  const kept = Object.entries(draft.config?.Labels ?? {}).filter(([name]) => !names.includes(name))
  return configure(draft, { Labels: Object.fromEntries(kept) })
}

/** Removes variables, then sets others. */
export function editVariables(
  draft: DraftConfig,
  { set, unset }: { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] },
): DraftConfig {
  if (unset.length === 0 && Object.keys(set).length === 0) return draft
  const kept = [...parseEnvironment(draft.config?.Env ?? [])].filter(([name]) => !unset.includes(name))
  return configureEnv(configure(draft, { Env: formatEnvironment(new Map(kept)) }), Object.entries(set))
}

/** An empty command is no command: the key is removed. */
export function configureCommand(draft: DraftConfig, key: 'Cmd' | 'Entrypoint', args: readonly string[]): DraftConfig {
  const { [key]: _, ...config } = draft.config ?? {}
  return { ...draft, config: args.length > 0 ? { ...config, [key]: args } : config }
}

/** A working directory as configs of the image's system spell it. */
export function spellWorkingDirectory(path: string, { os }: Pick<Platform, 'os'>): string {
  return os === 'windows' ? path.replaceAll('/', '\\') : path
}

/** Shell that runs shell-form commands. */
export function chooseShell({ config, os }: DraftConfig): readonly string[] {
  if (config?.Shell && config.Shell.length > 0) return config.Shell
  return os === 'windows' ? ['cmd', '/S', '/C'] : ['/bin/sh', '-c']
}

function withPath(draft: DraftConfig): DraftConfig {
  const hasPath = (draft.config?.Env ?? []).some((entry) => entry.startsWith('PATH='))
  return hasPath || draft.os === 'windows' ? draft : configureEnv(draft, [['PATH', defaultPath]])
}
