import type { Command } from 'commander'
import { UsageError } from './invocation/usage-error.ts'
import type { ResolvedCall } from './invocation/resolved-call.ts'

/**
 * Words of crane, regctl, skopeo and oras, and the same in the words of tsbuild. `docker://` at the
 * end goes before the name of the image.
 */
const aliases: Readonly<Record<string, string>> = {
  'artifact list': 'referrers',
  'artifact tree': 'referrers',
  'auth login': 'login',
  'auth logout': 'logout',
  config: 'inspect --config docker://',
  cp: 'copy',
  delete: 'rm docker://',
  discover: 'referrers',
  'image config': 'inspect --config docker://',
  'image copy': 'copy',
  'image delete': 'rm docker://',
  'image digest': 'digest',
  'image manifest': 'inspect --raw docker://',
  'list-tags': 'tags',
  manifest: 'inspect --raw docker://',
  'manifest delete': 'rm docker://',
  'manifest diff': 'diff docker://',
  'manifest fetch': 'inspect --raw docker://',
  'manifest get': 'inspect --raw docker://',
  'manifest head': 'digest',
  'registry login': 'login',
  'registry logout': 'logout',
  'repo tags': 'tags',
  resolve: 'digest',
  'tag delete': 'rm docker://',
  'tag ls': 'tags',
  'tag rm': 'rm docker://',
}

const files = "write a Dockerfile: printf 'FROM NAME\\nLABEL a=b\\n' | tsbuild -t NEW --push -"
const artifacts = 'use oras for files of artifacts; tsbuild copy moves them, tsbuild referrers lists them'
const credentials = 'credentials and settings are in files: tsbuild doctor NAME shows which (docs/registries.md)'
const repositories = 'few registries list them: curl https://HOST/v2/_catalog'
const keys = 'use cosign for signatures'

/** Words whose work tsbuild does in another way. */
const refused: Readonly<Record<string, string>> = {
  'artifact get': artifacts,
  'artifact put': artifacts,
  attach: artifacts,
  'auth get': credentials,
  'auth token': credentials,
  backup: "copy to a layout: tsbuild copy --tags '*' NAME oci:DIRECTORY",
  blob: 'copy the image to a layout, where each blob is a file: tsbuild copy NAME oci:DIRECTORY',
  catalog: repositories,
  export: "tsbuild -o type=tar,dest=FILE - builds 'FROM NAME' into an archive of its files",
  flatten: "echo 'FROM NAME' | tsbuild --squash-all -t NEW --push -",
  'generate-sigstore-key': keys,
  'image check-base': 'tsbuild digest NAME is the digest of a base now',
  'image create': files,
  'image export': 'copy to an archive: tsbuild copy NAME oci-archive:FILE',
  'image get-file': "tsbuild -o DIRECTORY - builds 'FROM NAME' into a directory of its files",
  'image mod': `tsbuild annotate changes annotations; for all else ${files}`,
  'image ratelimit': 'tsbuild doctor NAME asks the registry; a refusal has the limit in its hint',
  'index add': 'tsbuild index create takes all images in one call',
  'index append': 'tsbuild index create takes all images in one call',
  'index filter': 'tsbuild copy --platform, then tsbuild index create',
  'manifest put': 'tsbuild copy oci:DIRECTORY NAME pushes an image with its manifest',
  'manifest-digest': 'sha256sum FILE',
  mutate: `tsbuild annotate changes annotations; for all else ${files}`,
  'registry config': credentials,
  'registry set': credentials,
  'registry whoami': credentials,
  'repo copy': "tsbuild copy --tags '*' FROM TO",
  'repo ls': repositories,
  restore: "tsbuild copy --tags '*' oci:DIRECTORY NAME",
  'standalone-sign': keys,
  'standalone-verify': keys,
}

/** True for a call whose first two words mean something here. */
export function isPeerCall([first = '', second = '']: readonly string[]): boolean {
  const words = `${first} ${second}`
  return Object.hasOwn(aliases, words) || Object.hasOwn(refused, words)
}

/**
 * Translates calls of crane, regctl, skopeo and oras; undefined for a call that is not one of them.
 * A single word is one with an argument only, since it may be the name of a directory. Throws
 * `UsageError` with the way to do it here.
 */
export function resolveRegistryCall(argv: readonly string[]): ResolvedCall | undefined {
  for (const length of [2, 1]) {
    const words = argv.slice(0, length).join(' ')
    const rest = argv.slice(length)
    if (length === 1 && (rest.every((argument) => argument.startsWith('-')) || isMistyped(argv))) return undefined
    const hint = Object.hasOwn(refused, words) ? refused[words] : undefined
    if (hint !== undefined) throw new UsageError(`"${words}" is not a command of tsbuild`, { hint })
    const target = Object.hasOwn(aliases, words) ? aliases[words] : undefined
    if (target === undefined) continue
    const [command = '', ...more] = target.split(' ')
    if (more.at(-1) !== 'docker://') return { command, argv: [...more, ...rest] }
    return { command, argv: [...more.slice(0, -1), ...rest], isRegistryCall: true }
  }
  return undefined
}

/** `manifest inspct NAME`: crane's `manifest` has one argument. */
function isMistyped([word, second = '', third = '-']: readonly string[]): boolean {
  return word === 'manifest' && /^[a-z]+$/.test(second) && !third.startsWith('-')
}

/** Arguments with `docker://` before names of images: these tools find them in registries. */
export function nameRegistries({ options }: Command, argv: readonly string[]): readonly string[] {
  const withValue = new Set(options.filter(({ required }) => required).flatMap(({ long, short }) => [long, short]))
  return argv.map((word, index) => {
    const isName = !word.startsWith('-') && !word.includes('://') && !withValue.has(argv[index - 1])
    return isName ? `docker://${word}` : word
  })
}
