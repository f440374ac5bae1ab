import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeJson, safeText } from '../../render/safe-text.ts'
import { parseEndpoint } from '../../values/places/parse-endpoint.ts'
import { matchPattern } from '../../values/image-names.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface TagsFlags extends PlaceFlags {
  readonly json?: boolean
}

/** `tsbuild tags`: the tags of a repository. */
export function tagsCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addPlaceFlags(new Command('tags'))
    .description('List the tags of a repository, or of a layout (oci:DIRECTORY), one a line.')
    .argument('<repository>', 'name without a tag, such as registry.example/app')
    .argument('[pattern]', "only some tags, such as 'v1.*'")
    .option('--json', 'print a JSON list')
    .action(async (repository: string, pattern: string | undefined, flags: TagsFlags) => {
      const place = parseEndpoint(repository, invocation.cwd)
      const tags = await withPlace(invocation, { flags, place }, (store, options) => store.listTags(place, options))
      const isWanted = pattern === undefined ? () => true : await matchPattern(pattern)
      const found = tags.filter(isWanted)
      stdout.write(flags.json ? `${safeJson(found, 2)}\n` : found.map((tag) => `${safeText(tag)}\n`).join(''))
    })
}
