import { UsageError } from './invocation/usage-error.ts'
import { resolveRegistryCall } from './registry-words.ts'
import type { ResolvedCall } from './invocation/resolved-call.ts'

/** Words of docker, podman and buildah, and the same in the words of tsbuild. */
const aliases: Readonly<Record<string, string>> = {
  ls: 'images',
  rmi: 'rm',
  bud: 'build',
  'image ls': 'images',
  'image list': 'images',
  'image rm': 'rm',
  'image remove': 'rm',
  'image build': 'build',
  'image push': 'push',
  'image pull': 'pull',
  'image tag': 'tag',
  'image inspect': 'inspect',
  'image history': 'history',
  'image save': 'save',
  'image load': 'load',
  'image prune': 'prune --filter type=image --filter type=layer',
  'builder build': 'build',
  'builder prune': 'prune',
  'buildx build': 'build',
  'buildx b': 'build',
  'buildx du': 'du',
  'buildx prune': 'prune',
  'buildx version': 'version',
  'buildx imagetools create': 'imagetools create',
  'buildx imagetools inspect': 'imagetools inspect',
  'manifest inspect': 'imagetools inspect --raw',
  'manifest rm': 'rm',
  'system df': 'du',
  'system info': 'info',
  'system prune': 'prune',
}

/** First words that are commands only together with a second one. */
const groups = ['image', 'builder', 'buildx', 'manifest', 'system']

/** Work on builder instances, which tsbuild has none of. */
const instanceWords = ['create', 'use', 'rm', 'stop', 'inspect', 'ls', 'bootstrap', 'install']

const refused: Readonly<Record<string, string>> = {
  'buildx bake': 'run tsbuild once for each target; builds that share a store run equal steps once',
  'buildx history': 'tsbuild --metadata-file FILE describes a build, tsbuild history IMAGE its steps',
  'buildx debug': 'tsbuild plan shows which steps run, and why',
  'manifest annotate': 'tsbuild takes the platform of an image from its config',
  'manifest add': 'tsbuild index create takes all images in one call',
  'image import': 'use FROM scratch and ADD archive.tar / in a Dockerfile',
}

/**
 * Translates calls of docker, podman and buildah; undefined for a call that is not one of them.
 * Throws `UsageError` with the way to do it here for what tsbuild does differently.
 */
export function resolveAlias(argv: readonly string[]): ResolvedCall | undefined {
  const [first = '', second = ''] = argv
  if (first === 'manifest' && second === 'create') return createManifest(argv.slice(2))
  if (first === 'manifest' && second === 'push') return pushManifest(argv.slice(2))
  // `crane ls REPOSITORY`, `regctl tag ls REPOSITORY`.
  if (first === 'ls' && /^(?:[^-]|--full-ref|-O|--omit-digest-tags)/.test(second))
    return { command: 'tags', argv: argv.slice(1) }
  for (const length of [3, 2, 1]) {
    const words = argv.slice(0, length).join(' ')
    const target = argv.length >= length && Object.hasOwn(aliases, words) ? aliases[words] : undefined
    if (target === undefined) continue
    const [command = '', ...more] = target.split(' ')
    return { command, argv: [...more, ...argv.slice(length)] }
  }
  const words = `${first} ${second}`
  const hint = Object.hasOwn(refused, words) ? refused[words] : undefined
  if (hint !== undefined) throw new UsageError(`"${words}" is not a command of tsbuild`, { hint })
  if (first === 'buildx' && instanceWords.includes(second))
    return { argv: [], note: `tsbuild has no builder instances: "${argv.join(' ')}" does nothing` }
  const registryCall = resolveRegistryCall(argv)
  if (registryCall !== undefined) return registryCall
  if (!groups.includes(first) || !/^[a-z]+$/.test(second)) return undefined
  const known = [...Object.keys(aliases), 'manifest create', 'manifest push'].filter((each) =>
    each.startsWith(`${first} `),
  )
  throw new UsageError(`unknown command "${words}"`, { hint: `there are ${known.join(', ')}` })
}

/** `manifest create [--amend] NAME IMAGES`. */
function createManifest(argv: readonly string[]): ResolvedCall {
  const words = argv.filter((word) => word !== '--amend' && word !== '-a')
  const at = words.findIndex((word) => !word.startsWith('-'))
  const name = words[at]
  if (name === undefined) throw new UsageError('manifest create needs the name of the list, then names of images')
  return { command: 'index', argv: ['create', '--tag', name, ...words.toSpliced(at, 1)] }
}

/** `manifest push [--all] [--purge] NAME [DESTINATION]`. All images go along here in any case. */
function pushManifest(argv: readonly string[]): ResolvedCall {
  const words = argv.filter((word) => word !== '--all')
  const names = words.filter((word) => !word.startsWith('-'))
  const [name = '', destination] = names
  if (names.length !== 2 || destination === undefined)
    return { command: 'push', argv: words.map((word) => (word === '--rm' ? '--purge' : word)) }
  return { command: 'copy', argv: words.map((word) => (word === name ? `store:${name}` : word)) }
}
