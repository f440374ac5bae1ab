import { parseReference } from '@tsbuild/oci'
import { Command } from 'commander'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeJson, safeText } from '../../render/safe-text.ts'
import { parseEndpoint } from '../../values/places/parse-endpoint.ts'
import { isDigestTag, matchPattern } from '../../values/image-names.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface TagsFlags extends PlaceFlags {
  readonly fullRef?: boolean
  readonly json?: boolean
  readonly omitDigestTags?: boolean
}

/** `tsbuild tags`: the tags of a repository. */
export function tagsCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addPlaceFlags(new Command('tags'))
    .description('List the tags of a repository, or of a layout (oci:DIRECTORY), one a line.')
    .argument('<repository>', 'name without a tag, such as registry.example/app')
    .argument('[pattern]', "only some tags, such as 'v1.*'")
    .option('--json', 'print a JSON list')
    .option('--full-ref', 'print whole names')
    .option('-O, --omit-digest-tags', 'without tags of signatures and attestations (sha256-…)')
    .action(async (repository: string, pattern: string | undefined, flags: TagsFlags) => {
      const place = parseEndpoint(repository, invocation.cwd)
      const tags = await withPlace(invocation, { flags, place }, (store, options) => store.listTags(place, options))
      const isWanted = pattern === undefined ? () => true : await matchPattern(pattern)
      const listed = flags.omitDigestTags ? tags.filter((tag) => !isDigestTag(tag)) : tags
      const prefix = flags.fullRef ? `${repositoryName(place, repository)}:` : ''
      const found = listed.filter(isWanted).map((tag) => `${prefix}${tag}`)
      stdout.write(flags.json ? `${safeJson(found, 2)}\n` : found.map((tag) => `${safeText(tag)}\n`).join(''))
    })
}

/** Name to put before a tag; a layout is named as in the call. */
function repositoryName(place: CopyEndpoint, text: string): string {
  if (place.kind !== 'registry') return text
  const { registry, repository } = parseReference(place.reference)
  return `${registry}/${repository}`
}
